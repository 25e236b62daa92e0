#include "engine/runtime/node_parts.h"

#include <algorithm>

namespace jari {

std::string name_of(const LogIdentity& identity, PartitionRef where) {
  return identity.topics[where.topic].name + "/" + std::to_string(where.partition);
}

Error not_its_log(const LogIdentity& identity, PartitionRef where, const std::string& why) {
  return {ErrorCode::LogMismatch,
          "the state of " + name_of(identity, where) + " does not come from this log: " + why +
              "; if the log is the right one, remove the folder state/ (it is made again from the "
              "log), else put the log back that belongs to it"};
}

Result<void> load_rows(StateDisk& disk, const LogIdentity& identity,
                       const StateDisk::LoadVisit& take) {
  return disk.load([&](PartitionRef where, std::uint8_t table, std::string_view key,
                       std::string_view row) -> Result<void> {
    if (where.topic >= identity.topics.size() ||
        where.partition >= identity.topics[where.topic].partitions) {
      return Error{ErrorCode::LogMismatch,
                   "the state has a partition " + std::to_string(where.topic) + "/" +
                       std::to_string(where.partition) +
                       " that the log has not: it belongs to another log; put that log back, or "
                       "remove the folder state/ (it is made again from the log)"};
    }
    return take(where, table, key, row);
  });
}

Result<PartitionPosition> read_position(std::string_view row) {
  PartitionPosition position;
  canonical::Plain plain;
  if (canonical::take(row, position, plain)) return position;
  return Error{ErrorCode::BadBytes, "a position in the state cannot be read: remove state/"};
}

void put_position(StateBatch& rows, const PartitionPosition& position) {
  std::string row;
  canonical::append(row, position, canonical::Plain{});
  rows.put(kPositionTable, "", row);
  rows.reaches(position.next_offset);
}

std::optional<std::string> marked(const std::vector<ParkMarker>& markers, PartitionRef where,
                                  Offset offset) {
  for (const ParkMarker& marker : markers) {
    if (marker.where == where && marker.offset == offset) {
      return "stopped before offset " + std::to_string(offset) +
             ", where the program found itself wrong: " + marker.why;
    }
  }
  return std::nullopt;
}

std::optional<std::string> why_missing(Offset next, Offset found) {
  if (found <= next) return std::nullopt;
  return "the log goes on at offset " + std::to_string(found) + " where " + std::to_string(next) +
         " should stand: a record is missing";
}

std::optional<std::string> why_tail_is_lost(const Partition& partition) {
  const auto lost = partition.lost_tail();
  if (!lost) return std::nullopt;
  return "partition " + std::to_string(lost->topic) + "/" + std::to_string(lost->partition) +
         " has read more than this one has sent it: a tail of the log was lost";
}

PartitionRef home_in(const LogIdentity& identity, TopicNo topic, std::string_view key) {
  return {topic, static_cast<PartitionNo>(partition_of(key, identity.topics[topic].partitions))};
}

std::uint32_t fullest_stream_of(const LogIdentity& identity, const Partition& partition) {
  std::uint64_t most = 0;
  partition.streams().for_each_outgoing([&](PartitionRef other, const OutgoingRow& row) {
    if (!identity.topics[other.topic].is_sink) most = std::max(most, row.sent - row.acked);
  });
  return static_cast<std::uint32_t>(most);
}

void fill(PartitionStatus& status, const Partition& partition) {
  status.owner = partition.owner();
  status.digest = partition.store().digest();
  status.now = partition.time().now;
  status.dead_letters = partition.row().dead_letters;
}

std::vector<DeadLetter> dead_letters_of(const Partition& partition, Offset after,
                                        std::size_t limit) {
  std::vector<DeadLetter> all;
  partition.for_each_dead_letter_unordered(
      [&](Offset offset, Instant time, std::string_view reason) {
        if (offset >= after) all.push_back({partition.where(), offset, time, std::string(reason)});
      });
  std::sort(all.begin(), all.end(),
            [](const DeadLetter& a, const DeadLetter& b) { return a.offset < b.offset; });
  if (all.size() > limit) all.resize(limit);
  return all;
}

}  // namespace jari
