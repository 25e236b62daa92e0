// consumers/audit/streams.h — I8: no effect between partitions is lost, doubled or out of order.
//
// Recomputes every stream from its rows alone.
//
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include "consumers/audit/seen.h"

namespace jari::audit {

class Streams {
 public:
  explicit Streams(const Desk& desk) : desk_(desk) {}

  /// A record of any kind. Of an effect or a row: whether its stream accepts it.
  bool look(const At& at, const Envelope& envelope);
  /// The site's answer to what stands there.
  void look_for_answer(const Seen& seen);
  /// After the last record; `end` says how many records a partition has.
  using End = std::map<PartitionRef, Offset>;
  void finish(const End& end);

 private:
  struct Stream {
    std::uint64_t last = 0;
    std::uint64_t highest = 0;  // seen, accepted or not
    Hash128 hash;
    Offset cause = 0;
    At at;  // of the highest
  };
  struct Acked {
    std::uint64_t last = 0;
    At at;
  };
  using Pair = std::pair<PartitionRef, PartitionRef>;  // source, destination

  bool take(const At& at, const Envelope& envelope, Stream& stream);
  void read_own(const At& at, const Envelope& envelope);
  void acknowledge(Pair which, std::uint64_t last, const At& at);

  Desk desk_;
  std::map<Pair, Stream> streams_;
  std::map<Pair, Acked> acked_;
  std::map<PartitionRef, Hash128> incarnations_;
};

}  // namespace jari::audit
