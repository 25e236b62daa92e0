#include "consumers/legacy/watch_trigger.h"

#include <algorithm>
#include <array>
#include <utility>

#include "consumers/legacy/statements.h"

namespace jari::legacy {
namespace {

constexpr std::array kTaken{Field::Programme, Field::Person, Field::Site, Field::Slot,
                            Field::Product};

constexpr std::string_view kTable =
    R"(BEGIN;

CREATE TABLE IF NOT EXISTS jari.changes (
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
  answer       text,            -- what Jari said, or why a human must look
  asked_at     timestamptz,     -- first; it may have been done since
  appointment  text,            -- what came of a place taken
  answered_at  timestamptz
);
CREATE INDEX IF NOT EXISTS changes_open ON jari.changes (id)
  WHERE state = 'new' OR (state = 'taken back' AND asked_at IS NOT NULL);
CREATE INDEX IF NOT EXISTS changes_conflicts ON jari.changes (id) WHERE state = 'conflict';
CREATE INDEX IF NOT EXISTS changes_of_rows ON jari.changes (row_key, id);
CREATE INDEX IF NOT EXISTS changes_of_appointments ON jari.changes (appointment, id)
  WHERE appointment IS NOT NULL;

-- A code of the file that its column does not take is said here, and nothing is made then.
DO $check$ BEGIN
  PERFORM $ROW_BOOKED$,
    $ROW_CANCELLED$$ROW_PLACE$
    FROM $TABLE$ AS appointment LIMIT 0;
END $check$;

CREATE OR REPLACE FUNCTION jari.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $jari$
#variable_conflict use_column
DECLARE
  key        text;     -- as it was
  was_booked boolean;
  is_booked  boolean;
  was_over   boolean;  -- cancelled
  is_over    boolean;  -- cancelled, or deleted
)";

constexpr std::string_view kTakenVariables =
    R"(  new_key    text;
  was        text[];        -- programme, person, site, slot, product
  place      text[];        -- the same, now
  asked      jari.changes;  -- what Jari was or will be asked for of this row, last
  why        text;          -- a human must look; NULL: Jari is asked
)";

constexpr std::string_view kBegin =
    R"(BEGIN
  -- What Jari writes itself is no clerk's change: so nothing goes round in a circle.
  IF current_setting('jari.sync', true) = 'on' THEN
    RETURN NULL;
  END IF;
  key := OLD.$KEY$::text;  -- what there is no row for is NULL
  was_booked := $OLD_BOOKED$;
  was_over := $OLD_CANCELLED$;
  is_booked := $NEW_BOOKED$;
  is_over := TG_OP = 'DELETE' OR $NEW_CANCELLED$;
  IF NOT was_booked AND NOT is_booked THEN
    RETURN NULL;
  END IF;
)";

constexpr std::string_view kAsked =
    R"(  new_key := NEW.$KEY$::text;
  was := ARRAY[$OLD_PLACE$];
  place := ARRAY[$NEW_PLACE$];
  IF was_booked AND is_booked AND new_key = key AND was IS NOT DISTINCT FROM place THEN
    RETURN NULL;
  END IF;
  SELECT * INTO asked FROM (
    (SELECT * FROM jari.changes WHERE row_key = key AND what = 'taken'
       AND (asked_at IS NOT NULL OR state IN ('new', 'taken back')) ORDER BY id DESC LIMIT 1)
    UNION ALL
    (SELECT * FROM jari.changes WHERE appointment = key AND what = 'taken'
       AND (asked_at IS NOT NULL OR state IN ('new', 'taken back')) ORDER BY id DESC LIMIT 1)
  ) AS both_ways ORDER BY id DESC LIMIT 1;
)";

constexpr std::string_view kOurs =
    R"(  IF $OURS$ THEN
    IF was_booked AND is_over THEN
      INSERT INTO jari.changes (what, row_key) VALUES ('cancelled', key);
    ELSIF was_over AND is_booked THEN  -- by mistake; what else was changed `jari reconcile` lists
      UPDATE jari.changes SET state = 'taken back', answered_at = clock_timestamp()
        WHERE row_key = key AND what = 'cancelled' AND state = 'new' AND asked_at IS NULL;
      IF NOT FOUND THEN
        INSERT INTO jari.changes (what, row_key, state, answer, answered_at)
        VALUES ('cancelled', key, 'conflict',
                'the row was booked again, and to Jari it is cancelled', clock_timestamp());
      END IF;
    END IF;
    RETURN NULL;
  END IF;
)";

