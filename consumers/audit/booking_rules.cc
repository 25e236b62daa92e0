#include "consumers/audit/booking_rules.h"

#include <algorithm>

namespace jari::audit {
namespace {

constexpr std::int64_t kActiveAfterStartMs = 86'400'000;

template <class Id>
std::string str(const Id& id) {
  return std::string(id.text);
}

}  // namespace

void BookingRules::look(const Seen& seen) {
  if (seen.at.where.topic == kSyncTopic) return look_at_rows(seen);
  look_for_unsettled(seen);
  if (seen.at.where.topic != kBookingsTopic) return;
  if (seen.is_applied) {
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { this->apply(seen, one); }) apply(seen, one);
        },
        seen.body);
  }
  look_at_documents(seen);
}

void BookingRules::apply(const Seen& seen, const Admitted& admission) {
  Session& session = sessions_[{str(admission.person), str(admission.queue)}];
  if (session.ticket >= admission.ticket) return;
  const std::int64_t ends = seen.time.steady_ms() + std::int64_t{admission.session_seconds} * 1000;
  session = {admission.ticket, ends, false};
}

void BookingRules::apply(const Seen&, const AdmissionEnded& end) {
  const auto at = sessions_.find({str(end.person), str(end.queue)});
  if (at != sessions_.end() && at->second.ticket == end.ticket) at->second.is_over = true;
}

void BookingRules::apply(const Seen& seen, const ProgrammeConfigured& settings) {
  const std::string name = str(settings.programme);
  programmes_[{seen.at.where, name}] = {str(settings.queue), settings.active_appointments_max,
                                        settings.version};
  active_max_[{name, settings.version}] = settings.active_appointments_max;
}

void BookingRules::apply(const Seen& seen, const BookingRequested& asked) {
  remember(seen,
           {str(asked.person), str(asked.programme), str(asked.hold), {}, {}, asked.overrides});
}
void BookingRules::apply(const Seen& seen, const HoldRequested& asked) {
  remember(seen, {str(asked.person), str(asked.programme), {}, {}, {}, asked.overrides});
}

void BookingRules::remember(const Seen& seen, Ask ask) {
  if (!seen.is_request() || !seen.envelope.asked) return;
  ask.is_operators = seen.envelope.asked->role == Role::Operator;
  ask.by = seen.envelope.asked->by;
  ask.reason = seen.envelope.asked->reason;
  ask.at_ms = seen.time.steady_ms();
  if (const Programme* known = programme(seen.at.where, ask.programme); known != nullptr) {
    ask.needed_admission = !known->queue.empty();
    const auto at = sessions_.find({ask.person, known->queue});
    ask.was_admitted =
        at != sessions_.end() && !at->second.is_over && at->second.ends_ms > seen.time.steady_ms();
  }
  asks_[make_id(seen.at.where.partition, seen.at.offset).number] = std::move(ask);
}

void BookingRules::apply(const Seen& seen, const HoldGranted& granted) {
  const auto id = parse_hold(granted.hold.text);
  const Ask* ask = id ? ask_of(*id) : nullptr;
  holds_.insert(str(granted.hold));
  const Whose whose{str(granted.person), ask == nullptr ? std::string{} : ask->programme};
  check_right(seen, ask, whose, false, "hold " + str(granted.hold));
}

void BookingRules::look_at_documents(const Seen& seen) {
  const auto* documents = desk_.facts.documents_of(seen.at);
  if (documents == nullptr) return;
  for (const Document& document : *documents) {
    const bool is_new = !documents_.contains(document.appointment);
    const bool was_booked = !is_new && documents_[document.appointment].state == "booked";
    documents_[document.appointment] = document;
    if (is_new && document.state == "booked") booked(seen, document);
    if (was_booked && document.state == "cancelled") lost(seen, document);
  }
}

void BookingRules::lost(const Seen& seen, const Document& document) {
  if (document.rebook_until.ms == 0) return;
  rights_[{document.person, document.programme}].insert(document.rebook_until.ms -
                                                        seen.time.outages_ms);
}

void BookingRules::booked(const Seen& seen, const Document& document) {
  const auto id = parse_appointment(document.appointment);
  const Ask* ask = id ? ask_of(*id) : nullptr;
  const Whose whose{document.person, document.programme};
  appointments_[whose].insert(document.appointment);
  bool used_right = false;
  if (const auto* outcomes = desk_.facts.outcomes_of(seen.at); outcomes != nullptr) {
    used_right = outcomes->front().used_rebook_right;
  }
  check_right(seen, ask, whose, used_right, "appointment " + document.appointment);
  check_active(seen, document, ask);
  const Programme* known = programme(seen.at.where, document.programme);
  if (known == nullptr || active_of(whose, seen.time) < known->active_max) return;
  const auto session = sessions_.find({document.person, known->queue});
  if (session != sessions_.end()) session->second.is_over = true;
}

// The settings that held when it was judged: as its outcome, and its hold's, name them.
void BookingRules::check_active(const Seen& seen, const Document& document, const Ask* ask) {
  const Programme* known = programme(seen.at.where, document.programme);
  std::uint32_t most = known == nullptr ? 0 : known->active_max;
  const auto consider = [&](std::uint32_t version) {
    const auto at = active_max_.find({document.programme, version});
    if (at != active_max_.end()) most = std::max(most, at->second);
  };
  if (const auto* outcomes = desk_.facts.outcomes_of(seen.at); outcomes != nullptr) {
    consider(outcomes->front().programme_version);
  }
  if (ask != nullptr && !ask->hold.empty()) consider(desk_.facts.version_of_hold(ask->hold));
  const std::uint32_t active = active_of({document.person, document.programme}, seen.time);
  desk_.expect(active <= most, Rule::I2, seen.at,
               "person " + document.person + " has " + std::to_string(active) +
                   " active appointments in programme " + document.programme + ", which allows " +
                   std::to_string(most));
}

