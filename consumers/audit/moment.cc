#include "consumers/audit/moment.h"

#include <utility>

namespace jari::audit {

Moment Clocks::pass(PartitionRef where, const Envelope& envelope) {
  Owner& owner = owners_[where];
  const bool is_first = !std::exchange(owner.is_known, true);
  Genesis genesis;
  Claim claim;
  Tick tick;
  TimeJump jump;
  // Only the first: a copy has a second, which says when it was made.
  if (is_first && envelope.kind == RecordKind::Genesis && flat::read_root(envelope.body, genesis)) {
    owner.time.now = genesis.begins;
  } else if (envelope.kind == RecordKind::Tick && flat::read_root(envelope.body, tick)) {
    const bool counts = tick.epoch == owner.epoch && tick.process == owner.process &&
                        tick.time <= owner.time.now + milliseconds{outage_ms_};
    if (counts && tick.time > owner.time.now) owner.time.now = tick.time;
  } else if (envelope.kind == RecordKind::Claim && flat::read_root(envelope.body, claim)) {
    if (claim.epoch == owner.epoch + 1) {
      owner.epoch = claim.epoch;
      owner.process = claim.process;
    }
  } else if (envelope.kind == RecordKind::TimeJump && flat::read_root(envelope.body, jump)) {
    const bool counts = jump.epoch == owner.epoch && jump.process == owner.process &&
                        jump.from == owner.time.now && jump.to > jump.from;
    if (counts) {
      owner.time.now = jump.to;
      owner.time.outages_ms += (jump.to - jump.from).count();
    }
  }
  return owner.time;
}

}  // namespace jari::audit