/// A clerk's own row that Jari has not made its own yet.
constexpr std::string_view kTheirs =
    R"(  IF was_booked AND is_over THEN
    -- It is not asked for. Where it may have been, `jari sync watch` asks until there is an answer,
    -- and cancels what came of it.
    UPDATE jari.changes SET state = 'taken back', answered_at = clock_timestamp()
      WHERE row_key = key AND what = 'taken' AND state = 'new';
    IF NOT FOUND AND asked.state = 'done' AND asked.appointment = key THEN
      INSERT INTO jari.changes (what, row_key) VALUES ('cancelled', key);
    END IF;
    RETURN NULL;
  END IF;
  IF is_booked AND new_key = key AND asked.state <> 'conflict' AND place IS NOT DISTINCT FROM
      ARRAY[asked.programme, asked.person, asked.site, asked.slot, asked.product] THEN
    -- It is again what Jari is asked for.
    IF was_booked THEN
      RETURN NULL;
    END IF;
    UPDATE jari.changes SET state = 'new', answered_at = NULL
      WHERE id = asked.id AND state = 'taken back' AND asked_at IS NOT NULL;
    IF FOUND THEN
      RETURN NULL;
    END IF;
    UPDATE jari.changes SET state = 'taken back', answered_at = clock_timestamp()
      WHERE row_key = key AND what = 'cancelled' AND state = 'new' AND asked_at IS NULL;
    IF FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
  IF was_booked THEN
    IF is_booked THEN
      UPDATE jari.changes SET row_key = new_key, programme = place[1], person = place[2],
          site = place[3], slot = place[4], product = place[5]
        WHERE id = asked.id AND state = 'new' AND asked_at IS NULL;
    ELSE  -- attended, or what only the table's owners know
      UPDATE jari.changes SET state = 'conflict', answered_at = clock_timestamp(),
          answer = 'the row was neither booked nor cancelled before Jari was asked for it'
        WHERE id = asked.id AND state = 'new' AND asked_at IS NULL;
    END IF;
    IF FOUND OR (NOT is_booked AND (asked.id IS NULL OR asked.state = 'conflict')) THEN
      RETURN NULL;
    END IF;
  END IF;
  -- Jari is asked where it has nothing of the row and will have nothing; all else is for a human.
  why := CASE
    WHEN is_booked AND asked.state = 'conflict' THEN NULL
    WHEN asked.id IS NULL AND was_booked THEN 'the row was changed, and Jari knows nothing of it'
    WHEN asked.id IS NULL OR (asked.state = 'taken back' AND asked.asked_at IS NULL) THEN NULL
    WHEN asked.appointment IS NULL THEN
      'the row was changed, and Jari was asked already for what it said before'
    WHEN was_over THEN
      'the row was booked again, and Jari was asked already to cancel ' || asked.appointment
    ELSE 'the row was changed, and Jari has booked it as ' || asked.appointment
  END;
  INSERT INTO jari.changes (what, row_key, programme, person, site, slot, product, state, answer,
                            answered_at)
  VALUES ('taken', new_key, place[1], place[2], place[3], place[4], place[5],
          CASE WHEN why IS NULL THEN 'new' ELSE 'conflict' END, why,
          CASE WHEN why IS NOT NULL THEN clock_timestamp() END);
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

/// What a row says of it, as Jari calls it. A code is a literal without a type: it is what the
/// column's type makes of it, as where it is written.
std::string value_in(const std::string& row, const Column& column) {
  const std::string value = row + "." + quoted(column.name);
  if (column.values.empty()) return value + "::text";
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

/// But for one that came of a clerk's, until Jari has written it.
std::string is_written(const Mapping& mapping) {
  const Column* const version = mapping.plain(Field::Version);
  return "NOT (coalesce(asked.appointment = key, false)\n        AND " +
         (version == nullptr ? "NOT EXISTS (SELECT FROM jari.versions WHERE appointment = key)"
                             : "coalesce(OLD." + quoted(version->name) + "::text, '0') = '0'") +
         ")";
}

/// What a place is asked for with, as far as the mapping has a column for it.
std::string place_in(const Mapping& mapping, const std::string& row) {
  std::string all;
  for (const Field field : kTaken) {
    const Column* const column = column_of(mapping, field);
    if (column == nullptr) continue;
    all += (all.empty() ? "" : ",\n    ") + value_in(row, *column);
  }
  return all;
}

}  // namespace

