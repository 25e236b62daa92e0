#include "consumers/legacy/postgres_changes.h"

#include <algorithm>

#include "consumers/legacy/watch_trigger.h"

namespace jari::legacy {
namespace {

constexpr const char* kColumns =
    "id, (extract(epoch FROM noted_at) * 1000)::bigint, by_whom, what, row_key, "
    "coalesce(programme, ''), coalesce(person, ''), coalesce(site, ''), coalesce(slot, ''), "
    "coalesce(product, ''), coalesce(answer, '')";
constexpr const char* kConflictsSql = " FROM jari.changes WHERE state = 'conflict' ORDER BY id";
// Whoever may have been asked is asked until there is an answer, be it taken back meanwhile.
constexpr const char* kNextSql =
    "UPDATE jari.changes SET asked_at = coalesce(asked_at, clock_timestamp()) WHERE id IN ("
    "SELECT id FROM jari.changes WHERE state = 'new' OR "
    "(state = 'taken back' AND asked_at IS NOT NULL) ORDER BY id LIMIT 100 FOR UPDATE) RETURNING ";

// What a clerk took back while it was asked for is cancelled next, or was refused as they wished.
constexpr const char* kSettleSql =
    "WITH was AS (SELECT id, what, state FROM jari.changes WHERE id = $1::bigint FOR UPDATE), "
    "settled AS (UPDATE jari.changes c SET answer = $3, answered_at = now(), "
    "appointment = nullif($4::text, ''), "
    "state = CASE was.state WHEN 'taken back' THEN 'done' ELSE $2 END "
    "FROM was WHERE c.id = was.id) "
    "INSERT INTO jari.changes (what, row_key) SELECT 'cancelled', $4::text FROM was "
    "WHERE was.state = 'taken back' AND was.what = 'taken' AND $4::text <> ''";

Change change_of(const Cells& cells) {
  Change change;
  change.id = number_of<std::uint64_t>(cells[0]);
  std::size_t cell = 1;
  for (std::string* const to :
       {&change.noted_at, &change.by, &change.what, &change.row_key, &change.programme,
        &change.person, &change.site, &change.slot, &change.product, &change.answer}) {
    *to = *cells[cell++];
  }
  return change;
}

Said said_of_all(const std::optional<PostgresError>& failed) {
  return failed ? said_of(*failed) : Said{};
}

}  // namespace

Said PostgresChanges::open() {
  return said_of_all(session_.connect(options_));
}

Said PostgresChanges::read(const std::string& sql, std::vector<Change>& changes) {
  changes.clear();
  return said_of_all(
      session_.ask(sql, {}, [&](const Cells& cells) { changes.push_back(change_of(cells)); }));
}

Said PostgresChanges::next(std::vector<Change>& changes) {
  Said said = read(std::string{kNextSql} + kColumns, changes);
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return a.id < b.id; });
  return said;
}

Said PostgresChanges::conflicts(std::vector<Change>& changes) {
  return read(std::string{"SELECT "} + kColumns + kConflictsSql, changes);
}

/// As whoever writes there does: the row first, then what is noted of it.
void PostgresChanges::send_lock(const std::string& key) {
  session_.send("SELECT FROM " + quoted_table(mapping_.table) + " t WHERE t." +
                    quoted(mapping_.key().name) + " = $1::text FOR UPDATE",
                {parameter(key)});
}

/// Whoever syncs waits meanwhile. A version of 0 is older than any: the row is written next. One
/// that says something else now is left alone: the trigger has told a human.
void PostgresChanges::send_new_key(const Change& change, const std::string& is) {
  const std::string table = quoted_table(mapping_.table);
  const std::string key = "t." + quoted(mapping_.key().name);
  const Column* const version = mapping_.plain(Field::Version);
  const std::string unwritten = version == nullptr ? "" : ", " + quoted(version->name) + " = 0";
  const std::string is_as_asked =
      key + " = $1::text AND (" + has_state_sql(mapping_, "t", "booked") + " OR " +
      has_state_sql(mapping_, "t", "cancelled") +
      ") AND EXISTS (SELECT FROM jari.changes c WHERE c.id = $2::bigint AND " +
      is_as_asked_sql(mapping_, "t", "c") + ")";
  const Parameter was = parameter(change.row_key);
  const Parameter id = parameter(std::to_string(change.id));
  session_.send("UPDATE " + table + " t SET " + quoted(mapping_.key().name) + " = $3::text" +
                    unwritten + " WHERE " + is_as_asked + " AND NOT EXISTS (SELECT FROM " + table +
                    " t WHERE " + key + " = $3::text)",
                {was, id, parameter(is)});
  session_.send("DELETE FROM " + table + " t WHERE " + is_as_asked, {was, id});
}

Said PostgresChanges::settle(const Change& change, Verdict verdict, const std::string& answer,
                             const std::string& appointment) {
  session_.send(std::string{kTakeTurnSql});
  send_lock(change.row_key);
  session_.send(kSettleSql, {parameter(std::to_string(change.id)),
                             parameter(verdict == Verdict::Done ? "done" : "conflict"),
                             parameter(answer), parameter(appointment)});
  if (!appointment.empty() && appointment != change.row_key) {
    send_new_key(change, appointment);
  }
  return said_of_all(session_.collect());
}

}  // namespace jari::legacy
