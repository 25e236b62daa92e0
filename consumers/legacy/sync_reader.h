// consumers/legacy/sync_reader.h — SyncReader: the documents of `sync` as they follow from the log,
// each once: of every stream the next row that fits is taken, and what stands behind one that is
// given up (consumers/legacy/gaps.h).
//
// Writes nothing, waits for nothing.
//
// Units:   offsets of partitions of `sync`.
// Errors:  LogMismatch where the position is of another log, or beyond the end of this one: a log
//          that was restored, or a database. Also where the record before it is none that can have
//          been read there: a log that lost its end and has grown since.
// Threads: one.
#pragma once

#include <optional>
#include <vector>

#include "consumers/legacy/database.h"
#include "consumers/legacy/gaps.h"
#include "consumers/legacy/mapping.h"
#include "engine/log/log.h"

namespace jari::legacy {

/// A row that is to be written, and how far `sync` is read with it.
struct Item {
  PartitionNo partition = 0;
  PartitionRef source;
  std::uint64_t seq = 0;
  Place place;
  StreamMark mark;
  Row row;
};

/// LogMismatch where that record is the one before the position and cannot be.
[[nodiscard]] Result<void> check_before(const Position& position, const LogRecord& record);

class SyncReader {
 public:
  SyncReader(const LogIdentity& identity, const Mapping& mapping);

  /// Goes on from there.
  [[nodiscard]] Result<void> begin(const Position& position, const Log& log);
  /// Where to read on, one place for each partition.
  [[nodiscard]] std::vector<LogPlace> places() const;
  /// What the record adds. Nothing for a repeat, one that came early, and what is no row.
  [[nodiscard]] Result<std::optional<Item>> take(const LogRecord& record);

  /// Goes back to rows that came early where those before them did not come in time.
  void give_up(const Log& log, milliseconds now);
  [[nodiscard]] Gaps& gaps() { return gaps_; }
  [[nodiscard]] const Gaps& gaps() const { return gaps_; }

  [[nodiscard]] const Position& position() const { return position_; }
  /// Rows that did not continue their stream: its chain is another, and nothing more of it fits.
  [[nodiscard]] std::uint64_t misfits() const { return misfits_; }

 private:
  void take_genesis(PartitionNo partition, const Envelope& envelope);
  [[nodiscard]] std::optional<Item> take_row(const Envelope& envelope, const LogRecord& record);
  [[nodiscard]] Item item_of(const Envelope& envelope, PartitionNo partition) const;
  [[nodiscard]] Row read_row(const Envelope& envelope, const Place& at,
                             PartitionNo partition) const;

  const LogIdentity& identity_;
  const Mapping& mapping_;
  Position position_;
  Gaps gaps_;
  std::map<PartitionNo, Offset> to_check_;  // where it begins: the record before is looked at
  std::map<PartitionNo, Offset> furthest_;  // what is read again is counted once
  std::uint64_t misfits_ = 0;
};

}  // namespace jari::legacy
