// How a member's state begins, from disk; and whether the log is the one that it was made from.

#include <utility>

#include "engine/runtime/following.h"
#include "engine/runtime/node_parts.h"

namespace jari {

Following::Following(Log& log, StateDisk& disk, const MemberOptions& options, Outbox& outbox)
    : log_(log), disk_(disk), options_(options), outbox_(outbox) {
  CHECK(log_.writers() == LogWriters::Many);
  for (const PartitionRef where : log_.identity().partitions()) make(slots_.add(where));
}

/// As before the first record.
void Following::make(Slot& slot) {
  slot.waiting = std::make_unique<WaitingRows>();
  slot.sending.clear();
  slot.spoken_epoch = 0;
  const LogIdentity& identity = log_.identity();
  if (!identity.has_consumer(slot.where)) {
    slot.sink = std::make_unique<SinkReader>(slot.where, identity.incarnation);
    return;
  }
  slot.partition = std::make_unique<Partition>(
      slot.where, identity, options_.settings, options_.known,
      [&](Store& store) { return options_.make_consumer(slot.where, store); });
}

Result<void> Following::load() {
  std::set<PartitionRef> voids;
  auto rows =
      load_rows(disk_, log_.identity(),
                [&](PartitionRef where, std::uint8_t table, std::string_view key,
                    std::string_view row) { return take_row(where, table, key, row, voids); });
  if (!rows) return rows;
  if (auto forgotten = forget(voids); !forgotten) return forgotten;
  for (Slot& slot : slots_) {
    if (auto is_loaded = loaded(slot); !is_loaded) return is_loaded;
    slot.ends = log_.ends(slot.where);
    verify(slot);
    const auto mark = doubts_.find(slot.where);
    if (mark != doubts_.end() && !slot.parked) load_doubted(slot, mark->second);
  }
  doubts_.clear();
  return {};
}

Result<void> Following::take_row(PartitionRef where, std::uint8_t table, std::string_view key,
                                 std::string_view row, std::set<PartitionRef>& voids) {
  Slot& slot = slots_.of(where);
  if (table == kGenesisTable) {
    is_signed_ = true;
    if (row == genesis_record(log_.identity())) return {};
    return not_its_log(log_.identity(), where, "it is of a log with another genesis");
  }
  if (table == kVoidTable) {
    if (row.empty()) {
      voids.insert(where);
    } else {
      doubts_[where] = row;
    }
    return {};
  }
  if (table == kPositionTable) {
    auto position = read_position(row);
    if (!position) return std::move(position).error();
    positions_[where] = *position;
    return {};
  }
  if (table != kWaitingRowTable) {
    return (slot.partition ? slot.partition->store() : slot.sink->store()).load(table, key, row);
  }
  if (slot.waiting->load(key, row)) return {};
  return Error{ErrorCode::BadBytes, "a row that waits cannot be read: remove state/"};
}

/// What was found wrong in an earlier life is taken from the disk, and made again from the log.
Result<void> Following::forget(const std::set<PartitionRef>& voids) {
  if (voids.empty()) return {};
  StateBatch gone;
  auto rows = disk_.load([&](PartitionRef where, std::uint8_t table, std::string_view key,
                             std::string_view) -> Result<void> {
    if (!voids.contains(where) || table == kGenesisTable) return {};
    gone.of(where);
    gone.erase(table, key);
    return {};
  });
  if (!rows) return rows;
  for (const PartitionRef where : voids) {
    positions_.erase(where);
    make(slots_.of(where));
  }
  disk_.write(std::move(gone));
  return {};
}

Result<void> Following::loaded(Slot& slot) {
  const PartitionPosition position = std::exchange(positions_[slot.where], {});
  slot.loaded = position.next_offset;
  if (slot.sink) return slot.sink->loaded(position);
  if (auto is_loaded = slot.partition->loaded(position); !is_loaded) return is_loaded;
  if (slot.waiting->is_whole(slot.partition->streams())) return {};
  return Error{ErrorCode::BadBytes,
               "rows of " + name_of(log_.identity(), slot.where) +
                   " that wait for their destination are missing from the state: remove the folder "
                   "state/, it is made again from the log"};
}

bool Following::verify(Slot& slot) {
  if (slot.next_offset() > 0) {
    const Hash128 ours =
        slot.partition ? slot.partition->position().last_record : slot.sink->position().last_record;
    const LogPlace from{slot.where, slot.next_offset() - 1};
    bool is_same = false;
    const auto read = log_.read({&from, 1}, [&](const LogRecord& record) {
      is_same = hash128(record.bytes) == ours;
      return false;
    });
    if (!read && read.error().code != ErrorCode::LogGap) return false;  // not now
    if (read && !is_same && !is_read_again(slot)) return false;
  }
  slot.ends.generation = log_.ends(slot.where).generation;
  return true;
}

bool Following::is_our_genesis(const LogRecord& record) const {
  const auto genesis = read_genesis(record.bytes);
  return genesis && genesis->incarnation == log_.identity().incarnation;
}

std::string Following::why_another(Slot& slot) {
  const LogPlace first{slot.where, 0};
  std::optional<Hash128> incarnation;
  const auto read = log_.read({&first, 1}, [&](const LogRecord& record) {
    if (const auto genesis = read_genesis(record.bytes); genesis) {
      incarnation = genesis->incarnation;
    }
    return false;
  });
  if (read && incarnation && *incarnation != log_.identity().incarnation) {
    return "the log there has been made anew, its incarnation is " + to_text(*incarnation);
  }
  const Offset end = log_.ends(slot.where).end;
  if (end < slot.next_offset()) {
    return "it is ahead, at offset " + std::to_string(slot.next_offset()) + " of " +
           std::to_string(end) + ": the log has lost its tail";
  }
  return "the record at offset " + std::to_string(slot.next_offset() - 1) +
         " is another: the log has lost its tail and grown again";
}

}  // namespace jari
