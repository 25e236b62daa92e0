#include "engine/runtime/partition.h"

#include <utility>

#include "engine/runtime/speaker.h"

namespace jari {
namespace {

constexpr std::uint8_t kPartitionTable = 200;
constexpr std::uint8_t kDeadLetterTable = 203;

const PartitionRow kNoRow;

}  // namespace

std::vector<PartitionRef> consumer_partitions(const LogIdentity& identity) {
  std::vector<PartitionRef> all;
  for (const PartitionRef where : identity.partitions()) {
    if (identity.has_consumer(where)) all.push_back(where);
  }
  return all;
}

Partition::Partition(PartitionRef where, const LogIdentity& identity, PartitionRef settings,
                     KnownVersions known, const MakeConsumer& make_consumer)
    : where_(where),
      identity_(identity),
      settings_(settings),
      known_(known),
      rows_(store_, kPartitionTable),
      row_(&kNoRow),
      dead_letters_(store_, kDeadLetterTable),
      streams_(store_, where),
      consumer_(make_consumer(store_)) {}

Partition::~Partition() = default;

Instant Partition::next_deadline() const {
  return consumer_->next_deadline(time());
}

std::optional<std::string> Partition::apply(const LogRecord& record, Outbox& outbox) {
  Speaker speaker(*this, outbox);
  lost_tail_.reset();
  mismatch_.reset();
  const auto envelope = envelope_of(record);
  if (!envelope) {
    dead_letter(envelope.error().detail, speaker);
  } else if (envelope->kind == RecordKind::Genesis) {
    if (auto why = on_genesis(record.bytes); why) return why;
  } else if (auto why = dispatch(*envelope, speaker); why) {
    return why;
  }
  if (!is_chain_taken_) chain_.step(record.bytes);
  ++next_offset_;
  return std::nullopt;
}

std::optional<std::string> Partition::dispatch(const Envelope& envelope, Speaker& speaker) {
  const auto body_of = [&](auto body, auto&& then) -> std::optional<std::string> {
    if (!flat::read_root(envelope.body, body)) {
      dead_letter("the body is none of its kind", speaker);
      return std::nullopt;
    }
    if constexpr (std::is_void_v<decltype(then(body))>) {
      then(body);
      return std::nullopt;
    } else {
      return then(body);
    }
  };
  switch (envelope.kind) {
    case RecordKind::Request:
      on_request(envelope, speaker);
      break;
    case RecordKind::Effect:
      on_effect(envelope, speaker);
      break;
    case RecordKind::Own:
      on_own(envelope, speaker);
      break;
    case RecordKind::Tick:
      return body_of(Tick{}, [&](const Tick& tick) {
        speaker.ticked(tick);
        return on_tick(tick, speaker);
      });
    case RecordKind::TimeJump:
      return body_of(TimeJump{}, [&](const TimeJump& jump) { on_time_jump(jump, speaker); });
    case RecordKind::Claim:
      return body_of(Claim{}, [&](const Claim& claim) { on_claim(claim, speaker); });
    case RecordKind::Ack:
      return body_of(Ack{}, [&](const Ack& ack) { on_ack(ack.destination, ack.last, speaker); });
    case RecordKind::StreamSet:
    case RecordKind::Reissue:
      on_repair(envelope, speaker);
      break;
    case RecordKind::Disputed:
      return body_of(Disputed{}, [&](const Disputed& body) { speaker.disputed(body); });
    case RecordKind::Barrier:
      return on_barrier(envelope, speaker);
    case RecordKind::Row:
      dead_letter("a sink's row outside of a sink", speaker);
      break;
    case RecordKind::Genesis:
    case RecordKind::Unknown:
      CHECK(false);
  }
  return std::nullopt;
}

/// Versions begin with 1.
bool Partition::reads(const Envelope& envelope) const {
  return envelope.version > 0 && envelope.version <= row().reads;
}

void Partition::on_request(const Envelope& envelope, Speaker& speaker) {
  const auto address = consumer_->open(envelope);
  if (!address || !envelope.asked || !reads(envelope)) {
    dead_letter("a request of an unknown type or version", speaker);
    return;
  }
  const Arrival arrival{envelope, next_offset_};
  const PartitionNo home = address->partition
                               ? *address->partition
                               : speaker.home_of(where_.topic, address->key).partition;
  if (home != where_.partition) {
    consumer_->refuse_misplaced(arrival, speaker);
  } else if (consumer_->apply(arrival, speaker) == Applied::DeadLetter) {
    dead_letter("a request whose body is no record", speaker);
  }
}

bool Partition::arrives(const Envelope& envelope, const Hash128& content, Speaker& speaker) {
  const StreamPlace& place = *envelope.stream;
  const Verdict verdict = identity_.has_consumer(place.source)
                              ? streams_.judge(place, row().incarnation)
                              : Verdict::Foreign;
  if (verdict != Verdict::Accepted) speaker.count("streams", to_text(verdict), 1);
  if (verdict == Verdict::Accepted) streams_.accept(place, content);
  if (verdict == Verdict::Accepted || verdict == Verdict::Repeated) {
    on_ack(place.source, place.reverse_last, speaker);
  }
  return verdict == Verdict::Accepted;
}

void Partition::on_effect(const Envelope& envelope, Speaker& speaker) {
  if (!envelope.stream || !consumer_->open(envelope) || !reads(envelope)) {
    dead_letter("an effect of an unknown type or version", speaker);
    return;
  }
  if (!arrives(envelope, consumer_->content(), speaker)) return;
  if (consumer_->apply({envelope, next_offset_}, speaker) == Applied::DeadLetter) {
    dead_letter("an effect whose body is no record", speaker);
  }
}

void Partition::on_own(const Envelope& envelope, Speaker& speaker) {
  if (!consumer_->open(envelope) ||
      consumer_->apply({envelope, next_offset_}, speaker) == Applied::DeadLetter) {
    dead_letter("a node's own record of an unknown type", speaker);
  }
}

void Partition::dead_letter(std::string_view reason, Speaker& speaker) {
  dead_letters_.put({next_offset_}, {row().now, store_.names().intern(reason)});
  change_row([](PartitionRow& row) { ++row.dead_letters; });
  speaker.count("dead-letters", reason, 1);
}

Result<void> Partition::loaded(const PartitionPosition& position) {
  next_offset_ = position.next_offset;
  chain_.start(position);
  if (store_.digest() != position.digest) {
    return Error{ErrorCode::DigestMismatch,
                 "the stored state of partition " + std::to_string(where_.topic) + "/" +
                     std::to_string(where_.partition) +
                     " is not what was written: remove the folder state/, it is made again from "
                     "the log"};
  }
  if (const PartitionRow* row = rows_.find(PartitionRowKey{}); row != nullptr) row_ = row;
  if (row().reads > known_.to) {
    return Error{ErrorCode::WrongVersion, "the state of partition " + std::to_string(where_.topic) +
                                              "/" + std::to_string(where_.partition) +
                                              " is of version " + std::to_string(row().reads) +
                                              " of the logic, and this program knows only up "
                                              "to " +
                                              std::to_string(known_.to) +
                                              ": install one that does"};
  }
  keep_digest();
  consumer_->rebuild();
  return {};
}

void Partition::keep_digest() {
  if (next_offset_ == 0) return;
  last_digest_ = (last_digest_ + 1) % kDigestsKept;
  digests_[last_digest_] = {next_offset_ - 1, store_.digest()};
}

DigestAt Partition::digest_for_tick(bool is_next) const {
  if (is_next) return {next_offset_ - 1, store_.digest()};
  return digests_[last_digest_];
}

PartitionPosition Partition::position() const {
  PartitionPosition position;
  position.next_offset = next_offset_;
  position.digest = store_.digest();
  if (!is_chain_taken_) chain_.fill(position);
  return position;
}

RecordChain Partition::take_chain() {
  CHECK(!std::exchange(is_chain_taken_, true));
  return std::move(chain_);
}

}  // namespace jari
