// consumers/legacy/postgres_database.h — PostgresDatabase: the port Database on PostgreSQL, by
// libpq in pipeline mode.
//
// A batch is one round trip and one transaction: its turn, its dead letters, its rows, the
// position. Who syncs holds an advisory lock of its session: what a session that was killed had
// sent is over before the next one is told the position. So no pooler between that shares sessions.
//
// Units:   as database.h.
// Errors:  SQLSTATE classes 22, 23, 44 and 54, and P0001 (a trigger's no) are of a row; classes 3D,
//          3F, 28 and 42 never; all else is not now.
// Threads: one.
#pragma once

#include <memory>
#include <string>

#include "consumers/legacy/database.h"
#include "consumers/legacy/postgres_session.h"
#include "consumers/legacy/statements.h"

namespace jari::legacy {

[[nodiscard]] Said said_of(const PostgresError& error);
/// What upsert_sql() takes, or, of the values alone, plain_upsert_sql().
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
  void begin(const Batch& batch) override;
  [[nodiscard]] Said finish() override;
  [[nodiscard]] Said forget() override;
  [[nodiscard]] Said letters(const VisitLetter& visit) override;
  [[nodiscard]] Said retry(const Row& row) override;

 private:
  [[nodiscard]] Said connect();
  [[nodiscard]] Said be_the_only_sync();
  [[nodiscard]] Said collect();
  void send_letters(const std::vector<Letter>& letters);
  void send_rows(const std::vector<const Row*>& rows);
  void send_moves(const Position& moves);

  PostgresOptions options_;
  const Mapping& mapping_;
  PostgresSession session_;
  bool has_letters_ = false;  // there may be some: a batch must look
};

}  // namespace jari::legacy
