#include "consumers/legacy/watch_trigger.h"

#include <algorithm>
#include <array>

#include "consumers/legacy/statements.h"

namespace jari::legacy {
namespace {

constexpr std::array kTaken{Field::Programme, Field::Person, Field::Site, Field::Slot,
                            Field::Product};

constexpr std::string_view kTable =
    R"(CREATE TABLE IF NOT EXISTS jari.changes (
  id           bigserial PRIMARY KEY,
  noted_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  by_whom      text NOT NULL DEFAULT session_user,
  what         text NOT NULL CHECK (what IN ('cancelled', 'taken')),
  row_key      text NOT NULL,   -- of the row: Jari's id, or the clerk's own
  programme    text,            -- of a place taken, as the others
  person       text,
  site         text,
  slot         text,
  product      text,
  state        text NOT NULL DEFAULT 'new'
                 CHECK (state IN ('new', 'done', 'conflict', 'taken back')),
  answer       text,            -- what Jari said
  asked_at     timestamptz,     -- first; it may have been done since
  appointment  text,            -- what came of a place taken
  answered_at  timestamptz
);
CREATE INDEX IF NOT EXISTS changes_open ON jari.changes (id)
  WHERE state = 'new' OR (state = 'taken back' AND asked_at IS NOT NULL);
CREATE INDEX IF NOT EXISTS changes_conflicts ON jari.changes (id) WHERE state = 'conflict';

CREATE OR REPLACE FUNCTION jari.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $jari$
DECLARE
  was_booked boolean := false;
  is_over    boolean;  -- deleted, or cancelled now
BEGIN
  -- What Jari writes itself is no clerk's change: so nothing goes round in a circle.
  IF current_setting('jari.sync', true) = 'on' THEN
    RETURN NULL;
  END IF;
)";

constexpr std::string_view kTakenBack =
    R"(  ELSIF was_booked AND is_over THEN
    -- A clerk's own row that Jari has not made its own yet: it is not asked for. Where it may have
    -- been, `jari sync watch` asks until there is an answer, and cancels what came of it.
    UPDATE jari.changes SET state = 'taken back', answered_at = clock_timestamp()
      WHERE state = 'new' AND what = 'taken' AND row_key = OLD.$KEY$::text;
    IF NOT FOUND THEN  -- it was asked for, and its row has Jari's id already
      INSERT INTO jari.changes (what, row_key) SELECT 'cancelled', OLD.$KEY$::text
        WHERE EXISTS (SELECT FROM jari.changes WHERE what = 'taken' AND state = 'done'
                        AND appointment = OLD.$KEY$::text);
    END IF;
)";

std::string literal(std::string_view text) {
  std::string all = "'";
  for (const char c : text) {
    all += c;
    if (c == '\'') all += c;
  }
  return all + "'";
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string all(text);
  for (std::size_t at = all.find(what); at != std::string::npos;
       at = all.find(what, at + by.size())) {
    all.replace(at, what.size(), by);
  }
  return all;
}

/// Plainly, where one is.
const Column* column_of(const Mapping& mapping, Field field) {
  if (const Column* const plain = mapping.plain(field)) return plain;
  const auto found =
      std::find_if(mapping.columns.begin(), mapping.columns.end(),
                   [&](const Column& one) { return one.field == field && !one.values.empty(); });
  return found == mapping.columns.end() ? nullptr : &*found;
}

/// What a row says of it, as Jari calls it.
std::string value_in(const std::string& row, const Column& column) {
  const std::string value = row + "." + quoted(column.name) + "::text";
  if (column.values.empty()) return value;
  std::string all = "CASE " + value;
  for (const auto& [ours, theirs] : column.values) {
    all += " WHEN " + literal(theirs) + " THEN " + literal(ours);
  }
  return all + " END";
}

std::string state_text(const Column& column, const std::string& state) {
  const auto value = column.values.find(state);
  return literal(value == column.values.end() ? state : value->second);
}

/// Whether the row OLD is Jari's. Without a condition of the file's the id tells.
std::string is_ours(const Mapping& mapping) {
  if (!mapping.ours.empty()) {
    return "(SELECT " + mapping.ours + " FROM (SELECT OLD.*) AS appointment)";
  }
  return "OLD." + quoted(mapping.key().name) + "::text ~ '^a[0-9]+-[0-9]+$'";
}

std::string note_taken(const Mapping& mapping, const std::string& booked) {
  const std::string key = "NEW." + quoted(mapping.key().name) + "::text";
  std::string values;
  for (const Field field : kTaken) {
    values += ",\n              " + value_in("NEW", *column_of(mapping, field));
  }
  return "  IF TG_OP = 'INSERT' THEN\n    IF NEW." + booked +
         " THEN\n      INSERT INTO jari.changes (what, row_key, programme, person, site, slot, "
         "product)\n      VALUES ('taken', " +
         key + values + ");\n    END IF;\n    RETURN NULL;\n  END IF;\n";
}

}  // namespace

std::vector<std::string_view> unknown_of_taken(const Mapping& mapping) {
  std::vector<std::string_view> unknown;
  for (const Field field : kTaken) {
    if (column_of(mapping, field) == nullptr) unknown.push_back(to_text(field));
  }
  return unknown;
}

Result<std::string> watch_sql(const Mapping& mapping) {
  if (auto good = check(mapping); !good) return good.error();
  const Column* const state = column_of(mapping, Field::State);
  if (state == nullptr) {
    return Error{ErrorCode::BadArgument,
                 "no column shows the state: nothing would tell what a clerk cancels"};
  }
  const bool is_taken_noted = unknown_of_taken(mapping).empty();
  const std::string key = quoted(mapping.key().name);
  const std::string column = quoted(state->name);
  const std::string booked = column + "::text = " + state_text(*state, "booked");
  const std::string cancelled = column + "::text = " + state_text(*state, "cancelled");
  std::string sql =
      "-- What clerks change in the old table, noted for `jari sync watch`, which asks Jari for "
      "the\n"
      "-- same. Once, by the owner. Printed by `jari sync watch --print-trigger --legacy FILE`: "
      "for "
      "a\n-- table of your own, print it anew from your file.\n\n";
  sql += kTable;
  if (is_taken_noted) sql += note_taken(mapping, booked);
  sql +=
      "  was_booked := OLD." + booked + ";\n  is_over := TG_OP = 'DELETE' OR NEW." + cancelled +
      ";\n  IF " + is_ours(mapping) +
      " THEN\n    IF was_booked AND is_over THEN\n      INSERT INTO jari.changes (what, row_key) "
      "VALUES ('cancelled', OLD." +
      key + "::text);\n    END IF;\n";
  if (is_taken_noted) sql += replaced(kTakenBack, "$KEY$", key);
  const std::string table = quoted_table(mapping.table);
  sql += "  END IF;\n  RETURN NULL;\nEND $jari$;\n\nDROP TRIGGER IF EXISTS jari_note_change ON " +
         table + ";\nCREATE TRIGGER jari_note_change AFTER " +
         (is_taken_noted ? "INSERT OR " : "") + "UPDATE OF " + column + " OR DELETE ON " + table +
         "\n  FOR EACH ROW EXECUTE FUNCTION jari.note_change();\n";
  return sql;
}

}  // namespace jari::legacy
