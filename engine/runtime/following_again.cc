// How a member makes a partition again where its digest differs, and what it says and does where it
// cannot: the log has lost the first records, and no copy is at hand that it goes on from.

#include <charconv>
#include <limits>
#include <utility>

#include "engine/runtime/following.h"
#include "engine/runtime/node_parts.h"

namespace jari {
namespace {

/// So many nodes that have another state than we, which we cannot make again, outweigh our ticks.
constexpr std::size_t kDisputersToPark = 2;
constexpr std::size_t kPrefixBytes = 4;  // of a row's full key: topic, partition, table
constexpr Offset kAnyNext = std::numeric_limits<Offset>::max();
constexpr std::string_view kStartFromOne =
    "; keep a copy of state/, remove it, and start this node from a snapshot of before, or of a "
    "node that agrees with the others";
constexpr std::string_view kNowhere =
    "the log has lost its first records, and this node knows no place of snapshots";

}  // namespace

void Following::doubt(const Disputed& disputed) {
  Look look;
  look.cause = Look::Cause::Disputed;
  look.upto = disputed.upto;
  look.epoch = disputed.epoch;
  look.digest = disputed.digest;
  look.by = disputed.node;
  doubted_ = std::move(look);
}

/// The partition asks to be parked. Where digests differ, it is made again first: also where it was
/// already for another reason, from a copy that may come of the ticks that are in doubt.
void Following::contradicted(Slot& slot, const std::string& why) {
  const auto mismatch = slot.partition->mismatch();
  if (!mismatch) return park(slot, why);
  const PartitionRow& row = slot.partition->row();
  const bool is_second = slot.second_look && slot.second_look->cause != Look::Cause::Behind;
  Look look = is_second ? *slot.second_look : Look{};
  look.cause = Look::Cause::Contradicted;
  look.until = slot.partition->next_offset();
  look.upto = mismatch->upto;
  look.epoch = row.epoch;
  look.digest = mismatch->ours;
  look.why = why;
  if (!is_second) return look_again(slot, std::move(look));
  slot.second_look.reset();
  if (row.process == options_.process) {
    return park(slot, why + "; that tick was our own: the state made again contradicts it");
  }
  dispute(slot, look);
  park(slot, why + "; so it did again, made from " + look.from + "; disputed");
}

/// The next record is not kept any more; while it was made again, too.
void Following::fell_behind(Slot& slot, const std::string& why) {
  Look look;
  look.cause = Look::Cause::Behind;
  look.upto = kAnyNext;
  look.why = why;
  if (slot.second_look) look = *std::exchange(slot.second_look, std::nullopt);
  look_for_copy(slot, std::move(look));
}

/// Silent until it has been made again, from the first record that there is. The disk's state is
/// made anew at the next start.
void Following::look_again(Slot& slot, Look look) {
  outbox_.counted(slot.where, "digests", "looked-at-again", 1);
  if (log_.ends(slot.where).begin > 0) return look_for_copy(slot, std::move(look));
  look.from = "the first record";
  look.is_kept = false;
  slot.second_look = std::move(look);
  make(slot);
  doubt_on_disk(slot, "");
}

/// It keeps the state that it has, and is silent, until one is found, or is known not to be there.
void Following::look_for_copy(Slot& slot, Look look) {
  look.is_waiting = true;
  slot.second_look = std::move(look);
  if (!options_.find_copy) return cannot_make(slot, std::string(kNowhere));
  const Offset upto = slot.second_look->upto;
  const CopyWanted wanted{slot.where, log_.ends(slot.where).begin,
                          upto == kAnyNext ? kAnyNext : upto + 1};
  options_.find_copy(wanted, [copies = copies_, where = slot.where](Result<ProvedCopy> copy) {
    const std::scoped_lock lock(copies->mutex);
    copies->found.insert_or_assign(where, std::move(copy));
  });
}

void Following::take_copy(Slot& slot) {
  std::unique_lock lock(copies_->mutex);
  auto found = copies_->found.extract(slot.where);
  lock.unlock();
  if (found.empty()) return;
  slot.second_look->is_waiting = false;
  if (!found.mapped()) return cannot_make(slot, found.mapped().error().detail);
  begin_with(slot, *found.mapped());
}

/// The copy takes the place of what is in memory, and what follows it in the log is applied.
void Following::begin_with(Slot& slot, const ProvedCopy& copy) {
  Look& look = *slot.second_look;
  look.from = copy.name;
  look.is_kept = false;
  if (look.cause == Look::Cause::Behind) look.until = log_.ends(slot.where).end - 1;
  make(slot);
  doubt_on_disk(slot, "");
  Result<void> taken;
  std::set<PartitionRef> voids;
  copy.rows.for_each([&](std::string_view key, const std::string_view* row) {
    const auto table = static_cast<std::uint8_t>(key[kPrefixBytes - 1]);
    const bool is_its_disks = table == kGenesisTable || table == kVoidTable;
    if (!taken || row == nullptr || is_its_disks) return;
    taken = take_row(slot.where, table, key.substr(kPrefixBytes), *row, voids);
  });
  if (taken) taken = loaded(slot);
  const LogEnds ends = log_.ends(slot.where);
  if (taken && slot.next_offset() <= ends.begin) {
    taken = Error{ErrorCode::LogGap, "the log has lost what follows it"};
  }
  if (!taken) return cannot_make(slot, copy.name + " does not do: " + taken.error().detail);
  outbox_.counted(slot.where, "copies", "begun-with", 1);
  if (slot.next_offset() > look.until) slot.second_look.reset();  // nothing has come since
  slot.ends.generation = ~ends.generation;  // until its last record is found in the log
  verify(slot);
}

void Following::cannot_make(Slot& slot, const std::string& why_not) {
  const Look look = *std::exchange(slot.second_look, std::nullopt);
  switch (look.cause) {
    case Look::Cause::Contradicted: {
      const bool is_ours = look.is_kept && slot.partition->row().process == options_.process;
      if (!is_ours) dispute(slot, look);
      return park_doubted(slot, look,
                          look.why + (is_ours ? "; that tick was our own" : "; disputed") +
                              ". Which of the two is right cannot be found out here: " + why_not);
    }
    case Look::Cause::Disputed:
      return judge(slot, look, why_not);
    case Look::Cause::Doubted:
      return look.is_kept ? park(slot, look.why) : park_doubted(slot, look, look.why + why_not);
    case Look::Cause::Behind:
      return park(slot, "records that this node has not applied are no longer kept: " + look.why +
                            "; start it from a snapshot" +
                            (options_.find_copy ? " (" + why_not + ")" : ""));
  }
}

/// A node has another state than our ticks say, and nothing tells which is right. One node alone
/// may be the wrong one, and must not stop the partition for everybody; two are believed.
void Following::judge(Slot& slot, const Look& look, const std::string& why_not) {
  if (look.is_kept && slot.partition->row().process != options_.process) return;
  slot.disputed_by.insert(look.by.empty() ? "one without a name" : look.by);
  if (look.is_kept && slot.disputed_by.size() < kDisputersToPark) {
    outbox_.counted(slot.where, "digests", "not-provable", 1);
    return;
  }
  std::string nodes;
  for (const std::string& node : slot.disputed_by) nodes += (nodes.empty() ? "" : ", ") + node;
  park_doubted(slot, look,
               "the state after offset " + std::to_string(look.upto) + " has the digest " +
                   to_text(look.digest) + " on other nodes (" + nodes +
                   "), and another one in our own tick: the same log gave another state. Ours "
                   "cannot be made again: " +
                   why_not);
}

void Following::dispute(Slot& slot, const Look& look) {
  Disputed disputed;
  disputed.epoch = look.epoch;
  disputed.upto = look.upto;
  disputed.digest = look.digest;
  disputed.node = options_.name;
  flat::Builder body;
  flat::Builder builder;
  Envelope envelope;
  envelope.kind = RecordKind::Disputed;
  envelope.body = flat::write_root(body, disputed);
  slot.requests.add(write_envelope(builder, envelope));
}

/// The next start is not to believe what is on disk, either; nor is it lost, for it may be right.
void Following::park_doubted(Slot& slot, const Look& look, std::string why) {
  why += kStartFromOne;
  doubt_on_disk(slot, look.is_kept ? std::to_string(look.upto) + " " + why : "");
  park(slot, why);
}

void Following::doubt_on_disk(Slot& slot, std::string_view why) {
  slot.is_void = true;
  StateBatch rows;
  rows.of(slot.where);
  rows.put(kVoidTable, "", why);
  disk_.write(std::move(rows));
}

/// `mark`: as park_doubted() left it.
void Following::load_doubted(Slot& slot, std::string_view mark) {
  Look look;
  look.cause = Look::Cause::Doubted;
  look.until = slot.next_offset();
  const char* const end = mark.data() + mark.size();
  const char* const why = std::from_chars(mark.data(), end, look.upto).ptr;
  look.why = std::string(why, end).substr(why < end ? 1 : 0);
  slot.is_void = true;
  look_for_copy(slot, std::move(look));
}

}  // namespace jari
