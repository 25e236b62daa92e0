// engine/runtime/waiting_rows.h — rows that one partition has said and their destination has not
// acknowledged: every node keeps them, whoever speaks, so that whoever speaks next can send them.
//
// No state: they are no part of the digest, but are written behind with it, in the same batch, each
// with a hash of its own. A row that is acknowledged before its batch was written never is.
//
// Units:   seq is dense from 1 for each destination; bytes of a row are those of its record, and
//          kWaitingRowBytes that it takes besides.
// Errors:  load() gives false for what is no such row, or another than was written; is_whole()
// finds one missing. Threads: belongs to one node's thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/runtime/streams.h"
#include "engine/store/state_disk.h"

namespace jari {

inline constexpr std::uint8_t kWaitingRowTable = 254;  // beside the tables, no part of the digest
inline constexpr std::size_t kWaitingRowBytes = 128;   // its place in the map, and malloc's

struct WaitingRowKey {
  TopicNo topic = 0;
  PartitionNo partition = 0;
  std::uint64_t seq = 0;
  JARI_FIELDS(WaitingRowKey, topic, partition, seq)
};

class WaitingRows {
 public:
  struct Row {
    std::string record;
    bool is_stored = false;
  };
  using Rows = std::map<std::uint64_t, Row>;  // by seq

  void add(const Envelope& row);
  /// `destination` has acknowledged up to `acked`.
  void trim(PartitionRef destination, std::uint64_t acked);
  [[nodiscard]] const Rows& to(PartitionRef destination) const;
  [[nodiscard]] std::size_t size() const;
  /// Memory that its rows to this topic's partitions take.
  [[nodiscard]] std::size_t bytes_to(TopicNo topic) const {
    return topic < bytes_.size() ? bytes_[topic] : 0;
  }

  /// What has come or gone since the last time.
  void drain(StateBatch& to);
  [[nodiscard]] bool load(std::string_view key, std::string_view row);
  /// Whether nothing is missing that the streams say was not acknowledged.
  [[nodiscard]] bool is_whole(const Streams& streams) const;

 private:
  void count(TopicNo topic, const Row& row);

  std::map<PartitionRef, Rows> rows_;
  std::vector<std::size_t> bytes_;   // by topic
  std::vector<WaitingRowKey> come_;  // not stored yet; some have gone since
  std::vector<WaitingRowKey> gone_;  // stored, and no longer waiting
  flat::Builder builder_;
};

}  // namespace jari
