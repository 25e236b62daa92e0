// tests/sim/sim_disk.h — SimDisk: the state's disk in memory, which keeps only what it has flushed,
// can be full, and can come back as it was earlier.
//
// Whole batches, in order, or not at all, as the port promises; damage() and tear() break that on
// purpose.
//
// Errors:  none; a full disk drops what is written and says so in health().
// Threads: one.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "engine/store/state_disk.h"
#include "tests/sim/chance.h"

namespace jari::sim {

class SimDisk final : public StateDisk {
 public:
  [[nodiscard]] Result<void> load(const LoadVisit& visit) override;
  void write(StateBatch batch) override;
  [[nodiscard]] Result<void> flush() override;
  [[nodiscard]] Result<void> clear() override;
  [[nodiscard]] std::optional<Offset> durable(PartitionRef where) const override;
  [[nodiscard]] Result<void> health() const override;

  /// The oldest batches become durable, up to `batches`.
  void flush_some(std::size_t batches);
  /// From here on nothing more is kept, until the next life.
  void fill() { is_full_ = true; }
  /// Whoever wrote is gone: of what was not flushed a first part stands.
  void crash(Chance& chance);
  void keep_copy() { copy_ = rows_; }
  void restore() { rows_ = copy_; }
  /// Of the first batch that the last crash has lost, a first part of the rows stands all the same.
  /// False: it lost none, or one of a single row.
  bool tear(Chance& chance);
  /// One row of the tables changes by itself. False: there is none.
  bool damage(Chance& chance);
  [[nodiscard]] std::size_t unflushed() const { return unflushed_.size(); }

 private:
  using Rows = std::map<std::string, std::string>;
  void take(const StateBatch& batch, std::size_t rows);
  Rows rows_;
  Rows copy_;
  std::map<PartitionRef, Offset> durable_;  // as this life's batches said
  std::deque<StateBatch> unflushed_;
  std::optional<StateBatch> lost_;  // the first, in the last crash
  bool is_full_ = false;
};

}  // namespace jari::sim
