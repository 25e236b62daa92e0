#include "consumers/audit/streams.h"

#include <algorithm>

#include "engine/base/hash.h"

namespace jari::audit {
namespace {

Hash128 hash_of(const Envelope& envelope) {
  Barrier barrier;
  if (envelope.kind == RecordKind::Barrier && flat::read_root(envelope.body, barrier)) {
    return hash_of_record(barrier);
  }
  if (envelope.type == kAppointmentRow) return hash128(envelope.body);
  return hash_of_body(envelope.type, envelope.body);
}

std::string text_of(PartitionRef where, const LogIdentity& identity) {
  if (where.topic >= identity.topics.size()) return "an unknown partition";
  return identity.topics[where.topic].name + " " + std::to_string(where.partition);
}

}  // namespace

bool Streams::look(const At& at, const Envelope& envelope) {
  if (!envelope.stream) {
    read_own(at, envelope);
    return envelope.kind != RecordKind::Effect && envelope.kind != RecordKind::Row;
  }
  const StreamPlace& place = *envelope.stream;
  const bool is_ours = place.destination == at.where;
  desk_.expect(is_ours, Rule::I8, at, "the effect is for another partition");
  if (!is_ours) return false;
  Stream& stream = streams_[{place.source, place.destination}];
  if (place.seq > stream.highest) {
    stream.highest = place.seq;
    stream.at = at;
  }
  if (place.reverse_last > 0) acknowledge({at.where, place.source}, place.reverse_last, at);
  return take(at, envelope, stream);
}

bool Streams::take(const At& at, const Envelope& envelope, Stream& stream) {
  const StreamPlace& place = *envelope.stream;
  // What comes early is ignored and comes again; what never does is found at the end.
  if (place.seq != stream.last + 1) {
    desk_.report.checked(Rule::I8);
    return false;
  }
  const std::string from = " of the stream from " + text_of(place.source, desk_.identity);
  const std::string number = "number " + std::to_string(place.seq) + from;
  desk_.expect(place.prev_hash == stream.hash, Rule::I8, at,
               number + " does not continue the chain of those before it");
  if (place.prev_hash != stream.hash) return false;
  const auto incarnation = incarnations_.find(at.where);
  desk_.expect(incarnation != incarnations_.end() && incarnation->second == place.incarnation,
               Rule::I8, at, number + " is of another log");
  desk_.expect(place.cause >= stream.cause, Rule::I8, at,
               number + " was caused before the one before it");
  stream.last = place.seq;
  stream.hash = chained(stream.hash, hash_of(envelope));
  stream.cause = std::max(stream.cause, place.cause);
  return true;
}

void Streams::read_own(const At& at, const Envelope& envelope) {
  Genesis genesis;
  Ack ack;
  StreamSet set;
  if (envelope.kind == RecordKind::Genesis && flat::read_root(envelope.body, genesis)) {
    const auto known = incarnations_.find(at.where);
    const bool follows = known == incarnations_.end() || genesis.copy_of == known->second;
    desk_.expect(follows, Rule::I8, at, "a second genesis that is no copy of this log");
    incarnations_[at.where] = genesis.incarnation;
  } else if (envelope.kind == RecordKind::Ack && flat::read_root(envelope.body, ack)) {
    acknowledge({at.where, ack.destination}, ack.last, at);
  } else if (envelope.kind == RecordKind::StreamSet && flat::read_root(envelope.body, set)) {
    Stream& stream = streams_[{set.source, at.where}];
    stream.last = set.seq;
    stream.hash = set.hash;
    stream.highest = std::max(stream.highest, set.seq);
    desk_.report.note("an operator set the stream from " + text_of(set.source, desk_.identity) +
                      " to " + text_of(at.where, desk_.identity) + " to number " +
                      std::to_string(set.seq) + " (offset " + std::to_string(at.offset) + ")");
  }
}

void Streams::acknowledge(Pair which, std::uint64_t last, const At& at) {
  Acked& acked = acked_[which];
  if (last > acked.last) acked = {last, at};
}

// One that stands after the last record that was surely applied may still be answered.
void Streams::look_for_answer(const Seen& seen) {
  const bool asks = std::holds_alternative<Reserve>(seen.body) ||
                    std::holds_alternative<HoldRequested>(seen.body) ||
                    std::holds_alternative<HoldConfirmed>(seen.body);
  if (!asks || !seen.is_applied || seen.at.where.topic != kInventoryTopic) return;
  const std::uint32_t answers = desk_.facts.answers_of(seen.at);
  const bool may_come = answers == 0 && desk_.facts.applied(seen.at.where) <= seen.at.offset;
  desk_.expect(
      answers == 1 || may_come, Rule::I8, seen.at,
      answers == 0 ? "the site's answer to it was lost" : "the site answered it more than once");
}

void Streams::finish(const End& end) {
  for (const auto& [which, stream] : streams_) {
    const std::string from = text_of(which.first, desk_.identity);
    desk_.expect(stream.highest == stream.last, Rule::I8, stream.at,
                 "number " + std::to_string(stream.last + 1) + " of the stream from " + from +
                     " is missing");
    const auto of_source = end.find(which.first);
    desk_.expect(of_source != end.end() && stream.cause < of_source->second, Rule::I8, stream.at,
                 "its cause is beyond the end of " + from);
  }
  for (const auto& [which, acked] : acked_) {
    const auto stream = streams_.find(which);
    const std::uint64_t last = stream == streams_.end() ? 0 : stream->second.last;
    desk_.expect(acked.last <= last, Rule::I8, acked.at,
                 "it acknowledges number " + std::to_string(acked.last) + " for " +
                     text_of(which.second, desk_.identity) + ", where only " +
                     std::to_string(last) + " arrived: a tail was lost");
  }
}

}  // namespace jari::audit
