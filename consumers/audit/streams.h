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

#include "consumers/audit/seen.h"

namespace jari::audit {

class Streams {
 public:
  explicit Streams(const Desk& desk) : desk_(desk) {}

  /// A record of any kind. Of an effect or a row: whether its stream accepts it.
  bool look(const At& at, const Envelope& envelope, const Record& body);
  /// The site's answer to what stands there.
  void look_for_answer(const Seen& seen) const;
  /// After the last record; `end` says how many records a partition has.
  using End = std::map<PartitionRef, Offset>;
  void finish(const End& end);

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

  bool take(const At& at, const Envelope& envelope, const Record& body, Stream& stream);
  void check_ends(const At& at, const Envelope& envelope, const Record& body) const;
  void check_settings(const At& at, const ProgrammeConfigured& settings, const Hash128& hash);
  void check_repeat(const At& at, const StreamPlace& place, const Stream& stream) const;
  void read_own(const At& at, const Envelope& envelope);
  void set(const At& at, const Envelope& envelope, const StreamSet& set);
  void acknowledge(Pair which, std::uint64_t last, const At& at);
  [[nodiscard]] Hash128 hash_of(const Envelope& envelope, const Record& body);

  Desk desk_;
  absl::flat_hash_map<Pair, Stream> streams_;
  absl::flat_hash_map<Pair, Acked> acked_;
  std::map<PartitionRef, Hash128> incarnations_;
  std::map<std::pair<Name, std::uint32_t>, Hash128> settings_;  // programme and version
  std::string bytes_;
};

}  // namespace jari::audit
