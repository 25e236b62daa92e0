#include "tests/consumers/together/contract.h"

#include <algorithm>

namespace jari::together {
namespace {

constexpr std::int64_t kHoldsKeptMs = kDayMs;

bool may(const Ask& ask, Override which) {
  return ask.is_operators && overrides(ask.overrides, which);
}

bool follows(const Product& product, const std::string& name, const std::string& before) {
  return before.empty() || before == name ||
         std::find(product.follows.begin(), product.follows.end(), before) != product.follows.end();
}

std::pair<int, int> days_after(const Product& product, int before) {
  if (before == 0) return {0, 0};
  return {before + product.days_min, product.days_max < 0 ? 0 : before + product.days_max};
}

}  // namespace

bool Contract::is_active(const Booked& one) const {
  return one.state == AppointmentState::Booked && now < one.starts_at + kDayMs;
}

std::vector<const Booked*> Contract::active(const Whose& whose) const {
  std::vector<const Booked*> out;
  for (const auto& [id, one] : appointments) {
    if (one.person == whose.first && one.programme == whose.second && is_active(one)) {
      out.push_back(&one);
    }
  }
  return out;
}

int Contract::doses_done(const Standing& standing) const {
  return standing.done + static_cast<int>(standing.counted.size());
}

std::pair<int, std::string> Contract::last_done(const Standing& standing) const {
  if (standing.counted.empty()) return {standing.last_day, standing.last_product};
  const Booked& last = appointments.at(standing.counted.back());
  return {last.day, last.product};
}

bool Contract::is_inside(const Whose& whose) const {
  const auto at = sessions.find(whose);
  return at != sessions.end() && !at->second.is_over && steady() < at->second.ends;
}

std::size_t Contract::live_rights() const {
  std::size_t live = 0;
  for (const auto& [whose, all] : rights) {
    for (const Right& one : all) live += steady() < one.ends ? 1 : 0;
  }
  return live;
}

const Right* Contract::first_right(const Whose& whose) const {
  const Right* first = nullptr;
  const auto all = rights.find(whose);
  if (all == rights.end()) return nullptr;
  for (const Right& one : all->second) {
    if (steady() < one.ends && (first == nullptr || one.ends < first->ends)) first = &one;
  }
  return first;
}

std::int64_t Contract::taken_places(const Whose& slot) const {
  std::int64_t taken = 0;
  for (const auto& [id, one] : appointments) {
    const bool has = one.state != AppointmentState::Cancelled;
    taken += has && one.site == slot.first && one.slot == slot.second ? 1 : 0;
  }
  for (const auto& [id, one] : holds) {
    taken += !one.over && one.site == slot.first && one.slot == slot.second ? 1 : 0;
  }
  return taken;
}

std::int64_t Contract::taken_doses(const Whose& product) const {
  std::int64_t taken = 0;
  for (const auto& [id, one] : appointments) {
    const bool has =
        one.state == AppointmentState::Booked || one.state == AppointmentState::Attended;
    taken += has && one.site == product.first && one.product == product.second ? 1 : 0;
  }
  for (const auto& [id, one] : holds) {
    taken += !one.over && one.site == product.first && one.product == product.second ? 1 : 0;
  }
  return taken;
}

void Contract::pass() {
  for (auto& [id, one] : holds) {
    if (!one.over && one.over_at <= steady()) end_hold(id, Code::HoldExpired);
  }
}

void Contract::grant(const Whose& whose, const Standing& standing) {
  for (const Id id : standings[whose].counted) appointments.at(id).is_spoken_for = true;
  standings[whose] = standing;
}

void Contract::admit(const Whose& whose, std::uint64_t ticket, std::int64_t length_ms) {
  sessions[whose] = {ticket, steady() + length_ms, false};
}

void Contract::give_back(const Whose& whose, std::uint64_t ticket) {
  const auto at = sessions.find(whose);
  if (at == sessions.end() || at->second.ticket != ticket || at->second.ends <= steady()) return;
  at->second.is_over = true;
  for (auto& [id, one] : holds) {
    const bool is_of_it = one.person == whose.first && !one.over;
    if (is_of_it && programmes.at(one.programme).queue == whose.second) {
      end_hold(id, Code::HoldExpired);
    }
  }
}

Answer Contract::judge_window(const Ask& ask, const Standing& standing) const {
  const Programme& programme = programmes.at(ask.programme);
  const auto windows = programme.windows.find(standing.cohort);
  Answer answer{Code::CohortNotOpen};
  if (windows == programme.windows.end()) return answer;
  for (const auto& [opens, closes] : windows->second) {
    if (opens <= now && now < closes) return {};
    const bool is_next = now < opens && (answer.opens_at == 0 || opens < answer.opens_at);
    if (is_next) answer.opens_at = opens;
  }
  return answer;
}

Answer Contract::judge_person(const Ask& ask) const {
  const auto programme = programmes.find(ask.programme);
  if (programme == programmes.end()) return {Code::UnknownProgramme};
  const auto product = programme->second.products.find(ask.product);
  if (product == programme->second.products.end()) return {Code::UnknownProduct};
  const auto standing = standings.find({ask.person, ask.programme});
  if (standing == standings.end() || standing->second.cohort.empty()) return {Code::NotEligible};
  const auto booked = active({ask.person, ask.programme});
  const int done = doses_done(standing->second);
  const int dose = done + 1 + static_cast<int>(booked.size());
  if (done >= product->second.doses) return {Code::NotEligible};
  if (booked.size() >= programme->second.most) return {Code::AlreadyBooked};
  if (dose > product->second.doses) return {Code::NotEligible};
  std::string before = last_done(standing->second).second;
  int highest = 0;
  for (const Booked* one : booked) {
    if (one->dose >= highest) before = one->product;
    highest = std::max(highest, one->dose);
  }
  if (dose == 2 && !follows(product->second, ask.product, before)) {
    return {Code::NotEligible, "product"};
  }
  if (first_right({ask.person, ask.programme}) != nullptr) return {};
  if (!may(ask, Override::CohortNotOpen)) {
    const Answer window = judge_window(ask, standing->second);
    if (window.code != Code::None) return window;
  }
  const std::string& queue = programme->second.queue;
  const bool needs = !ask.is_operators && !queue.empty();
  return {needs && !is_inside({ask.person, queue}) ? Code::NotAdmitted : Code::None};
}

std::pair<int, int> Contract::days_of_next(const Ask& ask) const {
  const Whose whose{ask.person, ask.programme};
  int last = last_done(standings.at(whose)).first;
  for (const Booked* one : active(whose)) last = std::max(last, one->day);
  return days_after(programmes.at(ask.programme).products.at(ask.product), last);
}

Answer Contract::judge_site(const Ask& ask, std::pair<int, int> days, Own own) const {
  const bool is_site = std::any_of(slots.begin(), slots.end(),
                                   [&](const auto& one) { return one.first.first == ask.site; });
  if (!is_site) return {Code::UnknownSite};
  const auto slot = slots.find({ask.site, ask.slot});
  if (slot == slots.end()) return {Code::UnknownSlot};
  if (slot->second.is_withdrawn) return {Code::SlotWithdrawn};
  if (slot->second.starts_at <= now && !may(ask, Override::SlotStarted)) {
    return {Code::SlotStarted};
  }
  const auto [not_before, not_after] = days;
  if (not_before != 0 && slot->second.day < not_before &&
      !may(ask, Override::TooEarlyForNextDose)) {
    return {Code::TooEarlyForNextDose, {}, not_before, not_after};
  }
  if (not_after != 0 && slot->second.day > not_after && !may(ask, Override::TooLateForNextDose)) {
    return {Code::TooLateForNextDose, {}, not_before, not_after};
  }
  if (!own.place && taken_places(slot->first) >= slot->second.capacity) return {Code::SlotFull};
  const auto doses = stock.find({ask.site, ask.product});
  const bool is_out = doses == stock.end() || taken_doses(doses->first) >= doses->second;
  return {!own.dose && is_out ? Code::OutOfStock : Code::None};
}

Id Contract::live_hold(const Whose& whose) const {
  for (const auto& [id, one] : holds) {
    if (!one.over && one.person == whose.first && one.programme == whose.second) return id;
  }
  return 0;
}

void Contract::end_hold(Id id, Code answers) {
  Held& one = holds.at(id);
  one.over = answers;
  one.over_at = steady();
}

Answer Contract::make(const Ask& ask, Id id) {
  const Whose whose{ask.person, ask.programme};
  const Slot& slot = slots.at({ask.site, ask.slot});
  const int dose = doses_done(standings.at(whose)) + 1 + static_cast<int>(active(whose).size());
  Booked made{ask.person, ask.programme, ask.site, ask.slot, ask.product, dose};
  made.starts_at = slot.starts_at;
  made.day = slot.day;
  appointments[id] = made;
  Answer answer;
  if (const Right* right = first_right(whose); right != nullptr) {
    answer.used_right = true;
    std::erase_if(rights[whose],
                  [lost = right->lost](const Right& one) { return one.lost == lost; });
  }
  if (const Id other = live_hold(whose); other != 0) {
    end_hold(other, Code::HoldExpired);
  }
  const Programme& programme = programmes.at(ask.programme);
  const auto session = sessions.find({ask.person, programme.queue});
  if (session != sessions.end() && active(whose).size() >= programme.most) {
    session->second.is_over = true;
  }
  return answer;
}

Answer Contract::book(const Ask& ask, Id id) {
  Answer answer = judge_person(ask);
  if (answer.code != Code::None) return answer;
  const Id own = live_hold({ask.person, ask.programme});
  const bool uses = own != 0 && holds.at(own).site == ask.site && holds.at(own).slot == ask.slot &&
                    holds.at(own).product == ask.product;
  answer = judge_site(ask, days_of_next(ask), {uses, uses});
  if (answer.code != Code::None) return answer;
  if (uses) end_hold(own, Code::AlreadyBooked);
  return make(ask, id);
}

Answer Contract::hold(const Ask& ask, Id id) {
  Answer answer = judge_person(ask);
  if (answer.code != Code::None) return answer;
  const Whose whose{ask.person, ask.programme};
  const Programme& programme = programmes.at(ask.programme);
  const Id old = live_hold(whose);
  const bool is_here = old != 0 && holds.at(old).site == ask.site;
  const Own own{is_here && holds.at(old).slot == ask.slot,
                is_here && holds.at(old).product == ask.product};
  answer = judge_site(ask, days_of_next(ask), own);
  if (answer.code != Code::None) return answer;
  if (old != 0) end_hold(old, Code::HoldExpired);
  std::int64_t length = programme.hold_ms;
  const Whose session{ask.person, programme.queue};
  const bool by_session = !programme.queue.empty() && first_right(whose) == nullptr;
  if (by_session) length = std::min(length, sessions.at(session).ends - steady());
  holds[id] = {ask.person,  ask.programme,     ask.site,          ask.slot,
               ask.product, steady() + length, steady() + length, {}};
  answer.until = steady() + length;
  return answer;
}

Answer Contract::confirm(const std::string& person, Id hold, Id id) {
  const auto held = holds.find(hold);
  if (held == holds.end() || held->second.person != person) return {Code::UnknownHold};
  Held& one = held->second;
  if (one.over && one.over_at + kHoldsKeptMs <= steady()) return {Code::UnknownHold};
  if (one.over == Code::SlotWithdrawn && one.until <= steady()) return {Code::HoldExpired};
  if (one.over) return {*one.over};
  if (slots.at({one.site, one.slot}).starts_at <= now) return {Code::SlotStarted};
  end_hold(hold, Code::AlreadyBooked);
  return make({person, one.programme, one.site, one.slot, one.product}, id);
}

Answer Contract::release(const std::string& person, Id hold) {
  const auto held = holds.find(hold);
  if (held == holds.end() || held->second.person != person) return {Code::UnknownHold};
  const Held& one = held->second;
  if (one.over && one.over_at + kHoldsKeptMs <= steady()) return {Code::UnknownHold};
  if (!one.over) end_hold(hold, Code::HoldExpired);
  return {};
}

void Contract::cancel_as(Booked& one, Id id, CancelledBy by) {
  one.state = AppointmentState::Cancelled;
  one.by = by;
  ++one.version;
  const std::int64_t length = programmes.at(one.programme).rebook_ms;
  if (by != CancelledBy::Person && length > 0) {
    rights[{one.person, one.programme}].push_back({id, steady() + length});
  }
}

Answer Contract::cancel(const std::string& person, Id id) {
  const auto at = appointments.find(id);
  if (at == appointments.end()) return {Code::UnknownAppointment};
  Booked& one = at->second;
  if (!person.empty() && one.person != person) return {Code::UnknownAppointment};
  if (one.state == AppointmentState::Cancelled) return {};
  if (one.state != AppointmentState::Booked || one.starts_at <= now) {
    return {Code::AppointmentNotActive};
  }
  cancel_as(one, id, person.empty() ? CancelledBy::Operator : CancelledBy::Person);
  return {};
}

std::optional<Answer> Contract::judge_neighbours(const Ask& ask, Id id,
                                                 std::pair<int, int>& days) const {
  const Booked& mine = appointments.at(id);
  const Programme& programme = programmes.at(mine.programme);
  const auto product = programme.products.find(ask.product);
  if (product == programme.products.end()) return Answer{Code::UnknownProduct};
  const Standing& standing = standings.at({mine.person, mine.programme});
  std::pair<int, std::string> before;
  if (doses_done(standing) < mine.dose) before = last_done(standing);
  int highest = 0;
  int not_after = 0;
  bool fits = mine.dose <= product->second.doses;
  for (const auto& [other, one] : appointments) {
    const bool is_theirs = one.person == mine.person && one.programme == mine.programme;
    if (other == id || !is_theirs || !is_active(one)) continue;
    if (one.dose < mine.dose) {
      before = {std::max(before.first, one.day), one.dose >= highest ? one.product : before.second};
      highest = std::max(highest, one.dose);
    }
    if (one.dose <= mine.dose) continue;
    const Product& later = programme.products.at(one.product);
    const int latest = one.day - later.days_min;
    not_after = not_after == 0 ? latest : std::min(not_after, latest);
    fits = fits && follows(later, one.product, ask.product);
  }
  fits = fits && (mine.dose < 2 || follows(product->second, ask.product, before.second));
  if (ask.product != mine.product && !fits) return Answer{Code::NotEligible, "product"};
  days = days_after(product->second, before.first);
  if (not_after != 0 && (days.second == 0 || not_after < days.second)) days.second = not_after;
  return std::nullopt;
}

Answer Contract::move(const Ask& asked, Id id) {
  const auto at = appointments.find(id);
  if (at == appointments.end()) return {Code::UnknownAppointment};
  Booked& one = at->second;
  if (!asked.person.empty() && one.person != asked.person) return {Code::UnknownAppointment};
  if (one.state != AppointmentState::Booked || one.starts_at <= now) {
    return {Code::AppointmentNotActive};
  }
  Ask ask = asked;
  if (ask.product.empty()) ask.product = one.product;
  if (one.site == ask.site && one.slot == ask.slot && one.product == ask.product) return {};
  std::pair<int, int> days;
  if (const auto no = judge_neighbours(ask, id, days)) return *no;
  const bool stays = one.site == ask.site;
  const Own own{stays && one.slot == ask.slot, stays && one.product == ask.product};
  const Answer answer = judge_site(ask, days, own);
  if (answer.code != Code::None) return answer;
  const Slot& slot = slots.at({ask.site, ask.slot});
  one.site = ask.site;
  one.slot = ask.slot;
  one.product = ask.product;
  one.starts_at = slot.starts_at;
  one.day = slot.day;
  ++one.version;
  return {};
}

Answer Contract::attend(Id id, bool attended) {
  const auto at = appointments.find(id);
  if (at == appointments.end()) return {Code::UnknownAppointment};
  Booked& one = at->second;
  if (one.state == AppointmentState::Cancelled) return {Code::AppointmentNotActive};
  if (now < one.starts_at) return {Code::InvalidRequest, "attended"};
  const AppointmentState after = attended ? AppointmentState::Attended : AppointmentState::Missed;
  if (one.state == after) return {};
  auto& counted = standings[{one.person, one.programme}].counted;
  if (!one.is_spoken_for && attended) counted.push_back(id);
  if (!attended) std::erase(counted, id);
  one.state = after;
  ++one.version;
  return {};
}

Answer Contract::publish(const Whose& where, const Slot& said) {
  Slot& slot = slots[where];
  const bool is_moved = slot.starts_at != said.starts_at;
  if (is_moved && taken_places(where) > 0) return {Code::SlotBooked};
  slot = said;
  return {};
}

Answer Contract::withdraw(const Whose& where, bool cancels) {
  const auto at = slots.find(where);
  if (at == slots.end()) return {Code::UnknownSlot};
  std::int64_t booked = taken_places(where);
  for (const auto& [id, one] : holds) {
    booked -= !one.over && one.site == where.first && one.slot == where.second ? 1 : 0;
  }
  if (at->second.is_withdrawn && !(cancels && booked > 0)) return {};
  if (cancels && at->second.starts_at <= now) return {Code::SlotStarted};
  at->second.is_withdrawn = true;
  for (auto& [id, one] : holds) {
    const bool is_in_it = !one.over && one.site == where.first && one.slot == where.second;
    if (is_in_it) end_hold(id, Code::SlotWithdrawn);
  }
  for (auto& [id, one] : appointments) {
    const bool is_in_it = one.site == where.first && one.slot == where.second;
    if (cancels && is_in_it && one.state == AppointmentState::Booked) {
      cancel_as(one, id, CancelledBy::Withdrawal);
    }
  }
  return {};
}

Answer Contract::change_stock(const Whose& product, std::int64_t doses, bool is_lost) {
  const auto known = stock.find(product);
  const std::int64_t after = (known == stock.end() ? 0 : known->second) + doses;
  const bool is_below = doses < 0 && after < taken_doses(product) && !is_lost;
  if (is_below) return {Code::BelowBooked};
  if (after < 0) return {Code::InvalidRequest, "doses"};
  stock[product] = after;
  return {};
}

}  // namespace jari::together