void BookingRules::check_right(const Seen& seen, const Ask* ask, const Whose& whose,
                               bool used_right, const std::string& what) {
  const bool is_theirs = ask != nullptr && ask->person == whose.first;
  desk_.expect(is_theirs, Rule::I3, seen.at, what + " was granted and nobody asked for it");
  if (!is_theirs) return;
  if (used_right) {
    desk_.expect(take_right(whose, ask->at_ms, true), Rule::I3, seen.at,
                 what + " used a right to rebook that was not there");
  }
  if (ask->is_operators) {
    desk_.expect(!ask->by.empty() && !ask->reason.empty(), Rule::I3, seen.at,
                 what + " was granted to an operator without name and reason");
    desk_.report.note(
        "operator " + ask->by + " made " + what + " for " + whose.first + ": " + ask->reason +
        (ask->overrides == 0 ? "" : " (overrides " + std::to_string(ask->overrides) + ")"));
    return;
  }
  if (!ask->hold.empty()) {
    desk_.expect(holds_.contains(ask->hold), Rule::I3, seen.at,
                 what + " came of a hold that was never granted");
    return;
  }
  const Programme* known = programme(seen.at.where, whose.second);
  const bool is_needed = known != nullptr && !known->queue.empty() && ask->needed_admission;
  const bool may =
      !is_needed || ask->was_admitted || used_right || take_right(whose, ask->at_ms, false);
  desk_.expect(may, Rule::I3, seen.at,
               what + " was granted without an admission, a right to rebook or an operator");
}

// The one that ends first is used first; what had run out when it was asked for is none.
bool BookingRules::take_right(const Whose& whose, std::int64_t since_ms, bool uses_up) {
  auto& ends = rights_[whose];
  const auto at = ends.upper_bound(since_ms);
  if (at == ends.end()) return false;
  if (uses_up) ends.erase(at);
  return true;
}

const BookingRules::Ask* BookingRules::ask_of(MadeId id) const {
  const auto at = asks_.find(id.number);
  return at == asks_.end() ? nullptr : &at->second;
}

const BookingRules::Programme* BookingRules::programme(PartitionRef where,
                                                       const std::string& name) const {
  const auto at = programmes_.find({where, name});
  return at == programmes_.end() ? nullptr : &at->second;
}

std::uint32_t BookingRules::active_of(const Whose& whose, const Moment& time) const {
  const auto all = appointments_.find(whose);
  if (all == appointments_.end()) return 0;
  return static_cast<std::uint32_t>(
      std::count_if(all->second.begin(), all->second.end(), [&](const std::string& id) {
        const Document& document = documents_.at(id);
        return document.state == "booked" &&
               time.now.ms < document.starts_at.ms + kActiveAfterStartMs;
      }));
}

// A document that was asked for again stands twice with one version.
void BookingRules::look_at_rows(const Seen& seen) {
  if (!seen.is_applied || !seen.envelope.stream) return;
  const auto* documents =
      desk_.facts.documents_of({seen.envelope.stream->source, seen.envelope.stream->cause});
  if (documents == nullptr) return;
  for (const Document& document : *documents) {
    if (!(document.row == seen.at)) continue;
    const auto before = rows_.find(document.appointment);
    const std::uint32_t version = before == rows_.end() ? 0 : before->second.document.version;
    const bool is_again = version != 0 && document.version == version &&
                          document.state == before->second.document.state;
    desk_.expect(document.version == version + 1 || is_again, Rule::I7, seen.at,
                 "appointment " + document.appointment + " has version " +
                     std::to_string(document.version) + " after version " +
                     std::to_string(version));
    rows_[document.appointment] = {document, seen.at};
  }
}

// What stands after the last record that was surely applied may have effects still to come.
void BookingRules::look_for_unsettled(const Seen& seen) {
  if (seen.at.offset <= desk_.facts.applied(seen.at.where)) return;
  std::visit(
      [&](const auto& one) {
        if constexpr (requires { one.appointment.text; }) {
          unsettled_.insert(str(one.appointment));
        }
      },
      seen.body);
}

void BookingRules::finish(const SiteRules& sites) {
  for (const auto& [id, standing] : rows_) {
    if (unsettled_.contains(id)) continue;
    const Document& document = standing.document;
    const Booked* booked = sites.booked(id, document.site);
    const bool is_cancelled = document.state == "cancelled";
    const bool is_untold = sites.is_untold(id, document.site);
    const bool has_dose = document.state != "missed";
    const bool agrees = booked == nullptr ? is_cancelled || is_untold
                                          : !is_cancelled && booked->slot == document.slot &&
                                                booked->has_dose == has_dose &&
                                                booked->product == document.product;
    desk_.expect(
        agrees, Rule::I7, standing.row,
        "appointment " + id + " is " + document.state + " in sync, and its site has " +
            (booked == nullptr ? "no place for it" : "a place for it in slot " + booked->slot));
  }
  for (const auto& [key, booked] : sites.all_booked()) {
    if (unsettled_.contains(key.first)) continue;
    const auto row = rows_.find(key.first);
    const bool is_known = row != rows_.end() && row->second.document.site == key.second;
    desk_.expect(
        is_known, Rule::I7, row == rows_.end() ? At{{kSyncTopic, 0}, 0} : row->second.row,
        "site " + key.second + " has a place for appointment " + key.first + ", and sync does not");
  }
}

}  // namespace jari::audit
