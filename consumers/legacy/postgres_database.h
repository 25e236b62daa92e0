// consumers/legacy/postgres_database.h — PostgresDatabase: the port Database on PostgreSQL, by
// libpq in pipeline mode.
//
// A batch is one round trip and one transaction: its turn, its dead letters, its rows, the
// position. Who syncs holds an advisory lock of its session: what a session that was killed had
// sent is over before the next one is told the position. So no pooler between that shares sessions.
// First versions are inserted, which costs the database less than to upsert them, where it has no
// dead letters and the table shows versions. Where that is refused (one is there already, or is
// wrong), the batch is upserted, and what that says is the answer; inserts rest for a while then.
//
// Units:   as database.h.
// Errors:  what may pass by itself is not now: the connection, and SQLSTATE classes 08, 25, 26, 40,
//          53, 55, 57, 58, 72, HV and XX. Classes 0A, 28, 3D, 3F and 42 are of names and rights:
//          never, and unclear of a batch, since a trigger or a policy says them of one row, too.
//          All else is of a row, codes that a trigger has made up for itself among it.
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "consumers/legacy/database.h"
#include "consumers/legacy/postgres_session.h"
#include "consumers/legacy/statements.h"

namespace jari::legacy {

[[nodiscard]] Said said_of(const PostgresError& error);
/// The same of a transaction that writes rows.
[[nodiscard]] Said said_of_rows(const PostgresError& error);
/// What upsert_sql() takes, or, of the values alone, plain_upsert_sql() and insert_sql().
[[nodiscard]] std::vector<Parameter> value_parameters(const Mapping& mapping,
                                                      const std::vector<const Row*>& rows);
[[nodiscard]] std::vector<Parameter> row_parameters(const Mapping& mapping,
                                                    const std::vector<const Row*>& rows);
/// `position` is read when they are collected, and must live until then.
void send_position_queries(PostgresSession& session, Position& position);

class PostgresDatabase final : public Database {
 public:
  /// `mapping` must outlive it.
  PostgresDatabase(PostgresOptions options, const Mapping& mapping)
      : options_(std::move(options)), mapping_(mapping) {}

  [[nodiscard]] Said open(Position& position) override;
  void prepare(const Batch& batch) override;
  void send() override;
  [[nodiscard]] Said finish() override;
  [[nodiscard]] Said forget() override;
  [[nodiscard]] Said letters(const VisitLetter& visit) override;
  [[nodiscard]] Said retry(const Row& row) override;

 private:
  struct Transaction {
    Batch batch;
    bool inserts = false;  // first versions, without asking whether they are there
    std::vector<Statement> statements;
  };
  [[nodiscard]] Said connect();
  [[nodiscard]] Said be_the_only_sync();
  [[nodiscard]] Said collect();
  [[nodiscard]] Said collect_rows();
  [[nodiscard]] bool is_plain() const;
  [[nodiscard]] Statement upsert(const std::vector<const Row*>& rows) const;
  [[nodiscard]] std::vector<Statement> statements_of(const Batch& batch, bool inserts) const;
  void run(const std::vector<Statement>& statements);

  PostgresOptions options_;
  const Mapping& mapping_;
  PostgresSession session_;
  bool has_letters_ = false;  // there may be some: a batch must look
  bool is_unclear_ = false;   // the last answer was: a new session may be another
  Transaction ready_;
  Transaction sent_;
  std::uint32_t cautious_ = 0;  // so many batches that are made ready insert none
};

}  // namespace jari::legacy