std::vector<std::string_view> unknown_of_taken(const Mapping& mapping) {
  std::vector<std::string_view> unknown;
  for (const Field field : kTaken) {
    if (column_of(mapping, field) == nullptr) unknown.push_back(to_text(field));
  }
  return unknown;
}

std::string has_state_sql(const Mapping& mapping, const std::string& row,
                          const std::string& state) {
  const Column* const column = column_of(mapping, Field::State);
  if (column == nullptr) return "true";
  return "coalesce(" + row + "." + quoted(column->name) + " = " + state_text(*column, state) +
         ", false)";
}

std::string is_as_asked_sql(const Mapping& mapping, const std::string& row,
                            const std::string& change) {
  std::string all = "true";
  for (const Field field : kTaken) {
    const Column* const column = column_of(mapping, field);
    if (column == nullptr) continue;
    all += " AND " + value_in(row, *column) + " IS NOT DISTINCT FROM " + change + "." +
           std::string{to_text(field)};
  }
  return all;
}

Result<std::string> watch_sql(const Mapping& mapping) {
  if (auto good = check(mapping); !good) return good.error();
  if (column_of(mapping, Field::State) == nullptr) {
    return Error{ErrorCode::BadArgument,
                 "no column shows the state: nothing would tell what a clerk cancels"};
  }
  const bool is_taken_noted = unknown_of_taken(mapping).empty();
  std::string body{kTable};
  if (is_taken_noted) body += kTakenVariables;
  body += kBegin;
  if (is_taken_noted) body += kAsked;
  body += kOurs;
  if (is_taken_noted) body += kTheirs;
  const std::string ours = is_ours(mapping);
  const std::string table = quoted_table(mapping.table);
  const std::string place = place_in(mapping, "appointment");
  const std::array<std::pair<std::string_view, std::string>, 12> parts{{
      {"$TABLE$", table},
      {"$ROW_BOOKED$", has_state_sql(mapping, "appointment", "booked")},
      {"$ROW_CANCELLED$", has_state_sql(mapping, "appointment", "cancelled")},
      {"$ROW_PLACE$", place.empty() ? "" : ",\n    " + place},
      {"$KEY$", quoted(mapping.key().name)},
      {"$OLD_BOOKED$", has_state_sql(mapping, "OLD", "booked")},
      {"$NEW_BOOKED$", has_state_sql(mapping, "NEW", "booked")},
      {"$OLD_CANCELLED$", has_state_sql(mapping, "OLD", "cancelled")},
      {"$NEW_CANCELLED$", has_state_sql(mapping, "NEW", "cancelled")},
      {"$OLD_PLACE$", place_in(mapping, "OLD")},
      {"$NEW_PLACE$", place_in(mapping, "NEW")},
      {"$OURS$", is_taken_noted ? ours + "\n      AND " + is_written(mapping) : ours},
  }};
  for (const auto& [what, by] : parts) body = replaced(body, what, by);
  return "-- What clerks change in the old table, noted for `jari sync watch`, which asks Jari for "
         "the\n-- same. Once, by the owner. Printed by `jari sync watch --print-trigger --legacy "
         "FILE`: for a\n-- table of your own, print it anew from your file.\n\n" +
         body + "  RETURN NULL;\nEND $jari$;\n\nDROP TRIGGER IF EXISTS jari_note_change ON " +
         table + ";\nCREATE TRIGGER jari_note_change AFTER " +
         (is_taken_noted ? "INSERT OR " : "") + "UPDATE OR DELETE ON " + table +
         "\n  FOR EACH ROW EXECUTE FUNCTION jari.note_change();\n\nCOMMIT;\n";
}

}  // namespace jari::legacy
