#include "engine/runtime/following.h"

#include <utility>

#include "engine/runtime/node_parts.h"

namespace jari {
namespace {

constexpr milliseconds kEndIsFresh{1'000};

}  // namespace

bool Following::is_caught_up(const Slot& slot) const {
  return !slot.parked && !slot.second_look && slot.next_offset() >= slot.ends.end &&
         now_ - slot.heard_at <= kEndIsFresh;
}

void Following::park(Slot& slot, const std::string& why) {
  slot.parked = why;
  outbox_.counted(slot.where, "parked", why, 1);
}

Result<void> Following::catch_up(milliseconds now) {
  std::map<PartitionRef, Offset> goals;
  for (Slot& slot : slots_) goals[slot.where] = log_.end(slot.where);
  now_ = now;
  for (bool is_behind = true; is_behind;) {
    is_behind = false;
    for (Slot& slot : slots_) {
      if (slot.parked) continue;
      if (auto read = follow(slot); !read) return read;
      is_behind |= !slot.parked && !waits(slot) && slot.next_offset() < goals[slot.where];
    }
    write_behind();
  }
  for (Slot& slot : slots_) slot.owner_seen = now;
  before_ = now;
  is_starting_ = false;
  return {};
}

void Following::follow(milliseconds now) {
  now_ = now;
  lag_ = 0;
  waiting_bytes_ = 0;
  for (Slot& slot : slots_) {
    waiting_bytes_ += waiting_bytes(slot);
    if (slot.parked) continue;
    if (auto read = follow(slot); !read) {
      outbox_.counted(slot.where, "log", "no-answer", 1);
    }
    if (slot.ends.end > slot.next_offset()) lag_ += slot.ends.end - slot.next_offset();
  }
  look_for_lost_rows();
  before_ = now;
}

Result<void> Following::follow(Slot& slot) {
  if (waits(slot)) take_copy(slot);
  if (waits(slot) || slot.parked) return {};
  const LogPlace from{slot.where, slot.next_offset()};
  std::size_t budget = options_.batch_requests_max;
  auto read =
      log_.read({&from, 1}, [&](const LogRecord& record) { return take(slot, record, budget); });
  if (slot.partition) {
    slot.partition->streams().for_each_outgoing(
        [&](PartitionRef other, const OutgoingRow& row) { slot.waiting->trim(other, row.acked); });
  }
  hear(slot);
  if (read || slot.parked) return {};
  if (read.error().code != ErrorCode::LogGap) return read;
  if (slot.sink) {  // readers of a sink begin where it begins
    slot.sink->begin_at(log_.ends(slot.where).begin);
  } else {
    fell_behind(slot, read.error().detail);
  }
  return {};
}

/// What the read has told of the ends; a log that may have become another one is looked at first.
void Following::hear(Slot& slot) {
  const LogEnds ends = log_.ends(slot.where);
  if (ends.heard == slot.ends.heard) return;
  const bool is_doubtful = ends.generation != slot.ends.generation || ends.end < slot.next_offset();
  if (is_doubtful && !verify(slot)) return;
  slot.ends = ends;
  slot.heard_at = std::exchange(slot.looked_at, before_);
}

bool Following::take(Slot& slot, const LogRecord& record, std::size_t& budget) {
  // Another generation: nothing of it is applied before it is verified.
  if (log_.ends(slot.where).generation != slot.ends.generation) return false;
  if (record.offset < slot.next_offset()) return true;
  if (slot.sink ? !take_row(slot, record) : !apply(slot, record)) return false;
  return --budget > 0;
}

bool Following::apply(Slot& slot, const LogRecord& record) {
  if (const auto why = why_missing(slot.next_offset(), record.offset); why) {
    park(slot, *why + "; start it from a snapshot");
    return false;
  }
  if (auto why = marked(options_.markers, slot.where, record.offset); why) {
    park(slot, *why);
    return false;
  }
  if (record.offset == 0 && !is_our_genesis(record)) {
    park(slot, "the log does not begin with the genesis of this log");
    return false;
  }
  const std::uint64_t epoch = slot.partition->row().epoch;
  applying_ = &slot;
  const auto why = slot.partition->apply(record, outbox_);
  applying_ = nullptr;
  auto doubted = std::exchange(doubted_, std::nullopt);
  if (why) {
    contradicted(slot, *why);
    return false;
  }
  slot.is_changed = true;
  if (slot.partition->row().epoch != epoch) {
    slot.owner_seen = now_;
    slot.claimed.reset();
    slot.disputed_by.clear();
  }
  if (slot.second_look && slot.next_offset() > slot.second_look->until) {
    if (slot.second_look->cause != Look::Cause::Behind) {
      outbox_.counted(slot.where, "digests", "made-again", 1);
    }
    slot.second_look.reset();
  }
  const bool is_ours = slot.partition->row().process == options_.process && is_news(slot);
  const auto lost = why_tail_is_lost(*slot.partition);
  if (lost && is_ours) park(slot, *lost);
  if (!doubted) return !slot.parked;
  doubted->until = record.offset;
  look_again(slot, *std::move(doubted));
  return false;
}

void Following::write_behind_in_time() {
  if (now_ - written_at_ < options_.rows_every) return;
  written_at_ = now_;
  write_behind();
}

void Following::write_behind() {
  StateBatch rows;
  for (Slot& slot : slots_) {
    if (!slot.is_changed || slot.is_void) continue;
    slot.is_changed = false;
    rows.of(slot.where);
    if (slot.partition) {
      slot.partition->store().drain(rows);
      slot.waiting->drain(rows);
      put_position(rows, slot.partition->position());
    } else {
      slot.sink->store().drain(rows);
      put_position(rows, slot.sink->position());
    }
  }
  if (rows.empty()) return;
  if (!std::exchange(is_signed_, true)) {
    rows.of(slots_.begin()->where);
    rows.put(kGenesisTable, "", genesis_record(log_.identity()));
  }
  disk_.write(std::move(rows));
}

}  // namespace jari
