// The engine's own records: time, ownership, acknowledgements, versions of the logic.

#include <algorithm>

#include "engine/runtime/partition.h"
#include "engine/runtime/speaker.h"

namespace jari {
namespace {

constexpr std::uint16_t kFirstVersion = 1;

Hash128 hash_of(const Barrier& barrier) {
  std::string bytes;
  canonical::append(bytes, barrier, canonical::Plain{});
  return hash128(bytes_of(bytes));
}

}  // namespace

// Every log begins with the first version, whatever the program that applies it knows besides.
std::optional<std::string> Partition::on_genesis(Bytes record) {
  const auto genesis = read_genesis(record);
  if (!genesis) return std::nullopt;  // a second one that is none changes nothing
  if (next_offset_ == 0 && known_.from > kFirstVersion) {
    return "the log begins with version 1 of the logic, and this program knows none before " +
           std::to_string(known_.from) + ": install one that does";
  }
  change_row([&](PartitionRow& row) {
    row.incarnation = genesis->incarnation;
    if (next_offset_ > 0) return;
    row.now = genesis->begins;
    row.reads = kFirstVersion;
    row.writes = kFirstVersion;
  });
  return std::nullopt;
}

bool Partition::takes(const Tick& tick) const {
  return is_owners(tick) && tick.time <= row().now + milliseconds{identity_.outage_ms};
}

bool Partition::takes(const TimeJump& jump) const {
  return is_owners(jump) && jump.from == row().now && jump.to > jump.from;
}

std::optional<std::string> Partition::on_tick(const Tick& tick, Speaker& speaker) {
  keep_digest();
  if (!takes(tick)) {
    speaker.count("ticks", is_owners(tick) ? "too-far-ahead" : "not-the-owners", 1);
    return std::nullopt;
  }
  const auto known = std::find_if(digests_.begin(), digests_.end(), [&](const DigestAt& one) {
    return one.offset == tick.upto && one.digest != Hash128{};
  });
  // An owner's first tick may have none to tell.
  if (known == digests_.end() || tick.digest == Hash128{}) {
    speaker.count("digests", "not-compared", 1);
  } else if (known->digest != tick.digest) {
    mismatch_ = {tick.upto, known->digest, tick.digest};
    return "the state after offset " + std::to_string(tick.upto) + " has the digest " +
           to_text(known->digest) + " here, and " + to_text(tick.digest) +
           " in its owner's tick: the same log gave another state";
  } else {
    ++digests_compared_;
  }
  if (tick.time > row().now) {
    change_row([&](PartitionRow& row) { row.now = tick.time; });
  }
  advance_barrier(speaker);
  consumer_->on_tick(speaker);
  return std::nullopt;
}

void Partition::on_time_jump(const TimeJump& jump, Speaker& speaker) {
  const bool is_taken = takes(jump);
  speaker.count("time-jumps", is_taken ? "taken" : "ignored", 1);
  if (!is_taken) return;
  change_row([&](PartitionRow& row) {
    row.now = jump.to;
    row.outages_ms += (jump.to - jump.from).count();
  });
  consumer_->on_tick(speaker);
}

void Partition::on_claim(const Claim& claim, Speaker& speaker) {
  if (claim.epoch != row().epoch + 1) {
    speaker.count("claims", "lost", 1);
    return;
  }
  const Name node = store_.names().intern(claim.node);
  change_row([&](PartitionRow& row) {
    row.epoch = claim.epoch;
    row.process = claim.process;
    row.node = node;
    row.knows_to = claim.knows_to;
  });
  speaker.count("claims", "won", 1);
}

void Partition::on_ack(PartitionRef destination, std::uint64_t last, Speaker& speaker) {
  if (last == 0) return;
  if (streams_.acknowledge(destination, last) == Verdict::AckBeyond) {
    speaker.count("streams", to_text(Verdict::AckBeyond), 1);
    lost_tail_ = destination;
  }
}

// What an operator mends: a stream that does not continue, a sink that lost its tail.
void Partition::on_repair(const Envelope& envelope, Speaker& speaker) {
  StreamSet set;
  Reissue again;
  if (!envelope.asked || envelope.asked->by.empty() || envelope.asked->reason.empty()) {
    dead_letter("an operator's record without a name and a reason", speaker);
  } else if (envelope.kind == RecordKind::StreamSet && flat::read_root(envelope.body, set) &&
             identity_.has_consumer(set.source)) {
    streams_.set(set.source, set.seq, set.hash);
    speaker.count("streams", "set", 1);
  } else if (envelope.kind == RecordKind::Reissue && flat::read_root(envelope.body, again)) {
    consumer_->reissue(again.sink, again.from, speaker);
  } else {
    dead_letter("the body is none of its kind", speaker);
  }
}

// A barrier comes to the settings' partition first (without a stream), and from there to all
// others.
std::optional<std::string> Partition::on_barrier(const Envelope& envelope, Speaker& speaker) {
  Barrier barrier;
  if (!flat::read_root(envelope.body, barrier) || barrier.step == BarrierStep::Unknown) {
    dead_letter("a barrier whose body is none", speaker);
    return std::nullopt;
  }
  const bool is_start = !envelope.stream && where_ == settings_;
  const bool is_fanned_out = envelope.stream && envelope.stream->source == settings_;
  if (!is_start && !is_fanned_out) {
    dead_letter("a barrier that no settings' partition sent", speaker);
    return std::nullopt;
  }
  // What the owner's program knows is a fact of the log; what ours knows may not change the state.
  if (is_start && (barrier.version <= row().reads || barrier.version > row().knows_to ||
                   barrier.step != BarrierStep::Read || row().barrier != 0)) {
    speaker.count("barriers", "refused", 1);
    return std::nullopt;
  }
  // One that comes early, or does not fit, is none yet.
  const bool holds_here =
      is_start || streams_.judge(*envelope.stream, row().incarnation) == Verdict::Accepted;
  if (holds_here && barrier.version > known_.to) {
    return "version " + std::to_string(barrier.version) +
           " of the logic holds from here on, and this program knows only up to " +
           std::to_string(known_.to) + ": install one that does";
  }
  if (envelope.stream && !arrives(envelope, hash_of(barrier), speaker)) return std::nullopt;
  change_row([&](PartitionRow& row) {
    row.reads = std::max(row.reads, barrier.version);
    if (barrier.step == BarrierStep::Write) row.writes = std::max(row.writes, barrier.version);
    if (is_start) row.barrier = barrier.version;
  });
  if (is_start) fan_barrier(barrier, speaker);
  return std::nullopt;
}

void Partition::fan_barrier(const Barrier& barrier, Speaker& speaker) {
  flat::Builder builder;
  Envelope row;
  row.kind = RecordKind::Barrier;
  row.version = this->row().writes;
  row.body = flat::write_root(builder, barrier);
  for (const PartitionRef other : consumer_partitions(identity_)) {
    if (other != where_) speaker.send(other, row, hash_of(barrier));
  }
}

/// Once every partition has acknowledged all we sent, all of them read the version: it may be
/// written.
void Partition::advance_barrier(Speaker& speaker) {
  const std::uint16_t version = row().barrier;
  if (version == 0) return;
  for (const PartitionRef other : consumer_partitions(identity_)) {
    if (other != where_ && streams_.unacknowledged(other) != 0) return;
  }
  fan_barrier({version, BarrierStep::Write}, speaker);
  change_row([&](PartitionRow& row) {
    row.writes = version;
    row.barrier = 0;
  });
}

}  // namespace jari
