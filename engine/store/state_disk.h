// engine/store/state_disk.h — the port StateDisk: the durable copy of the tables, written behind.
//
// Never the truth: the log is. A batch is written whole or not at all, in order; what a crash loses
// is a suffix of batches, and replay of the log makes it again.
//
// Errors:  Io, DiskFull, InUse, WrongVersion from the vendor; load() hands on what visit says.
// Threads: write() from one thread, it returns at once; durable() and health() from any; the rest
//          when nothing is being written.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/record/envelope.h"
#include "engine/store/store.h"

namespace jari {

/// Rows of many partitions that stand or fall together.
class StateBatch final : public RowSink {
 public:
  /// Rows that follow belong to this partition.
  void of(PartitionRef where) { where_ = where; }
  void put(std::uint8_t table, std::string_view key, std::string_view row) override;
  void erase(std::uint8_t table, std::string_view key) override;
  /// With this batch the rows of the partition are its state before this offset.
  void reaches(Offset next_offset) { places_.emplace_back(where_, next_offset); }

  /// Makes room at once for what will take about so many bytes.
  void reserve(std::size_t bytes) { frames_.reserve(bytes); }
  /// Calls visit(full key, row or nullopt) in order; the full key is topic, partition (big-endian),
  /// table, key.
  using Visit = std::function<void(std::string_view key, const std::string_view* row)>;
  void for_each(const Visit& visit) const;
  [[nodiscard]] std::size_t bytes() const { return frames_.size(); }
  [[nodiscard]] bool empty() const { return frames_.empty(); }
  using Places = std::vector<std::pair<PartitionRef, Offset>>;
  [[nodiscard]] const Places& places() const { return places_; }

 private:
  void frame(std::uint8_t op, std::uint8_t table, std::string_view key, std::string_view row);
  PartitionRef where_;
  std::string frames_;
  Places places_;
};

class StateDisk {
 public:
  virtual ~StateDisk() = default;

  using LoadVisit = std::function<Result<void>(PartitionRef where, std::uint8_t table,
                                               std::string_view key, std::string_view row)>;
  /// Every row, once, before the first write.
  [[nodiscard]] virtual Result<void> load(const LoadVisit& visit) = 0;

  /// Takes the batch; the write happens behind. Waits only while too much is queued already.
  virtual void write(StateBatch batch) = 0;
  /// Waits until all that was written so far would survive a crash of the machine.
  [[nodiscard]] virtual Result<void> flush() = 0;
  /// Forgets everything: the state will be made again from the log.
  [[nodiscard]] virtual Result<void> clear() = 0;
  /// How far that partition's rows would survive a crash of the machine, as the batches written
  /// since the opening say: nothing while none of them would.
  [[nodiscard]] virtual std::optional<Offset> durable(PartitionRef where) const = 0;
  /// Nothing, or why writing behind has failed; the engine goes on from memory and says so.
  [[nodiscard]] virtual Result<void> health() const = 0;
};

/// Rows in RocksDB in DIR/state/: sorted files of our own that it takes in whole, one column
/// family, never read while it runs.
[[nodiscard]] Result<std::unique_ptr<StateDisk>> open_state_disk(const std::string& dir);
/// Rows in memory: what a test or a replay into an empty place needs.
[[nodiscard]] std::unique_ptr<StateDisk> make_memory_disk();

}  // namespace jari
