#include "consumers/audit/streams.h"

#include <algorithm>
#include <optional>

namespace jari::audit {
namespace {

std::string name_of_place(PartitionRef where, const LogIdentity& identity) {
  if (where.topic >= identity.topics.size()) return "an unknown partition";
  return identity.topics[where.topic].name + " " + std::to_string(where.partition);
}

/// Which topic's partitions say such a thing; nothing: all.
std::optional<TopicNo> maker_of(RecordType type) {
  switch (type) {
    case kTypeOf<Admitted>:
    case kTypeOf<AdmissionEnded>:
      return kQueueTopic;
    case kTypeOf<ReservationGranted>:
    case kTypeOf<ReservationRefused>:
    case kTypeOf<HoldGranted>:
    case kTypeOf<HoldRefused>:
    case kTypeOf<HoldEnded>:
    case kTypeOf<AppointmentWithdrawn>:
      return kInventoryTopic;
    case kTypeOf<ProgrammeConfigured>:
      return kProgrammesTopic;
    case kTypeOf<Outcome>:
      return std::nullopt;
    default:
      return kBookingsTopic;
  }
}

/// Whether a client may ask for such a thing there; else it is a dead letter.
bool may_be_asked(TopicNo topic, RecordType type) {
  switch (type) {
    case kTypeOf<QueueConfigured>:
    case kTypeOf<PrequeueDrawn>:
    case kTypeOf<TicketRequested>:
    case kTypeOf<TicketReturned>:
      return topic == kQueueTopic;
    case kTypeOf<ProgrammeConfigured>:
      return topic == kProgrammesTopic;
    case kTypeOf<SitePublished>:
    case kTypeOf<SlotPublished>:
    case kTypeOf<SlotChanged>:
    case kTypeOf<SlotWithdrawn>:
    case kTypeOf<StockChanged>:
      return topic == kInventoryTopic;
    case kTypeOf<EligibilityGranted>:
    case kTypeOf<EligibilityRevoked>:
    case kTypeOf<AttendanceRecorded>:
    case kTypeOf<BookingRequested>:
    case kTypeOf<CancelRequested>:
    case kTypeOf<RescheduleRequested>:
    case kTypeOf<HoldRequested>:
    case kTypeOf<HoldReleaseRequested>:
      return topic == kBookingsTopic;
    default:
      return false;
  }
}

/// The site that an operator's act is about; empty where it is about none.
std::string_view site_of(const Seen& seen) {
  if (const auto* one = body_as<SitePublished>(seen)) return one->site.text;
  if (const auto* one = body_as<SlotPublished>(seen)) return one->site.text;
  if (const auto* one = body_as<SlotChanged>(seen)) return one->site.text;
  if (const auto* one = body_as<SlotWithdrawn>(seen)) return one->site.text;
  if (const auto* one = body_as<StockChanged>(seen)) return one->site.text;
  return {};
}

/// The key whose partition of `topic` an effect belongs to; empty: it may be in any.
struct Address {
  TopicNo topic = 0;
  std::string_view key;
};
template <class T>
Address address_of(const T& effect) {
  if constexpr (std::is_same_v<T, Outcome> || std::is_same_v<T, ProgrammeConfigured>) {
    return {};
  } else if constexpr (std::is_same_v<T, SessionEnded>) {
    return {kQueueTopic, effect.queue.text};
  } else if constexpr (
      requires { effect.site; } && !requires { effect.zone; } &&
      !std::is_same_v<T, AppointmentWithdrawn>) {
    return {kInventoryTopic, effect.site.text};
  } else if constexpr (requires { effect.person; }) {
    return {kBookingsTopic, effect.person.text};
  } else {
    return {};
  }
}

}  // namespace

bool Streams::look(const Seen& seen, const Opened& opened) {
  const Envelope& envelope = opened.envelope;
  if (!envelope.stream) {
    read_own(seen.at, envelope);
    const bool needs_stream =
        envelope.kind == RecordKind::Effect || envelope.kind == RecordKind::Row;
    desk_.expect(!needs_stream, Rule::I8, seen.at, "an effect without its place in a stream");
    if (envelope.kind != RecordKind::Request) return !needs_stream;
    // In another site's partition it gives this one nothing.
    const std::string_view site = site_of(seen);
    const bool is_home = site.empty() || desk_.home_of(kInventoryTopic, site) == seen.at.where;
    return is_home && may_be_asked(seen.at.where.topic, envelope.type);
  }
  const StreamPlace& place = *envelope.stream;
  const bool is_ours = place.destination == seen.at.where;
  desk_.expect(is_ours, Rule::I8, seen.at, "the effect is for another partition");
  if (!is_ours) return false;
  Stream& stream = streams_[{place.source, place.destination}];
  if (place.seq > stream.highest) {
    stream.highest = place.seq;
    stream.at = seen.at;
  }
  if (place.reverse_last > 0) {
    acknowledge({seen.at.where, place.source}, place.reverse_last, seen.at);
  }
  return take(seen, opened, stream);
}

bool Streams::take(const Seen& seen, const Opened& opened, Stream& stream) {
  const StreamPlace& place = *opened.envelope.stream;
  const At& at = seen.at;
  // What comes early is ignored and comes again; what never does is found at the end.
  if (place.seq != stream.last + 1) {
    check_repeat(at, place, stream);
    return false;
  }
  const auto number = [&] {
    return "number " + std::to_string(place.seq) + " of the stream from " +
           name_of_place(place.source, desk_.identity);
  };
  const bool continues = place.prev_hash == stream.hash;
  desk_.expect(continues, Rule::I8, at,
               [&] { return number() + " does not continue the chain of those before it"; });
  if (!continues) return false;
  desk_.expect(incarnations_[at.where] == place.incarnation, Rule::I8, at,
               [&] { return number() + " is of another log"; });
  desk_.expect(place.cause >= stream.cause, Rule::I8, at,
               [&] { return number() + " was caused before the one before it"; });
  check_ends(seen, opened);
  if (const auto* settings = body_as<ProgrammeConfigured>(seen)) {
    check_settings(seen, *settings, opened.content);
  }
  stream.rows.push_back({place.prev_hash, place.cause});
  if (stream.rows.size() > kRowsKept) stream.rows.pop_front();
  stream.last = place.seq;
  stream.hash = chained(stream.hash, opened.content);
  stream.cause = std::max(stream.cause, place.cause);
  return true;
}

// What comes again says what it said, as far back as that is kept.
void Streams::check_repeat(const At& at, const StreamPlace& place, const Stream& stream) const {
  const std::uint64_t first = stream.last + 1 - stream.rows.size();
  const bool is_known = place.seq >= first && place.seq <= stream.last;
  const Row row{place.prev_hash, place.cause};
  desk_.expect(!is_known || stream.rows[place.seq - first] == row, Rule::I8, at, [&] {
    return "number " + std::to_string(place.seq) + " of the stream from " +
           name_of_place(place.source, desk_.identity) + " came again and says something else";
  });
}

void Streams::check_ends(const Seen& seen, const Opened& opened) const {
  const Envelope& envelope = opened.envelope;
  if (envelope.kind == RecordKind::Barrier) return;
  const auto maker = maker_of(envelope.type);
  desk_.expect(!maker || *maker == envelope.stream->source.topic, Rule::I8, seen.at, [&] {
    return "a " + std::string(name_of(envelope.type)) + " that came from " +
           name_of_place(envelope.stream->source, desk_.identity);
  });
  const Address address = std::visit([](const auto& one) { return address_of(one); }, opened.body);
  if (address.key.empty()) return;
  desk_.expect(desk_.home_of(address.topic, address.key) == seen.at.where, Rule::I8, seen.at, [&] {
    return std::string(name_of(envelope.type)) + " about " + std::string(address.key) +
           " stands in a partition that is not theirs";
  });
}

void Streams::check_settings(const Seen& seen, const ProgrammeConfigured& settings,
                             const Hash128& content) {
  const auto [known, is_new] =
      settings_.try_emplace({seen.ids.programme, settings.version}, content);
  desk_.expect(is_new || known->second == content, Rule::I8, seen.at, [&] {
    return "version " + std::to_string(settings.version) + " of programme " +
           std::string(settings.programme.text) + " is another here than in other partitions";
  });
}

void Streams::read_own(const At& at, const Envelope& envelope) {
  Genesis genesis;
  Ack ack;
  StreamSet said;
  if (envelope.kind == RecordKind::Genesis && flat::read_root(envelope.body, genesis)) {
    std::optional<Hash128>& known = incarnations_[at.where];
    desk_.expect(!known || genesis.copy_of == *known, Rule::I8, at,
                 "a second genesis that is no copy of this log");
    known = genesis.incarnation;
  } else if (envelope.kind == RecordKind::Ack && flat::read_root(envelope.body, ack)) {
    acknowledge({at.where, ack.destination}, ack.last, at);
  } else if (envelope.kind == RecordKind::StreamSet && flat::read_root(envelope.body, said)) {
    set(at, envelope, said);
  }
}

void Streams::set(const At& at, const Envelope& envelope, const StreamSet& said) {
  Stream& stream = streams_[{said.source, at.where}];
  stream.rows.clear();
  stream.last = said.seq;
  stream.hash = said.hash;
  stream.highest = std::max(stream.highest, said.seq);
  const Asked asked = envelope.asked.value_or(Asked{});
  desk_.report.list({Kind::Repair, at, std::string(asked.by), std::string(asked.reason),
                     "the stream from " + name_of_place(said.source, desk_.identity) +
                         " was set to number " + std::to_string(said.seq)});
}

void Streams::acknowledge(Pair which, std::uint64_t last, const At& at) {
  Acked& acked = acked_[which];
  if (last > acked.last) acked = {last, at};
}

// One that stands after the last record that was surely applied may still be answered. What is no
// record asks for nothing.
void look_for_answer(const Desk& desk, const Seen& seen) {
  const bool is_passed_over = !seen.is_applied && seen.is_record;
  if (is_passed_over || seen.at.where.topic != kInventoryTopic) return;
  const bool is_hold = body_as<HoldRequested>(seen) != nullptr;
  const bool is_asked =
      is_hold || body_as<Reserve>(seen) != nullptr || body_as<HoldConfirmed>(seen) != nullptr;
  const Made asked = !is_asked ? 0 : is_hold ? seen.ids.hold : seen.ids.appointment;
  std::size_t answers = 0;
  for_each<Answer>(*seen.caused, [&](const Answer& answer, const At& row) {
    ++answers;
    desk.expect(asked != 0 && answer.what == asked && answer.is_of_hold == is_hold, Rule::I8, row,
                "an answer that nobody asked this site for");
  });
  if (asked == 0 || (answers == 0 && !seen.is_settled)) return;
  desk.expect(answers == 1, Rule::I8, seen.at, [&] {
    return answers == 0 ? "the site's answer to it was lost"
                        : "the site answered it more than once";
  });
}

void Streams::finish(const ByPartition<Offset>& end, Report& report) const {
  // In an order that is the same every time.
  for (const auto& [which, stream] : std::map(streams_.begin(), streams_.end())) {
    const std::string from = name_of_place(which.first, desk_.identity);
    report.expect(stream.highest == stream.last, Rule::I8, stream.at,
                  "number " + std::to_string(stream.last + 1) + " of the stream from " + from +
                      " is missing");
    report.expect(end.has(which.first) && stream.cause < end[which.first], Rule::I8, stream.at,
                  "its cause is beyond the end of " + from);
  }
  for (const auto& [which, acked] : std::map(acked_.begin(), acked_.end())) {
    const auto stream = streams_.find(which);
    const std::uint64_t last = stream == streams_.end() ? 0 : stream->second.last;
    report.expect(acked.last <= last, Rule::I8, acked.at,
                  "it acknowledges number " + std::to_string(acked.last) + " for " +
                      name_of_place(which.second, desk_.identity) + ", where only " +
                      std::to_string(last) + " arrived: a tail was lost");
  }
}

}  // namespace jari::audit
