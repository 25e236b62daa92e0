#include "consumers/audit/booking_rules.h"

#include <algorithm>

namespace jari::audit {
namespace {

std::string text_of_overrides(std::uint32_t bits) {
  std::string text;
  const auto add = [&](Override which, Code code) {
    if (overrides(bits, which)) text.append(text.empty() ? "" : ", ").append(to_text(code));
  };
  add(Override::CohortNotOpen, Code::CohortNotOpen);
  add(Override::TooEarlyForNextDose, Code::TooEarlyForNextDose);
  add(Override::TooLateForNextDose, Code::TooLateForNextDose);
  add(Override::SlotStarted, Code::SlotStarted);
  return text;
}

}  // namespace

void BookingRules::look(const Seen& seen) {
  if (seen.at.where.topic != kBookingsTopic) return;
  if (seen.is_applied) apply_body(*this, seen);
  if (!seen.caused->empty()) {
    sync_.look(seen, [&](const SyncRules::Change& change) { look_at_change(seen, change); });
    for_each<Said>(*seen.caused, [&](const Said& said, const At&) { look_at_outcome(seen, said); });
    for_each<Wish>(*seen.caused, [&](const Wish& wish, const At&) { judge(seen, wish); });
    for_each<Released>(*seen.caused,
                       [&](const Released& one, const At&) { holds_.erase(one.hold); });
  }
  check_ends(seen);
  clean();
}

/// What nobody waits for any more has been decided.
void BookingRules::clean() {
  for (const Names2& whose : touched_) {
    const auto line = lines_.find(whose);
    if (line != lines_.end() && !line->second.is_pending) lines_.erase(line);
  }
  touched_.clear();
}

void BookingRules::apply(const Seen& seen, const Admitted& admission) {
  Session& session = sessions_[{seen.ids.person, seen.ids.queue}];
  if (session.ticket >= admission.ticket) return;
  const std::int64_t ends = seen.time.steady_ms() + std::int64_t{admission.session_seconds} * 1000;
  session = {admission.ticket, ends, false};
}

void BookingRules::apply(const Seen& seen, const AdmissionEnded& end) {
  const auto at = sessions_.find(Names2{seen.ids.person, seen.ids.queue});
  if (at != sessions_.end() && at->second.ticket == end.ticket) at->second.is_over = true;
}

void BookingRules::apply(const Seen& seen, const ProgrammeConfigured& settings) {
  Programme& known = programmes_[{seen.at.where, seen.ids.programme}];
  desk_.expect(settings.version == known.version + 1, Rule::I8, seen.at, [&] {
    return "version " + std::to_string(settings.version) + " of programme " +
           std::string(settings.programme.text) + " after version " + std::to_string(known.version);
  });
  known = {seen.ids.queue,
           settings.active_appointments_max,
           settings.rebook_seconds,
           settings.version,
           {}};
  for (std::size_t i = 0; i < settings.cohorts.size(); ++i) {
    const CohortWindow& one = settings.cohorts[i];
    known.windows.push_back({(*seen.cohorts)[i], one.opens_at, one.closes_at});
  }
}

void BookingRules::apply(const Seen& seen, const EligibilityGranted&) {
  if (!seen.is_request()) return;
  const Names2 whose{seen.ids.person, seen.ids.programme};
  lines_[whose].grants.emplace_back(seen.request_hash, seen.ids.cohort);
  touched_.push_back(whose);
}

/// Of a hold, granted or asked for; 0: it was neither.
Name BookingRules::programme_of(Made hold) const {
  if (const auto known = holds_.find(hold); known != holds_.end()) {
    return known->second.whose.second;
  }
  const auto pending = pending_.find(std::pair{hold, true});
  return pending == pending_.end() ? 0 : pending->second.second;
}

void BookingRules::apply(const Seen& seen, const BookingRequested& asked) {
  Ask ask;
  ask.hold = seen.ids.hold;
  ask.overrides = asked.overrides;
  ask.site = seen.ids.site;
  ask.slot = seen.ids.slot;
  ask.product = asked.product.text;
  Names2 whose{seen.ids.person, seen.ids.programme};
  if (ask.hold != 0) whose.second = programme_of(ask.hold);
  remember(seen, whose, std::move(ask));
}

void BookingRules::apply(const Seen& seen, const HoldRequested& asked) {
  Ask ask;
  ask.overrides = asked.overrides;
  ask.site = seen.ids.site;
  ask.slot = seen.ids.slot;
  ask.product = asked.product.text;
  remember(seen, {seen.ids.person, seen.ids.programme}, std::move(ask));
}

void BookingRules::apply(const Seen& seen, const RescheduleRequested& asked) {
  const Document* known = sync_.find(seen.ids.appointment);
  if (known == nullptr) return;
  Ask ask;
  ask.overrides = asked.overrides;
  ask.site = seen.ids.site;
  ask.slot = seen.ids.slot;
  ask.product = asked.product.text;
  remember(seen, {known->person, known->programme}, std::move(ask));
}

void BookingRules::remember(const Seen& seen, const Names2& whose, Ask ask) {
  if (!seen.is_request() || !seen.asked) return;
  ask.made = make_id(seen.at.where.partition, seen.at.offset).number;
  ask.request = seen.request_hash;
  ask.type = seen.type;
  ask.at = seen.at;
  ask.asked_at = seen.time.now;
  ask.is_operators = seen.asked->role == Role::Operator;
  if (ask.is_operators) {
    ask.by = seen.asked->by;
    ask.reason = seen.asked->reason;
  }
  if (const Programme* known = programme(seen, whose.second); known != nullptr) {
    const auto session = sessions_.find(Names2{whose.first, known->queue});
    ask.was_admitted = known->queue != 0 && session != sessions_.end() &&
                       !session->second.is_over && session->second.ends_ms > seen.time.steady_ms();
    const auto cohort = eligible_.find(whose);
    ask.was_eligible = cohort != eligible_.end();
    if (ask.was_eligible) {
      ask.cohort = cohort->second;
      ask.window_open = is_open(*known, ask.cohort, seen.time.now);
    }
  }
  lines_[whose].asks.push_back(std::move(ask));
  touched_.push_back(whose);
}

void BookingRules::answered(Made what, bool is_of_hold) {
  const auto at = pending_.find(std::pair{what, is_of_hold});
  if (at == pending_.end()) return;
  touched_.push_back(at->second);
  lines_[at->second].is_pending = false;
  pending_.erase(at);
}

void BookingRules::apply(const Seen& seen, const ReservationGranted&) {
  answered(seen.ids.appointment, false);
}
void BookingRules::apply(const Seen& seen, const ReservationRefused&) {
  answered(seen.ids.appointment, false);
}
void BookingRules::apply(const Seen& seen, const HoldRefused&) {
  answered(seen.ids.hold, true);
}
void BookingRules::apply(const Seen& seen, const HoldEnded&) {
  holds_.erase(seen.ids.hold);
}

void BookingRules::apply(const Seen& seen, const HoldGranted& yes) {
  const Made made = seen.ids.hold;
  const auto pending = pending_.find(std::pair{made, true});
  const Ask* ask = pending == pending_.end() ? nullptr : ask_of(pending->second, made);
  const auto what = [&] { return "hold " + std::string(yes.hold.text); };
  const bool is_theirs = ask != nullptr && pending->second.first == seen.ids.person;
  desk_.expect(is_theirs, Rule::I3, seen.at,
               [&] { return what() + " was granted and nobody asked for it"; });
  if (!is_theirs) return;
  desk_.expect(ask->problem == "", Rule::I3, seen.at,
               [&] { return what() + " was granted " + ask->problem.value_or(kUnjudged); });
  holds_.erase(ask->uses);
  holds_[made] = {pending->second, ask->active_max};
  answered(made, true);
}

// Judged where it takes its turn, by the admission and the window of when it was asked for.
void BookingRules::judge(const Seen& seen, const Wish& wish) {
  Names2 whose{wish.person, wish.programme};
  const auto hold = holds_.find(wish.hold);
  const bool is_by_hold = wish.type == kTypeOf<HoldConfirmed>;
  if (is_by_hold) whose.second = programme_of(wish.hold);
  pending_[{wish.what, wish.type == kTypeOf<HoldRequested>}] = whose;
  lines_[whose].is_pending = true;
  touched_.push_back(whose);
  Ask* ask = ask_of(whose, wish.what);
  if (ask == nullptr) return;  // a reschedule; or nobody's, which its grant will show
  const Programme* settings = programme(seen, whose.second);
  ask->uses = wish.hold;
  ask->active_max = settings == nullptr ? 0 : settings->active_max;
  if (is_by_hold && hold != holds_.end()) {
    ask->active_max = std::max(ask->active_max, hold->second.active_max);
  }
  if (const auto rights = rights_.find(whose); rights != rights_.end()) {
    for (const std::int64_t end : rights->second) {
      if (end > seen.time.steady_ms() && !ask->right) ask->right = end;
    }
  }
  ask->problem = problem_of(seen, wish, whose, *ask);
}

std::string BookingRules::problem_of(const Seen& seen, const Wish& wish, const Names2& whose,
                                     const Ask& ask) const {
  if (ask.is_operators && (ask.by.empty() || ask.reason.empty())) {
    return "to an operator without name and reason";
  }
  if (ask.hold != 0) {
    const auto hold = holds_.find(ask.hold);
    const bool is_theirs = hold != holds_.end() && hold->second.whose == whose;
    return is_theirs && wish.hold == ask.hold ? "" : "by a hold that was never granted to them";
  }
  const Programme* settings = programme(seen, whose.second);
  if (settings == nullptr) return "in a programme that was never set up";
  const bool is_it = wish.site == ask.site && wish.slot == ask.slot &&
                     desk_.names.text(wish.product) == ask.product;
  if (!is_it) return "for another slot or product than was asked for";
  const auto cohort = eligible_.find(whose);
  if (cohort == eligible_.end()) return "to who is not eligible";
  const bool may_any_time = ask.right || overrides(ask.overrides, Override::CohortNotOpen);
  if (!may_any_time && !is_window_open(*settings, cohort->second, ask)) {
    return "while the window of cohort " + desk_.names.text(cohort->second) + " was closed";
  }
  const bool is_needed = settings->queue != 0 && !ask.right && !ask.is_operators;
  if (is_needed && !ask.was_admitted) {
    return "without an admission, a right to rebook or an operator";
  }
  return "";
}

bool BookingRules::is_open(const Programme& settings, Name cohort, Instant at) {
  return std::any_of(settings.windows.begin(), settings.windows.end(), [&](const Window& one) {
    return one.cohort == cohort && one.opens_at <= at && at < one.closes_at;
  });
}

bool BookingRules::is_window_open(const Programme& settings, Name cohort, const Ask& ask) const {
  if (ask.was_eligible && ask.cohort == cohort) return ask.window_open;
  return is_open(settings, cohort, ask.asked_at);
}

void BookingRules::look_at_outcome(const Seen& seen, const Said& said) {
  if (said.decision != Decision::Granted) return;
  const Names2 whose{said.person, said.programme};
  if (said.asked == kTypeOf<EligibilityRevoked>) eligible_.erase(whose);
  const auto line = lines_.find(whose);
  if (line == lines_.end()) return;
  if (said.asked == kTypeOf<EligibilityGranted>) {
    for (const auto& [request, cohort] : line->second.grants) {
      if (request == said.request) eligible_[whose] = cohort;
    }
  }
  // Of one that was asked again while it waited, the ask that this came of.
  const Made made = said.asked == kTypeOf<BookingRequested> ? said.appointment : said.hold;
  for (const Ask& ask : line->second.asks) {
    if (ask.request != said.request || ask.type != said.asked) continue;
    if (made != 0 && ask.made != made) continue;
    const bool uses_right = said.asked == kTypeOf<BookingRequested> && ask.right.has_value();
    desk_.expect(said.used_rebook_right == uses_right, Rule::I3, seen.at, [&] {
      return uses_right ? "a booking by a right to rebook did not use it up"
                        : "a booking used a right to rebook that was not there";
    });
    if (ask.is_operators) list(ask, whose);
    if (!uses_right) continue;
    auto& ends = rights_[whose];
    const auto used = std::find(ends.begin(), ends.end(), *ask.right);
    if (used != ends.end()) ends.erase(used);
  }
}

void BookingRules::list(const Ask& ask, const Names2& whose) {
  const std::string overridden = text_of_overrides(ask.overrides);
  if (ask.type == kTypeOf<RescheduleRequested> && overridden.empty()) return;
  std::string what = ask.type == kTypeOf<HoldRequested>      ? "held "
                     : ask.type == kTypeOf<BookingRequested> ? "booked "
                                                             : "moved to ";
  what += ask.hold != 0
              ? "hold " + hold_text(MadeId{ask.hold})
              : "slot " + desk_.names.text(ask.slot) + " of site " + desk_.names.text(ask.site);
  what += " for " + desk_.names.text(whose.first);
  if (!overridden.empty()) what += ", against " + overridden;
  desk_.report.list({overridden.empty() ? Kind::Booking : Kind::Override, ask.at, ask.by,
                     ask.reason, std::move(what)});
}

BookingRules::Ask* BookingRules::ask_of(const Names2& whose, Made made) {
  const auto line = lines_.find(whose);
  if (line == lines_.end()) return nullptr;
  for (Ask& ask : line->second.asks) {
    if (ask.made == made && ask.type != kTypeOf<RescheduleRequested>) return &ask;
  }
  return nullptr;
}

const BookingRules::Programme* BookingRules::programme(const Seen& seen, Name name) const {
  return programme(seen.at.where, name);
}

const BookingRules::Programme* BookingRules::programme(PartitionRef where, Name name) const {
  const auto at = programmes_.find({where, name});
  return at == programmes_.end() ? nullptr : &at->second;
}

std::uint32_t BookingRules::version_of(PartitionRef where, Name name) const {
  const Programme* known = programme(where, name);
  return known == nullptr ? 0 : known->version;
}

Name BookingRules::holder_of(Made hold) const {
  const auto known = holds_.find(hold);
  return known == holds_.end() ? 0 : known->second.whose.first;
}

std::optional<std::int64_t> BookingRules::session_end(PartitionRef where,
                                                      const Names2& whose) const {
  const Programme* settings = programme(where, whose.second);
  if (settings == nullptr || settings->queue == 0) return std::nullopt;
  const auto session = sessions_.find(Names2{whose.first, settings->queue});
  if (session == sessions_.end()) return std::nullopt;
  return session->second.ends_ms;
}

}  // namespace jari::audit
