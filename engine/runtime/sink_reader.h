// engine/runtime/sink_reader.h — how far each source's rows stand in one partition of a sink, as
// every reader of it finds them: only the next one that fits is one.
//
// Keeps no row. Written behind like a partition's state.
//
// Errors:  what is no row, or does not fit, is passed over.
// Threads: belongs to one node's thread.
#pragma once

#include <functional>

#include "engine/log/log.h"
#include "engine/runtime/partition_rows.h"
#include "engine/runtime/streams.h"

namespace jari {

class SinkReader {
 public:
  /// The canonical hash of a row's body, from the consumer that said it; nothing for a partition
  /// that has none.
  using HashOf = std::function<std::optional<Hash128>(PartitionRef source, const Envelope& row)>;

  SinkReader(PartitionRef where, Hash128 incarnation)
      : incarnation_(incarnation), streams_(store_, where) {}

  /// BadBytes where it cannot be read, or only nodes may say so and none did.
  [[nodiscard]] Result<void> apply(const LogRecord& record, const HashOf& hash_of);
  /// What was read is void: from the first record on.
  void begin_anew();
  /// The log keeps nothing before this offset: streams are taken up where they are met.
  void begin_at(Offset begin);
  /// Rows of `source` up to `last` did stand here: what comes next continues there.
  void set(PartitionRef source, std::uint64_t last, const Hash128& hash) {
    streams_.set(source, last, hash);
  }

  [[nodiscard]] Offset next_offset() const { return next_offset_; }
  [[nodiscard]] std::uint64_t last(PartitionRef source) const {
    return streams_.incoming(source).last;
  }
  [[nodiscard]] Store& store() { return store_; }
  [[nodiscard]] PartitionPosition position() const;
  [[nodiscard]] Result<void> loaded(const PartitionPosition& position);

 private:
  Hash128 incarnation_;
  Store store_;
  Streams streams_;
  Offset next_offset_ = 0;
  Offset begin_ = 0;
  Hash128 last_record_;
};

}  // namespace jari
