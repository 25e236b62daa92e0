// consumers/legacy/postgres_table.h — PostgresTable: the port OldTable on PostgreSQL, by one
// transaction that sees one moment (repeatable read).
//
// Hashes and sums are taken by the database: of a site and day that agrees, one row comes over.
//
// Units:   as old_table.h.
// Errors:  as postgres_database.h.
// Threads: one.
#pragma once

#include <string>

#include "consumers/legacy/old_table.h"
#include "consumers/legacy/postgres_database.h"

namespace jari::legacy {

class PostgresTable final : public OldTable {
 public:
  /// `mapping` must outlive it.
  PostgresTable(PostgresOptions options, const Mapping& mapping)
      : options_(std::move(options)), mapping_(mapping) {}

  [[nodiscard]] Said look(std::vector<Compared>& columns, Position& position) override;
  [[nodiscard]] Said groups(const VisitGroup& visit) override;
  [[nodiscard]] Said rows(const std::vector<std::string>& groups, const VisitRow& visit) override;
  [[nodiscard]] Said letters(const std::function<void(const std::string&)>& visit) override;
  [[nodiscard]] Said done() override;
  [[nodiscard]] Said mend(const std::vector<Mending>& rows,
                          std::set<std::string>& unmended) override;

 private:
  [[nodiscard]] Said read_columns();
  [[nodiscard]] Said read_shown(Compared& column, const std::string& type,
                                const std::vector<std::string>& codes);
  [[nodiscard]] std::string from_sql() const;
  [[nodiscard]] std::string version_sql() const;
  [[nodiscard]] std::string forget_versions_sql() const;
  [[nodiscard]] std::string unmended_sql() const;

  PostgresOptions options_;
  const Mapping& mapping_;
  std::vector<Compared> columns_;
  PostgresSession session_;
  std::string upsert_;
};

}  // namespace jari::legacy
