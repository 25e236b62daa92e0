// consumers/legacy/old_table.h — the port OldTable: the old table as it stood at one moment, by
// digests and row by row, and the way to put single rows right.
//
// All that is read between look() and done() is of one moment, the position, too; whoever syncs
// goes on meanwhile.
//
// Units:   a digest is the sums of the upper and lower halves of the rows' hashes.
// Errors:  as Database.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "consumers/legacy/canonical.h"
#include "consumers/legacy/database.h"

namespace jari::legacy {

struct Digest {
  std::int64_t rows = 0;
  std::int64_t upper = 0;
  std::int64_t lower = 0;
  void add(std::uint64_t hash, std::int64_t times = 1) {
    rows += times;
    // As a signed number of 64 bits is halved: the upper half keeps the sign.
    upper += times * (static_cast<std::int64_t>(hash) >> 32);
    lower += times * static_cast<std::int64_t>(hash & 0xffff'ffffU);
  }
  bool operator==(const Digest&) const = default;
};

struct OldRow {
  std::string appointment;
  std::uint64_t version = 0;  // that the table, or what stands beside it, says
  std::uint64_t hash = 0;
};

class OldTable {
 public:
  virtual ~OldTable() = default;

  /// From here on it stands still, for the reader. Says how it is compared, and how far it is.
  [[nodiscard]] virtual Said look(std::vector<Compared>& columns, Position& position) = 0;
  using VisitGroup = std::function<void(const std::string& group, const Digest& digest)>;
  [[nodiscard]] virtual Said groups(const VisitGroup& visit) = 0;
  using VisitRow = std::function<void(const std::string& group, const OldRow& row)>;
  [[nodiscard]] virtual Said rows(const std::vector<std::string>& groups,
                                  const VisitRow& visit) = 0;
  [[nodiscard]] virtual Said letters(const std::function<void(const std::string&)>& visit) = 0;
  [[nodiscard]] virtual Said done() = 0;

  /// Writes the rows, each where the table still has the version that was seen (0: no row, or one
  /// without a version), and nothing newer was written since. `unmended`: those that the table
  /// shows otherwise all the same, though it has refused nothing.
  struct Mending {
    const Row* row = nullptr;
    std::uint64_t seen_version = 0;
  };
  [[nodiscard]] virtual Said mend(const std::vector<Mending>& rows,
                                  std::set<std::string>& unmended) = 0;
};

}  // namespace jari::legacy
