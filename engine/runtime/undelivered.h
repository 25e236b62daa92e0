// engine/runtime/undelivered.h — rows that a replay says again, kept only while the log lacks them.
//
// A crash may leave records applied by nobody yet; their effects are said by the replay for the
// first time, all others stand in the log already.
//
// Errors:  none.
// Threads: belongs to whoever replays.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "engine/runtime/partition.h"

namespace jari {

class Undelivered final : public Outbox {
 public:
  using Stream = std::pair<PartitionRef, PartitionRef>;  // source, destination

  /// All rows of the stream up to `seq` stand in the log.
  void delivered(const Stream& stream, std::uint64_t seq);
  /// Row `seq` stands there, and nobody has judged it yet: it counts if it is the next.
  void stands(const Stream& stream, std::uint64_t seq);

  void send(const Envelope& row) override;
  void decided(PartitionRef, std::string_view, std::string_view, Bytes) override {}
  void counted(PartitionRef where, std::string_view what, std::string_view label,
               std::uint64_t add) override;

  /// Calls visit(destination, record) for what is left, each stream in order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [stream, rows] : rows_) {
      for (const Row& row : rows) visit(stream.second, bytes_of(row.record));
    }
  }
  [[nodiscard]] bool empty() const;

 private:
  struct Row {
    std::uint64_t seq = 0;
    std::string record;
  };
  std::map<Stream, std::deque<Row>> rows_;
  std::map<Stream, std::uint64_t> delivered_;
  flat::Builder builder_;
};

}  // namespace jari
