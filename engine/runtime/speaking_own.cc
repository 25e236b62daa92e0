// Ownership is a record: who claims what, and when.

#include <algorithm>
#include <vector>

#include "engine/runtime/node_parts.h"
#include "engine/runtime/ownership.h"
#include "engine/runtime/speaking.h"

namespace jari {
namespace {

constexpr std::uint64_t kStaggerSteps = 8;
constexpr milliseconds kLookForTailsEvery{1'000};
constexpr milliseconds kDeafMax{3'000};

}  // namespace

void Speaking::own() {
  if (is_name_taken() || !options_.owns) return;
  listen();
  for (Slot& slot : slots_) {
    if (!slot.partition || slot.parked) continue;
    if (slot.claimed && now() - slot.claimed->at >= options_.takeover_after) slot.claimed.reset();
    if (speaks(slot)) {
      if (now() - slot.tails_at < kLookForTailsEvery) continue;
      slot.tails_at = now();
      may_have_lost_tail(slot);
    } else if (!slot.claimed && following_.is_caught_up(slot) &&
               now() - silent_since(slot) >= patience(slot)) {
      claim(slot);
    }
  }
  spread();
}

/// Whether another process, which began before this one, seems to speak under our name: it is left
/// alone until that is known. What is read of long ago, as after a standstill, tells nothing.
bool Speaking::is_name_taken() {
  for (Slot& slot : slots_) {
    if (slot.namesake && following_.is_caught_up(slot)) namesakes_.heard(*slot.namesake, now());
    slot.namesake.reset();
  }
  const auto other = namesakes_.suspected(now());
  if (!other) return false;
  if (const auto living = namesakes_.living(now()); living && !is_namesake_told_) {
    is_namesake_told_ = true;
    options_.on_namesake(!options_.owns || *living < options_.process);
  }
  return *other < options_.process;
}

/// What a partition's owner says is not missed while nobody hears of the partition. And whoever
/// does not hear themselves at once cannot tell an owner that is silent from a log that stands
/// still, as when Kafka has lost a broker: silence counts from when they hear again. Not for ever:
/// one partition may stand still for good, and an owner of others die.
void Speaking::listen() {
  const milliseconds late = options_.takeover_after / 2;
  bool is_deaf = false;
  for (Slot& slot : slots_) {
    if (!slot.partition || slot.parked) continue;
    if (now() - slot.heard_at > late) slot.heard_since = now();
    if (!speaks(slot) || slot.ticks_out.empty()) continue;
    is_deaf |= now() - std::max(slot.ticks_out.front().at, slot.heard_since) > late;
  }
  if (!is_deaf) return deaf_since_.reset();
  if (!deaf_since_) deaf_since_ = now();
  if (now() - *deaf_since_ <= kDeafMax) hears_since_ = now();
}

/// Since when its owner may be missed.
milliseconds Speaking::silent_since(const Slot& slot) const {
  return std::max({slot.owner_seen, slot.heard_since, hears_since_});
}

/// How long this node waits for a sign of the owner; another time on each node.
milliseconds Speaking::patience(const Slot& slot) const {
  std::string bytes = options_.name + "/" + name_of(identity_, slot.where);
  const auto steps = static_cast<std::int64_t>(hash128(bytes_of(bytes)).low % kStaggerSteps);
  return options_.takeover_after + options_.takeover_after / 16 * steps;
}

void Speaking::claim(Slot& slot) {
  if (may_have_lost_tail(slot) || !following_.verify(slot)) return;
  Claim claim;
  claim.epoch = slot.partition->row().epoch + 1;
  claim.node = options_.name;
  claim.process = options_.process;
  claim.knows_from = options_.known.from;
  claim.knows_to = options_.known.to;
  slot.claimed = Slot::Claimed{claim.epoch, now()};
  append_own(slot.perishable, RecordKind::Claim, claim);
}

/// Takes one partition at a time from those who have more than their share, once it sees all: not
/// while one that began earlier speaks under our name.
void Speaking::spread() {
  if (now() - spread_at_ < options_.takeover_after / 4) return;
  std::vector<OwnedPartition> all;
  for (const Slot& slot : slots_) {
    if (!slot.partition || slot.parked) continue;
    const bool is_alive = now() - slot.owner_seen < options_.takeover_after;
    if (slot.claimed || !following_.is_caught_up(slot) || (!is_alive && !speaks(slot))) return;
    const Hash128& owner = slot.partition->row().process;
    if (owner < options_.process && slot.partition->owner() == options_.name) return;
    all.push_back({slot.where, owner});
  }
  spread_at_ = now();
  if (const auto where = next_to_claim(all, options_.process); where) claim(slots_.of(*where));
}

/// A destination, or a sink, has accepted more than we have ever sent: a tail of our log was lost.
/// An effect follows its cause, so the cause stands before an end that was asked for after the
/// effect was read. What was read later is another suspicion.
bool Speaking::may_have_lost_tail(Slot& slot) {
  auto& suspect = slot.suspect;
  if (suspect && slot.partition->streams().outgoing(suspect->by).sent >= suspect->last) {
    suspect.reset();
  }
  for (const Slot& other : slots_) {
    if (suspect) break;
    if (other.where == slot.where) continue;
    const std::uint64_t last = last_accepted(other.where, slot.where);
    if (last <= slot.partition->streams().outgoing(other.where).sent) continue;
    suspect = Slot::Suspect{other.where, last, following_.heard_from_now(slot)};
  }
  if (!suspect) return false;
  if (slot.ends.heard >= suspect->heard && following_.is_caught_up(slot)) {
    following_.park(slot,
                    name_of(identity_, suspect->by) +
                        " has read more than this one has sent it: a tail of the log was lost");
  }
  return true;
}

}  // namespace jari
