#include "consumers/timeline/trail.h"

namespace jari::timeline {
namespace {

std::uint64_t number_of(const std::optional<MadeId>& id) {
  return id ? id->number : 0;
}
std::uint64_t appointment_number(std::string_view text) {
  return number_of(parse_appointment(text));
}
std::uint64_t hold_number(std::string_view text) {
  return number_of(parse_hold(text));
}

/// A request of an operator, as its outcome may name it; the person is not always in both.
std::string key_of(PartitionRef where, RecordType type, std::string_view request,
                   const Named& named) {
  std::string key = std::to_string(where.topic) + '/' + std::to_string(where.partition) + '/' +
                    std::to_string(type) + '/';
  return key.append(request).append("/").append(named.person);
}

}  // namespace

bool is_act_of(const Seen& seen, std::string_view name) {
  if (!seen.envelope.asked) return false;
  const Asked& asked = *seen.envelope.asked;
  return (asked.role == Role::Operator && asked.by == name) || asked.acting_for == name;
}

Trail::Trail(const Subject& subject)
    : subject_(subject), document_mark_("\"person\":\"" + subject.id + "\"") {}

void Trail::note(const Seen& seen) {
  if (const auto* settings = seen.as<QueueConfigured>(); settings != nullptr) {
    if (settings->prequeue) drawn_queues_.emplace(settings->queue.text);
  }
  if (seen.is_document()) return;  // names whom its cause names
  const Named named = named_in(seen.body);
  if (seen.outcome() != nullptr) {
    const bool is_its = subject_.kind == SubjectKind::Ticket && is_of_ticket(seen, named);
    if (is_its) decided_.insert(*seen.cause());
    return;
  }
  if (!is_noted(seen)) return;
  // What others were told by a site has no consequences at the site.
  const bool is_of_place = subject_.kind == SubjectKind::Slot || subject_.kind == SubjectKind::Site;
  if (is_of_place && seen.at.where.topic != kInventoryTopic) return;
  places_.insert(seen.at);
  note_ids(seen, named);
}

/// By what it says, and by ids that stand before it in its own partition.
bool Trail::is_noted(const Seen& seen) const {
  const Named named = named_in(seen.body);
  switch (subject_.kind) {
    case SubjectKind::Person:
      return is_of_person(seen, named);
    case SubjectKind::Operator:
      return is_of_operator(seen);
    case SubjectKind::Ticket:
      return is_of_ticket(seen, named);
    case SubjectKind::Slot:
    case SubjectKind::Site:
      return is_of_place(seen, named);
  }
  return false;
}

void Trail::note_ids(const Seen& seen, const Named& named) {
  if (subject_.kind == SubjectKind::Operator) {
    const std::string_view request = seen.envelope.asked->request;
    if (!request.empty()) keys_.insert(key_of(seen.at.where, seen.envelope.type, request, named));
    return;
  }
  const bool is_home = seen.at.where.topic == kBookingsTopic && seen.is_request();
  if (subject_.kind == SubjectKind::Person && is_home) {
    const std::uint64_t made = make_id(seen.at.where.partition, seen.at.offset).number;
    if (seen.as<BookingRequested>() != nullptr) appointments_.insert(made);
    if (seen.as<HoldRequested>() != nullptr) holds_.insert(made);
  }
  const bool is_at_site = seen.at.where.topic == kInventoryTopic;
  if ((subject_.kind == SubjectKind::Slot || subject_.kind == SubjectKind::Site) && is_at_site) {
    if (const auto id = appointment_number(named.appointment); id != 0) appointments_.insert(id);
    if (const auto id = hold_number(named.hold); id != 0) holds_.insert(id);
  }
}

bool Trail::knows(const Named& named) const {
  const auto has = [](const auto& ids, std::uint64_t id) { return id != 0 && ids.contains(id); };
  return has(appointments_, appointment_number(named.appointment)) ||
         has(holds_, hold_number(named.hold)) || has(holds_, hold_number(named.replaced_hold));
}

bool Trail::is_of_person(const Seen& seen, const Named& named) const {
  const auto& asked = seen.envelope.asked;
  const bool is_asker = asked && asked->role == Role::Person && asked->by == subject_.id;
  return is_asker || named.person == subject_.id || knows(named);
}

bool Trail::is_of_operator(const Seen& seen) const {
  return is_act_of(seen, subject_.id);
}

bool Trail::is_of_ticket(const Seen& seen, const Named& named) const {
  if (named.queue != subject_.id) return false;
  return named.ticket == subject_.ticket || seen.as<PrequeueDrawn>() != nullptr;
}

// What stands in the site's own partition; and what others are told by it.
bool Trail::is_of_place(const Seen& seen, const Named& named) const {
  if (seen.envelope.kind == RecordKind::Row) return false;
  const bool is_at_site = seen.at.where.topic == kInventoryTopic;
  if (is_at_site && named.site != subject_.id) return false;
  if (subject_.kind == SubjectKind::Site && is_at_site) return true;
  if (!is_at_site && seen.as<HoldEnded>() != nullptr) return knows(named);
  if (!is_at_site && seen.as<AppointmentWithdrawn>() == nullptr) return false;
  if (named.site != subject_.id) return false;
  const bool is_its = subject_.kind == SubjectKind::Site || named.slot == subject_.slot ||
                      named.replaced_slot == subject_.slot;
  return is_its || knows(named);
}

/// Of a request or an outcome: whether it may belong to a request of the operator.
bool Trail::has_key_of(const Seen& seen) const {
  const auto has = [this](PartitionRef where, RecordType type, std::string_view request,
                          Named named) {
    if (keys_.contains(key_of(where, type, request, named))) return true;
    named.person = {};
    return keys_.contains(key_of(where, type, request, named));
  };
  const Named named = named_in(seen.body);
  if (const Outcome* outcome = seen.outcome(); outcome != nullptr) {
    return has(seen.cause()->where, outcome->asked, outcome->request, named);
  }
  return seen.is_request() && seen.envelope.asked &&
         has(seen.at.where, seen.envelope.type, seen.envelope.asked->request, named);
}

bool Trail::leads_to(const Seen& seen) const {
  if (places_.contains(seen.at) || decided_.contains(seen.at)) return true;
  if (seen.is_document()) {
    return subject_.kind == SubjectKind::Person &&
           text_of(seen.envelope.body).find(document_mark_) != std::string_view::npos;
  }
  const auto cause = seen.cause();
  const bool is_caused = cause && places_.contains(*cause);
  switch (subject_.kind) {
    case SubjectKind::Person:
      return is_caused || is_noted(seen);
    case SubjectKind::Operator:
      return (is_caused && seen.outcome() != nullptr) || has_key_of(seen);
    case SubjectKind::Ticket:
      return (is_caused && seen.outcome() != nullptr) || is_noted(seen);
    case SubjectKind::Slot:
    case SubjectKind::Site:
      return (is_caused && !seen.is_document()) || is_noted(seen);
  }
  return false;
}

}  // namespace jari::timeline
