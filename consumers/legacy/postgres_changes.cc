#include "consumers/legacy/postgres_changes.h"

#include <algorithm>

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

/// Whoever syncs waits meanwhile. A version of 0 is older than any: the row is written next.
void PostgresChanges::send_new_key(const std::string& was, const std::string& is) {
  const std::string table = quoted_table(mapping_.table);
  const std::string key = "t." + quoted(mapping_.key().name);
  const Column* const version = mapping_.plain(Field::Version);
  const std::string unwritten = version == nullptr ? "" : ", " + quoted(version->name) + " = 0";
  const std::vector<Parameter> keys{parameter(was), parameter(is)};
  session_.send("UPDATE " + table + " t SET " + quoted(mapping_.key().name) + " = $2::text" +
                    unwritten + " WHERE " + key + " = $1::text AND NOT EXISTS (SELECT FROM " +
                    table + " t WHERE " + key + " = $2::text)",
                keys);
  session_.send("DELETE FROM " + table + " t WHERE " + key + " = $1::text", {parameter(was)});
}

Said PostgresChanges::settle(const Change& change, Verdict verdict, const std::string& answer,
                             const std::string& appointment) {
  session_.send(std::string{kTakeTurnSql});
  session_.send(kSettleSql, {parameter(std::to_string(change.id)),
                             parameter(verdict == Verdict::Done ? "done" : "conflict"),
                             parameter(answer), parameter(appointment)});
  if (!appointment.empty() && appointment != change.row_key) {
    send_new_key(change.row_key, appointment);
  }
  return said_of_all(session_.collect());
}

}  // namespace jari::legacy
