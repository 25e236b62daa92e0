// consumers/legacy/postgres_changes.h — PostgresChanges: the port OldChanges on the table that
// ops/legacy-watch.sql makes.
//
// Units:   none.
// Errors:  as postgres_database.h.
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "consumers/legacy/postgres_database.h"
#include "consumers/legacy/watch.h"

namespace jari::legacy {

class PostgresChanges final : public OldChanges {
 public:
  /// `mapping` must outlive it.
  PostgresChanges(PostgresOptions options, const Mapping& mapping)
      : options_(std::move(options)), mapping_(mapping) {}

  [[nodiscard]] Said open() override;
  [[nodiscard]] Said next(std::vector<Change>& changes) override;
  [[nodiscard]] Said conflicts(std::vector<Change>& changes) override;
  [[nodiscard]] Said settle(const Change& change, Verdict verdict, const std::string& answer,
                            const std::string& appointment) override;

 private:
  [[nodiscard]] Said read(const std::string& sql, std::vector<Change>& changes);
  void send_lock(const std::string& key);
  void send_new_key(const Change& change, const std::string& is);

  PostgresOptions options_;
  const Mapping& mapping_;
  PostgresSession session_;
};

}  // namespace jari::legacy
