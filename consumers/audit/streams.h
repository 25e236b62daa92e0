// consumers/audit/streams.h — I8: no effect between partitions is lost, doubled or out of order,
// and each comes from where its kind is made, to where it belongs.
//
// Recomputes every stream from its rows alone, as they are read.
//
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include <absl/container/flat_hash_map.h>

#include "consumers/audit/kept.h"
#include "consumers/audit/opener.h"

namespace jari::audit {

class Streams {
 public:
  explicit Streams(const Desk& desk) : desk_(desk), incarnations_(desk.identity) {}

  /// A record of any kind. Of an effect or a row: whether its stream accepts it.
  bool look(const Seen& seen, const Opened& opened);
  /// After the last record: whether streams end whole goes into `report`. `end` says how many
  /// records a partition has.
  void finish(const ByPartition<Offset>& end, Report& report) const;
  void count(Kept& kept) const;

 private:
  static constexpr std::size_t kRowsKept = 64;
  struct Row {
    Hash128 prev_hash;
    Offset cause = 0;
    bool operator==(const Row&) const = default;
  };
  struct Stream {
    std::deque<Row> rows;  // the newest that were accepted, up to `last`
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

  bool take(const Seen& seen, const Opened& opened, Stream& stream);
  void check_ends(const Seen& seen, const Opened& opened) const;
  void check_settings(const Seen& seen, const ProgrammeConfigured& settings,
                      const Hash128& content);
  void check_repeat(const At& at, const StreamPlace& place, const Stream& stream) const;
  void read_own(const At& at, const Envelope& envelope);
  void set(const At& at, const Envelope& envelope, const StreamSet& set);
  void acknowledge(Pair which, std::uint64_t last, const At& at);

  Desk desk_;
  absl::flat_hash_map<Pair, Stream> streams_;
  absl::flat_hash_map<Pair, Acked> acked_;
  ByPartition<std::optional<Hash128>> incarnations_;
  std::map<std::pair<Name, std::uint32_t>, Hash128> settings_;  // programme and version
};

/// The site's answer to what stands there, once all that it caused is known.
void look_for_answer(const Desk& desk, const Seen& seen);

}  // namespace jari::audit
