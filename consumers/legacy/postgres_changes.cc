#include "consumers/legacy/postgres_changes.h"

namespace jari::legacy {
namespace {

constexpr const char* kReadSql =
    "SELECT id, (extract(epoch FROM noted_at) * 1000)::bigint, by_whom, what, row_key, "
    "coalesce(programme, ''), coalesce(person, ''), coalesce(site, ''), coalesce(slot, ''), "
    "coalesce(product, ''), coalesce(answer, '') FROM jari.changes WHERE state = ";

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

Said PostgresChanges::read(const std::string& which, std::vector<Change>& changes) {
  changes.clear();
  return said_of_all(session_.ask(
      kReadSql + which, {}, [&](const Cells& cells) { changes.push_back(change_of(cells)); }));
}

Said PostgresChanges::next(std::vector<Change>& changes) {
  return read("'new' ORDER BY id LIMIT 100", changes);
}

Said PostgresChanges::conflicts(std::vector<Change>& changes) {
  return read("'conflict' ORDER BY id", changes);
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
  session_.send(
      "UPDATE jari.changes SET state = $2, answer = $3, answered_at = now() "
      "WHERE id = $1::bigint",
      {parameter(std::to_string(change.id)),
       parameter(verdict == Verdict::Done ? "done" : "conflict"), parameter(answer)});
  if (!appointment.empty() && appointment != change.row_key) {
    send_new_key(change.row_key, appointment);
  }
  return said_of_all(session_.collect());
}

}  // namespace jari::legacy
