// engine/log/log.h — the port Log: partitions of records in order, durable, read from any offset.
//
// Knows no record's meaning but the genesis record's. Never trims, never reorders, never invents.
//
// Units:   Offset counts records of one partition from 0. Record bytes are opaque.
// Errors:  Io and DiskFull from the vendor, LogGap for a hole, LogMismatch for another log,
//          WrongVersion, InUse, Unavailable. After a failed append a log of one writer accepts no
//          more: the process ends.
// Threads: append() from one thread, its Done on the log's own thread; read() and end() from any.
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

/// Whether others append to the log, too. What one writer appends stands where it says, once, and
/// is answered in its order. Among many the log gives the offsets, and what is appended may stand
/// late, between records of others, twice, or, where the answer is an error, not at all.
enum class LogWriters : std::uint8_t { One = 1, Many = 2 };

/// LogSection::base_offset among many writers.
inline constexpr Offset kAnyOffset = ~Offset{0};

/// New records of one partition, in order.
struct LogSection {
  PartitionRef where;
  Offset base_offset = 0;           // where the first of them stands; kAnyOffset among many
  std::vector<std::uint32_t> ends;  // end of each record within `bytes`, before its padding
  std::string bytes;                // the records, each padded to a multiple of 8

  void add(Bytes record);
  [[nodiscard]] std::size_t count() const { return ends.size(); }
  [[nodiscard]] Bytes record(std::size_t index) const;
};

/// Sections that belong together. A log of one writer makes a batch durable as one: all or nothing.
struct LogBatch {
  std::vector<LogSection> sections;
  bool is_perishable = false;  // worth nothing later (ticks, claims): tried for a bounded time
                               // only, and nothing waits behind it
  [[nodiscard]] std::size_t bytes() const;
};

/// Where a partition begins and ends, as far as the log has heard.
struct LogEnds {
  Offset begin = 0;              // of the first record that is kept
  Offset end = 0;                // after the last durable one
  std::uint64_t heard = 0;       // rises each time the log is told anew where it ends; the next but
                                 // one after any moment is of that moment or a later one
  std::uint64_t generation = 0;  // another one after a reconnection, or with another leader: what
                                 // was read before may be gone
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
  bool is_forged = false;  // only nodes append such a record, and none of them did: it counts as
                           // one that cannot be read
};

/// What it says. BadBytes where it cannot be read, or where only nodes may say so and none did.
[[nodiscard]] Result<Envelope> envelope_of(const LogRecord& record);

class Log {
 public:
  virtual ~Log() = default;

  [[nodiscard]] virtual const LogIdentity& identity() const = 0;
  [[nodiscard]] virtual LogWriters writers() const { return LogWriters::One; }

  /// Takes the batch and returns; `done` is called once it is durable, or with why it is not. With
  /// one writer every section must begin at the end of its partition as the calls before it leave
  /// it (CHECK), and answers come in the order of the calls. With many an error may come of a batch
  /// that stands, wholly or in part, or will yet; the log goes on taking others.
  using Done = std::function<void(Result<void>)>;
  virtual void append(LogBatch batch, Done done) = 0;
  /// The same, and `done` is given the batch back, to look at once more and to fill again.
  using DoneWith = std::function<void(Result<void>, LogBatch)>;
  virtual void append_lent(LogBatch batch, DoneWith done);

  /// Waits until all that append() took is durable or has failed.
  virtual void flush() = 0;

  /// The offset after the last durable record; with many writers, as last heard of.
  [[nodiscard]] virtual Offset end(PartitionRef where) const = 0;
  [[nodiscard]] virtual LogEnds ends(PartitionRef where) const { return {0, end(where), 0, 0}; }

  /// Reads the partitions named from the places named up to the ends durable at the call, each in
  /// its order (the embedded log: in the order of its commits). `visit` says false to stop early.
  /// A place before the first record that is kept is a LogGap, one beyond the end gives nothing.
  /// With many writers it also hears of the ends, and does not wait: nobody there is Unavailable.
  using Visit = std::function<bool(const LogRecord&)>;
  [[nodiscard]] virtual Result<void> read(std::span<const LogPlace> from, const Visit& visit) = 0;
};

/// The genesis record of one partition, as every log has it at offset 0.
[[nodiscard]] std::string genesis_record(const LogIdentity& identity);
/// Reads it back; LogMismatch or BadBytes where it is none.
[[nodiscard]] Result<LogIdentity> read_genesis(Bytes record);

}  // namespace jari
