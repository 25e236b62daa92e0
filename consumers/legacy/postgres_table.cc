#include "consumers/legacy/postgres_table.h"

#include <array>
#include <map>

namespace jari::legacy {
namespace {

// With the precision, which says whether a column can be compared; the other is for casts.
constexpr std::string_view kExactTypesSql =
    "SELECT a.attname, format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, -1) "
    "FROM pg_attribute a "
    "WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped";

/// What the mapping itself says, of a column.
std::vector<std::string> codes_of(const Column& column) {
  std::vector<std::string> codes;
  if (!column.field) codes.push_back(column.constant);
  for (const auto& [ours, theirs] : column.values) codes.push_back(theirs);
  if (column.absent) codes.push_back(*column.absent);
  return codes;
}

Said said_of(const std::optional<PostgresError>& failed) {
  return failed ? said_of(*failed) : Said{};
}

}  // namespace

/// What is no code of the column's type, no row is written with: there is nothing to compare.
Said PostgresTable::read_shown(Compared& column, const std::string& type,
                               const std::vector<std::string>& codes) {
  if (codes.empty()) return {};
  TextArray all;
  for (const std::string& code : codes) all.add(code);
  const Said said =
      said_of(session_.ask("SELECT c, c::" + type + "::text FROM unnest($1::text[]) AS c",
                           {all.take()}, [&](const Cells& cells) {
                             if (cells[1] && *cells[0] != *cells[1])
                               column.shown[*cells[0]] = *cells[1];
                           }));
  if (said.answer != Answer::Refused) return said;
  if (codes.size() == 1) return {};
  for (const std::string& code : codes) {
    Said of_one = read_shown(column, type, {code});
    if (of_one.answer != Answer::Written) return of_one;
  }
  return {};
}

Said PostgresTable::read_columns() {
  std::map<std::string, std::string> exact;
  ColumnTypes types;
  const auto failed =
      session_.ask(std::string{kExactTypesSql}, {parameter(quoted_table(mapping_.table))},
                   [&](const Cells& cells) {
                     exact[*cells[0]] = *cells[1];
                     types[*cells[0]] = *cells[2];
                   });
  if (failed) return said_of(failed);
  columns_.clear();
  for (std::size_t i = 0; i < mapping_.columns.size(); ++i) {
    const auto type = exact.find(mapping_.columns[i].name);
    if (type == exact.end()) {
      return {Answer::Never, "42703",
              mapping_.table + " has no column " + mapping_.columns[i].name};
    }
    auto one = compared(mapping_, i, type->second);
    if (!one) continue;
    const std::string& name = mapping_.columns[i].name;
    Said said = read_shown(*one, types[name], codes_of(mapping_.columns[i]));
    if (said.answer != Answer::Written) return said;
    columns_.push_back(std::move(*one));
  }
  upsert_ = upsert_sql(mapping_, types);
  return {};
}

Said PostgresTable::look(std::vector<Compared>& columns, Position& position) {
  if (const auto failed = session_.connect(options_)) return said_of(failed);
  if (Said said = read_columns(); said.answer != Answer::Written) return said;
  columns = columns_;
  session_.send("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
  send_position_queries(session_, position);
  return said_of(session_.collect());
}

/// The table, with what says the version of its rows: a column of its own, or jari.versions.
std::string PostgresTable::from_sql() const {
  std::string sql = " FROM " + quoted_table(mapping_.table) + " t";
  if (mapping_.plain(Field::Version) == nullptr) {
    sql +=
        " LEFT JOIN jari.versions v ON v.appointment = t." + quoted(mapping_.key().name) + "::text";
  }
  return sql + " WHERE " + (mapping_.ours.empty() ? "true" : "(" + mapping_.ours + ")");
}

/// Of a row of from_sql().
std::string PostgresTable::version_sql() const {
  const Column* const version = mapping_.plain(Field::Version);
  return version == nullptr ? "v.version" : "t." + quoted(version->name);
}

Said PostgresTable::groups(const VisitGroup& visit) {
  const std::string sql = "SELECT g, count(*), sum(h >> 32), sum(h & 4294967295) FROM (SELECT " +
                          group_sql(mapping_, columns_) + " AS g, " + row_hash_sql(columns_) +
                          " AS h" + from_sql() + ") r GROUP BY g";
  return said_of(session_.ask(sql, {}, [&](const Cells& cells) {
    Digest digest;
    digest.rows = number_of<std::int64_t>(cells[1]);
    digest.upper = number_of<std::int64_t>(cells[2]);
    digest.lower = number_of<std::int64_t>(cells[3]);
    visit(*cells[0], digest);
  }));
}

Said PostgresTable::rows(const std::vector<std::string>& groups, const VisitRow& visit) {
  if (groups.empty()) return {};
  TextArray wanted;
  for (const std::string& group : groups) wanted.add(group);
  const std::string sql = "SELECT g, k, n, h FROM (SELECT " + group_sql(mapping_, columns_) +
                          " AS g, t." + quoted(mapping_.key().name) + "::text AS k, " +
                          version_sql() + " AS n, " + row_hash_sql(columns_) + " AS h" +
                          from_sql() + ") r WHERE g = ANY($1::text[])";
  // By a cursor: what differs may be everything.
  constexpr int kAtOnce = 10'000;
  session_.send("DECLARE rows_of_groups NO SCROLL CURSOR FOR " + sql, {wanted.take()});
  if (const auto failed = session_.collect()) return said_of(failed);
  for (int got = kAtOnce; got == kAtOnce;) {
    got = 0;
    const auto failed = session_.ask(
        "FETCH " + std::to_string(kAtOnce) + " FROM rows_of_groups", {}, [&](const Cells& cells) {
          ++got;
          visit(*cells[0], {*cells[1], number_of<std::uint64_t>(cells[2]),
                            static_cast<std::uint64_t>(number_of<std::int64_t>(cells[3]))});
        });
    if (failed) return said_of(failed);
  }
  return {};
}

Said PostgresTable::letters(const std::function<void(const std::string&)>& visit) {
  return said_of(session_.ask("SELECT appointment FROM jari.dead_letters", {},
                              [&](const Cells& cells) { visit(*cells[0]); }));
}

Said PostgresTable::done() {
  return said_of(session_.ask("COMMIT"));
}

/// As if the version that was seen, or an older one than is to be written, had never been: what is
/// written next is newer then.
std::string PostgresTable::forget_versions_sql() const {
  const Column* const version = mapping_.plain(Field::Version);
  const std::string seen = "unnest($1::text[], $2::text[], $3::text[]) s(a, n, m)";
  if (version == nullptr) {
    return "DELETE FROM jari.versions v USING " + seen +
           " WHERE v.appointment = s.a AND (v.version = s.n::bigint OR v.version <= s.m::bigint)";
  }
  return "UPDATE " + quoted_table(mapping_.table) + " t SET " + quoted(version->name) +
         " = 0 FROM " + seen + " WHERE t." + quoted(mapping_.key().name) +
         " = s.a AND coalesce(t." + quoted(version->name) + ", 0) IN (s.n::bigint, s.m::bigint)";
}

/// What was asked for and is neither there nor overtaken. Of the same transaction: nobody else's
/// row is between.
std::string PostgresTable::unmended_sql() const {
  return "SELECT s.a FROM unnest($1::text[], $2::text[], $3::text[]) s(a, m, h) "
         "WHERE NOT EXISTS (SELECT" +
         from_sql() + " AND t." + quoted(mapping_.key().name) + " = s.a AND (" + version_sql() +
         " > s.m::bigint OR " + version_sql() + " = s.m::bigint AND " + row_hash_sql(columns_) +
         " = s.h::bigint))";
}

Said PostgresTable::mend(const std::vector<Mending>& rows, std::set<std::string>& unmended) {
  TextArray appointments;
  TextArray seen;
  TextArray versions;
  std::array<TextArray, 3> wanted;
  std::vector<const Row*> all;
  for (const Mending& one : rows) {
    if (!one.row->refusal.empty()) return {Answer::Refused, "mapping", one.row->refusal};
    all.push_back(one.row);
    const std::string version = std::to_string(one.row->version);
    appointments.add(one.row->appointment);
    seen.add(std::to_string(one.seen_version));
    versions.add(version);
    wanted[0].add(one.row->appointment);
    wanted[1].add(version);
    wanted[2].add(std::to_string(static_cast<std::int64_t>(row_hash(columns_, *one.row))));
  }
  session_.send(std::string{kTakeTurnSql});
  session_.send(forget_versions_sql(), {appointments.take(), seen.take(), versions.take()});
  session_.send(upsert_, row_parameters(mapping_, all));
  session_.send(unmended_sql(), {wanted[0].take(), wanted[1].take(), wanted[2].take()},
                [&](const Cells& cells) { unmended.insert(*cells[0]); });
  const auto failed = session_.collect();
  return failed ? said_of_rows(*failed) : Said{};
}

}  // namespace jari::legacy
