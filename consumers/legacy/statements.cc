#include "consumers/legacy/statements.h"

#include <vector>

namespace jari::legacy {
namespace {

std::string value_name(std::size_t column) {
  return "c" + std::to_string(column);
}

/// `SELECT unnest($1::text[]) AS a, …`, then of each column. Side by side in a SELECT they go in
/// step and nothing is kept; unnest() of several arrays in FROM keeps all rows of each of them
/// first.
std::string input_sql(const Mapping& mapping, std::vector<std::string> names) {
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) names.push_back(value_name(i));
  std::string sql = "SELECT ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    sql +=
        (i == 0 ? "unnest($" : ", unnest($") + std::to_string(i + 1) + "::text[]) AS " + names[i];
  }
  return sql;
}

std::string type_of(const ColumnTypes& types, const Column& column) {
  const auto type = types.find(column.name);
  return type == types.end() ? "text" : type->second;
}

/// Later versions of what was refused wait where it does.
constexpr std::string_view kJoined =
    ", joined AS (UPDATE jari.dead_letters d SET version = i.v::bigint, document = i.o, "
    "waiting = d.waiting + 1 FROM input i "
    "WHERE d.appointment = i.a AND d.version < i.v::bigint AND i.o IS NOT NULL)";
constexpr std::string_view kHasNoLetter =
    "NOT EXISTS (SELECT FROM jari.dead_letters d WHERE d.appointment = i.a)";

/// For a table that cannot say which version it shows.
std::string fresh_sql() {
  return ", fresh AS (INSERT INTO jari.versions AS n (appointment, version) "
         "SELECT i.a, i.v::bigint FROM input i WHERE " +
         std::string{kHasNoLetter} +
         " ON CONFLICT (appointment) DO UPDATE SET version = EXCLUDED.version "
         "WHERE n.version < EXCLUDED.version RETURNING appointment)";
}

/// What a statement says of each column, with commas between.
struct Lists {
  std::string names;
  std::string values;
  std::string changes;  // but for the key's
  Lists(const Mapping& mapping, const ColumnTypes& types) {
    for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
      const Column& column = mapping.columns[i];
      const std::string name = quoted(column.name);
      names += (i == 0 ? "" : ", ") + name;
      values += (i == 0 ? "" : ", ") + ("i." + value_name(i)) + "::" + type_of(types, column);
      if (&column == &mapping.key()) continue;
      changes += (changes.empty() ? "" : ", ") + name + " = EXCLUDED." + name;
    }
  }
};

std::string on_conflict_sql(const Mapping& mapping, const Lists& lists) {
  const std::string sql = " ON CONFLICT (" + quoted(mapping.key().name) + ") DO ";
  if (lists.changes.empty()) return sql + "NOTHING";
  const Column* const version = mapping.plain(Field::Version);
  if (version == nullptr) return sql + "UPDATE SET " + lists.changes;
  const std::string name = quoted(version->name);
  return sql + "UPDATE SET " + lists.changes + " WHERE t." + name + " IS NULL OR t." + name +
         " < EXCLUDED." + name;
}

}  // namespace

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    text += c;
    if (c == '"') text += c;
  }
  return text + '"';
}

std::string quoted_table(std::string_view table) {
  const std::size_t dot = table.find('.');
  if (dot == std::string_view::npos) return quoted(table);
  return quoted(table.substr(0, dot)) + "." + quoted(table.substr(dot + 1));
}

std::string upsert_sql(const Mapping& mapping, const ColumnTypes& types) {
  const bool shows_version = mapping.plain(Field::Version) != nullptr;
  std::string sql =
      "WITH input AS (" + input_sql(mapping, {"a", "v", "o"}) + ")" + std::string{kJoined};
  if (!shows_version) sql += fresh_sql();
  const Lists lists(mapping, types);
  return sql + " INSERT INTO " + quoted_table(mapping.table) + " AS t (" + lists.names +
         ") SELECT " + lists.values + " FROM input i WHERE " +
         (shows_version ? std::string{kHasNoLetter} : "i.a IN (SELECT appointment FROM fresh)") +
         on_conflict_sql(mapping, lists);
}

std::string plain_upsert_sql(const Mapping& mapping, const ColumnTypes& types) {
  return insert_sql(mapping, types) + on_conflict_sql(mapping, Lists(mapping, types));
}

std::string insert_sql(const Mapping& mapping, const ColumnTypes& types) {
  const Lists lists(mapping, types);
  return "INSERT INTO " + quoted_table(mapping.table) + " AS t (" + lists.names + ") SELECT " +
         lists.values + " FROM (" + input_sql(mapping, {}) + ") AS i";
}

}  // namespace jari::legacy
