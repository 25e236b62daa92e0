// engine/log/log.h — the port Log: partitions of records in order, durable, read from any offset.
//
// Knows no record's meaning but the genesis record's. Never trims, never reorders, never invents.
//
// Units:   Offset counts records of one partition from 0. Record bytes are opaque.
// Errors:  Io and DiskFull from the vendor, LogGap for a hole, LogMismatch for another log,
//          WrongVersion, InUse. After a failed append the log accepts no more: the process ends.
// Threads: append() from one thread, its Done on the log's own thread, in the order of the calls;
//          read() and end() from any.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/record/envelope.h"
#include "engine/record/own_records.h"

namespace jari {

/// A genesis that owns its texts: which log this is.
struct LogIdentity {
  struct Topic {
    std::string name;
    PartitionNo partitions = 0;
    bool is_sink = false;
    bool operator==(const Topic&) const = default;
  };
  Hash128 incarnation;  // the newest: a copy has its own
  Hash128 copy_of;
  std::vector<Topic> topics;
  Instant begins;
  std::uint32_t stream_window = 0;
  std::uint32_t outage_ms = 0;

  [[nodiscard]] std::vector<PartitionRef> partitions() const;
  /// Whether there is such a partition, and not of a sink.
  [[nodiscard]] bool has_consumer(PartitionRef where) const {
    return where.topic < topics.size() && where.partition < topics[where.topic].partitions &&
           !topics[where.topic].is_sink;
  }
};

/// New records of one partition, in order.
struct LogSection {
  PartitionRef where;
  Offset base_offset = 0;           // where the first of them stands
  std::vector<std::uint32_t> ends;  // end of each record within `bytes`, before its padding
  std::string bytes;                // the records, each padded to a multiple of 8

  void add(Bytes record);
  [[nodiscard]] std::size_t count() const { return ends.size(); }
  [[nodiscard]] Bytes record(std::size_t index) const;
};

/// Sections that belong together. The embedded log makes a batch durable as one: all of it or none.
struct LogBatch {
  std::vector<LogSection> sections;
  [[nodiscard]] std::size_t bytes() const;
};

/// Where to read from.
struct LogPlace {
  PartitionRef where;
  Offset next_offset = 0;
};

/// One record as read, its bytes aligned to 8 and valid during the call only.
struct LogRecord {
  PartitionRef where;
  Offset offset = 0;
  Bytes bytes;
};

class Log {
 public:
  virtual ~Log() = default;

  [[nodiscard]] virtual const LogIdentity& identity() const = 0;

  /// Takes the batch and returns; `done` is called once it is durable, or with why it is not. Every
  /// section must begin at the end of its partition as the calls before it leave it (CHECK).
  using Done = std::function<void(Result<void>)>;
  virtual void append(LogBatch batch, Done done) = 0;

  /// Waits until all that append() took is durable or has failed.
  virtual void flush() = 0;

  /// The offset after the last durable record.
  [[nodiscard]] virtual Offset end(PartitionRef where) const = 0;

  /// Reads the partitions named from the places named up to the ends durable at the call, each in
  /// its order (the embedded log: in the order of its commits). `visit` says false to stop early.
  using Visit = std::function<bool(const LogRecord&)>;
  [[nodiscard]] virtual Result<void> read(std::span<const LogPlace> from, const Visit& visit) = 0;
};

/// The genesis record of one partition, as every log has it at offset 0.
[[nodiscard]] std::string genesis_record(const LogIdentity& identity);
/// Reads it back; LogMismatch or BadBytes where it is none.
[[nodiscard]] Result<LogIdentity> read_genesis(Bytes record);

}  // namespace jari
