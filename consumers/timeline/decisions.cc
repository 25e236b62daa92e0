#include "consumers/timeline/decisions.h"

#include <algorithm>
#include <set>

#include "consumers/timeline/named.h"

namespace jari::timeline {
namespace {

std::string key_of(PartitionRef where, RecordType type, std::string_view request) {
  return (std::to_string(where.topic) + '/' + std::to_string(where.partition) + '/' +
          std::to_string(type) + '/')
      .append(request);
}

bool is_asked(const Seen& seen) {
  return seen.is_request() && seen.envelope.asked.has_value();
}

/// Whether what was decided is about the same person, and, of what was made, made of this request.
bool fits(const Seen& request, const Outcome& outcome) {
  const std::string_view person = named_in(request.body).person;
  if (!person.empty() && !outcome.person.empty() && person != outcome.person.text) return false;
  const MadeId made = make_id(request.at.where.partition, request.at.offset);
  if (outcome.asked == kTypeOf<BookingRequested> && outcome.appointment) {
    return outcome.appointment->appointment.text == appointment_text(made);
  }
  const bool is_hold = outcome.asked == kTypeOf<HoldRequested> && !outcome.hold.empty();
  return !is_hold || outcome.hold.text == hold_text(made);
}

}  // namespace

Decisions::Decisions(const KeptRecords& all) {
  note_repeats(all);
  take_own(all);
  std::vector<const Seen*> later;
  for (const Kept& one : all) {
    if (one.seen.outcome() != nullptr && !is_of_one(one.seen.at)) later.push_back(&one.seen);
    if (!is_asked(one.seen) || outcomes_.contains(one.seen.at)) continue;
    const std::string_view request = one.seen.envelope.asked->request;
    open_[key_of(one.seen.at.where, one.seen.envelope.type, request)].push_back(&one.seen);
  }
  std::sort(later.begin(), later.end(),
            [](const Seen* a, const Seen* b) { return a->cause() < b->cause(); });
  for (auto& [key, requests] : open_) {
    std::sort(requests.begin(), requests.end(),
              [](const Seen* a, const Seen* b) { return a->at < b->at; });
  }
  for (const Seen* outcome : later) take_later(*outcome);
}

void Decisions::note_repeats(const KeptRecords& all) {
  std::set<std::string> known;
  std::vector<const Seen*> asked;
  for (const Kept& one : all) {
    if (is_asked(one.seen) && !one.seen.envelope.asked->request.empty()) {
      asked.push_back(&one.seen);
    }
  }
  std::sort(asked.begin(), asked.end(), [](const Seen* a, const Seen* b) { return a->at < b->at; });
  for (const Seen* one : asked) {
    const Asked& by = *one->envelope.asked;
    const std::string key = key_of(one->at.where, 0, by.request).append("/").append(by.by);
    if (!known.insert(key).second) repeats_.insert(one->at);
  }
}

void Decisions::take_own(const KeptRecords& all) {
  absl::flat_hash_map<At, const Seen*> requests;
  for (const Kept& one : all) {
    if (is_asked(one.seen)) requests[one.seen.at] = &one.seen;
  }
  for (const Kept& one : all) {
    const Outcome* outcome = one.seen.outcome();
    if (outcome == nullptr) continue;
    const auto request = requests.find(*one.seen.cause());
    const bool is_its = request != requests.end() &&
                        request->second->envelope.asked->request == outcome->request &&
                        request->second->envelope.type == outcome->asked;
    if (is_its) take(request->first, one.seen);
  }
}

/// The earliest that it fits: requests of one person are decided one after the other.
void Decisions::take_later(const Seen& seen) {
  const Outcome& outcome = *seen.outcome();
  const At cause = *seen.cause();
  const auto open = open_.find(key_of(cause.where, outcome.asked, outcome.request));
  if (open == open_.end()) return;
  for (auto one = open->second.begin(); one != open->second.end(); ++one) {
    if ((*one)->at.offset >= cause.offset || !fits(**one, outcome)) continue;
    take((*one)->at, seen);
    open->second.erase(one);
    return;
  }
}

void Decisions::take(const At& request, const Seen& outcome) {
  outcomes_.insert_or_assign(request, &outcome);
  taken_.insert(outcome.at);
}

const Seen* Decisions::of(const At& request) const {
  const auto found = outcomes_.find(request);
  return found == outcomes_.end() ? nullptr : found->second;
}

}  // namespace jari::timeline
