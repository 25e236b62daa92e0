// engine/runtime/consumer.h — the port Consumer: the business of one partition, as the engine sees
// it.
//
// A consumer is a pure function of its partition's records. It has no clock but the Context's, no
// thread, no I/O, no randomness; what it says in apply() for a record never changes once the record
// stands in a log (a new behaviour is a new version behind a barrier).
//
// Units:   Instant is log time; Deadline is log time in which outages do not count.
// Errors:  bytes that are no record: DeadLetter. What the rules refuse is an outcome it publishes.
// Threads: belongs to one partition worker.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/record/envelope.h"
#include "engine/record/own_records.h"

namespace jari {

/// A moment of log time counted without outages: time in which a partition stood still ends
/// nothing.
struct Deadline {
  std::int64_t ms = 0;
  auto operator<=>(const Deadline&) const = default;
  JARI_FIELDS(Deadline, ms)
};

/// The partition's time: now, and how much of what has passed were outages.
struct LogTime {
  Instant now;
  milliseconds outages{0};

  [[nodiscard]] Deadline after(milliseconds gap) const {
    return {now.ms - outages.count() + gap.count()};
  }
  [[nodiscard]] bool is_over(Deadline end) const { return end.ms <= now.ms - outages.count(); }
  /// When it will be over, as far as one knows: what a person is shown.
  [[nodiscard]] Instant at(Deadline end) const { return {end.ms + outages.count()}; }
  [[nodiscard]] milliseconds left(Deadline end) const {
    return milliseconds{end.ms} - milliseconds{now.ms - outages.count()};
  }
};

/// A record as the consumer gets it: Request, Effect (already accepted by its stream) or Own.
struct Arrival {
  const Envelope& envelope;
  Offset offset = 0;
};

enum class Applied : std::uint8_t { Done, DeadLetter };

/// What apply() may see and say. Effects and rows leave in the order they are said.
class Context {
 public:
  virtual ~Context() = default;

  [[nodiscard]] virtual LogTime time() const = 0;
  [[nodiscard]] virtual PartitionRef here() const = 0;
  [[nodiscard]] virtual Offset offset() const = 0;  // of the record being applied
  /// How many partitions a topic has, and which of them `key` belongs to.
  [[nodiscard]] virtual PartitionNo partitions_of(TopicNo topic) const = 0;
  [[nodiscard]] virtual PartitionRef home_of(TopicNo topic, std::string_view key) const = 0;
  /// The version that is to be decided by, and of bodies that are emitted: another one from the
  /// partition's own barrier on. Effects that arrive carry theirs.
  [[nodiscard]] virtual std::uint16_t version() const = 0;

  /// Whether a client's request may cause `rows` more effects for `destination`: its window has
  /// room. Sweeps ask too, and leave their rest to a later tick; replies do not ask.
  [[nodiscard]] virtual bool has_room(PartitionRef destination, std::uint32_t rows = 1) const = 0;
  /// An effect in another partition (or this one).
  virtual void emit(PartitionRef destination, const Body& body) = 0;
  /// A row of a sink, whose partition the key picks.
  virtual void publish(TopicNo sink, std::string_view key, const Body& body) = 0;
  /// A client's request is decided (now, or as it was before): whoever waits for it is told.
  /// `who` and `request` are the Asked's; `outcome` is the body published for it.
  virtual void decided(std::string_view who, std::string_view request, Bytes outcome) = 0;
  /// Something that an operator must see in the metrics: counted by name, no state.
  virtual void count(std::string_view what, std::string_view label, std::uint64_t add = 1) = 0;
};

class Consumer {
 public:
  virtual ~Consumer() = default;

  struct Address {
    std::string_view key;                  // hashed; empty where `partition` says it
    std::optional<PartitionNo> partition;  // of a record that names its partition itself
  };
  /// Reads a record's body, once: content(), apply() and refuse_misplaced() are about the one that
  /// was opened last, whose bytes must still be there. Whether a record of its type may come as a
  /// request, an effect, or from the node itself, and, for a request, the key whose partition it
  /// must stand in. Nothing: the bytes are no record of ours.
  [[nodiscard]] virtual std::optional<Address> open(const Envelope& envelope) = 0;
  /// The canonical hash of the body, for the stream that it came by.
  [[nodiscard]] virtual Hash128 content() const = 0;

  [[nodiscard]] virtual Applied apply(const Arrival& arrival, Context& context) = 0;
  /// A request that stands in the wrong partition: published as refused, changes nothing else.
  virtual void refuse_misplaced(const Arrival& arrival, Context& context) = 0;
  /// Time has moved: gives back what has run out and works off jobs, a bounded amount; what is left
  /// is seen by next_deadline().
  virtual void on_tick(Context& context) = 0;
  /// When a tick would do something; kNever if nothing waits. `time` is the partition's.
  [[nodiscard]] virtual Instant next_deadline(const LogTime& time) const = 0;
  /// The sink's documents again, from number `from` of the stream on, from the state.
  virtual void reissue(PartitionRef sink, std::uint64_t from, Context& context) = 0;
  /// The canonical hash of any body, as content() has it.
  [[nodiscard]] virtual Hash128 hash_of(std::uint16_t type, std::uint16_t version,
                                        Bytes body) const = 0;
  /// Makes the indexes again after the tables were loaded.
  virtual void rebuild() = 0;
};

}  // namespace jari
