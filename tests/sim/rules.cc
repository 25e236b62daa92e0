#include "tests/sim/rules.h"

#include <algorithm>

namespace jari::sim {
namespace {

constexpr milliseconds kDay{24 * 3'600'000};

Day later(Day day, std::int32_t days) {
  return {day.count + days};
}

bool says(const std::string& json, const std::string& name, const std::string& value) {
  return json.find("\"" + name + "\":\"" + value + "\"") != std::string::npos;
}

}  // namespace

Rules::Rules(const Ledger& ledger, const Watch& watch, Moment moment)
    : ledger_(ledger), moment_(moment) {
  for (const auto& [name, told] : ledger.programmes) {
    const std::string& last = told.settings.rbegin()->second;
    programmes_[name] =
        std::get<ProgrammeConfigured>(decode(kTypeOf<ProgrammeConfigured>, bytes_of(last)));
  }
  for (const auto& [id, told] : ledger.appointments) count(id, told, watch);
}

/// Nobody is answered when a withdrawal takes an appointment: `sync` says so.
void Rules::count(const std::string& id, const Ledger::Known& told, const Watch& watch) {
  const Names2 slot{told.site, told.slot};
  const Names2 whose{told.person, told.programme};
  const auto document = watch.documents().find(id);
  const bool is_withdrawn =
      document != watch.documents().end() && says(document->second.json, "state", "cancelled");
  if (told.state == AppointmentState::Cancelled || is_withdrawn) {
    cancelled_.insert(id);
    given_back_.insert(slot);
    const bool is_by_them = told.cancelled_by == CancelledBy::Person;
    if (!is_by_them) lost_.insert(whose);
    return;
  }
  ++places_[slot];
  if (told.state != AppointmentState::Missed) ++doses_[{told.site, told.product}];
  if (told.state == AppointmentState::Booked) booked_[whose].push_back(&told);
}

Rules::Course Rules::course_of(const Names2& whose) const {
  Course course;
  course.may_have_right = lost_.contains(whose);
  const Ledger::Standing& standing = ledger_.standings.at(whose);
  course.last_on = standing.last_dose_on;
  course.last_product = standing.last_product;
  const auto all = booked_.find(whose);
  if (all == booked_.end()) return course;
  std::uint8_t last = 0;
  for (const Ledger::Known* one : all->second) {
    const Instant over = one->starts_at + kDay;
    course.is_open |= moment_.is_near(over) || one->dose == last;
    if (moment_.is_past(over)) continue;
    ++course.active;
    course.last_on = std::max(course.last_on, one->starts_on);
    if (one->dose < last) continue;
    last = one->dose;
    course.last_product = one->product;
  }
  return course;
}

const ProductSettings* Rules::product_of(const ProgrammeConfigured& programme,
                                         const std::string& product) {
  const auto at = std::find_if(programme.products.begin(), programme.products.end(),
                               [&](const auto& one) { return one.product.text == product; });
  return at == programme.products.end() ? nullptr : &*at;
}

Rules::Days Rules::days_of(const ProductSettings& product, Day before) {
  if (!before.is_known()) return {};
  Days days{later(before, product.interval_days_min), {}};
  if (product.interval_days_max != kNoLatestDay) {
    days.last = later(before, product.interval_days_max);
  }
  return days;
}

/// A window of the cohort must be open; where there is a queue it must have let them in.
Rules::Entry Rules::entry(const ProgrammeConfigured& programme, const std::string& cohort,
                          bool is_admitted) const {
  bool is_open = false;
  for (const CohortWindow& window : programme.cohorts) {
    if (window.cohort.text != cohort) continue;
    if (moment_.is_near(window.opens_at) || moment_.is_near(window.closes_at)) return {};
    is_open |= moment_.is_past(window.opens_at) && !moment_.is_past(window.closes_at);
  }
  if (!is_open) return {Code::CohortNotOpen};
  const bool is_in = programme.queue.empty() || is_admitted;
  return {is_in ? Code::None : Code::NotAdmitted, cohort != "old"};
}

Rules::Verdict Rules::booking(const Workload::Wish& wish, bool is_admitted) const {
  const auto settings = programmes_.find(wish.programme);
  if (settings == programmes_.end()) return {Code::UnknownProgramme};
  const ProgrammeConfigured& programme = settings->second;
  const ProductSettings* product = product_of(programme, wish.product);
  if (product == nullptr) return {Code::UnknownProduct};
  const Names2 whose{wish.who, wish.programme};
  const auto standing = ledger_.standings.find(whose);
  if (standing == ledger_.standings.end() || standing->second.cohort.empty()) {
    return {Code::NotEligible};
  }
  const Course course = course_of(whose);
  if (course.is_open || ledger_.attended.contains(wish.who)) return {};
  const std::uint32_t done = standing->second.doses_done;
  const std::uint32_t dose = done + 1 + course.active;
  if (done >= product->doses) return {Code::NotEligible};
  if (course.active >= programme.active_appointments_max) return {Code::AlreadyBooked};
  const bool may_follow =
      course.last_product.empty() || course.last_product == wish.product ||
      std::any_of(product->follows.begin(), product->follows.end(),
                  [&](const ProductId& one) { return one.text == course.last_product; });
  if (dose > product->doses || (dose > 1 && !may_follow)) return {Code::NotEligible};
  const Entry entered = entry(programme, standing->second.cohort, is_admitted);
  if (!entered.code) return {};
  if (*entered.code != Code::None) return {course.may_have_right ? std::nullopt : entered.code};
  Verdict verdict =
      at_site({wish.site, wish.slot}, wish.product, days_of(*product, course.last_on), false);
  if (dose > 1) verdict.shows |= SecondDose;
  if (entered.is_later) verdict.shows |= LaterCohort;
  return verdict;
}

Rules::Verdict Rules::at_site(const Names2& slot, const std::string& product, Days days,
                              bool has_dose) const {
  if (!ledger_.sites.contains(slot.first)) return {Code::UnknownSite};
  const auto at = ledger_.slots.find(slot);
  if (at == ledger_.slots.end()) return {Code::UnknownSlot};
  const Ledger::Slot& told = at->second;
  if (told.is_withdrawn) return {Code::SlotWithdrawn};
  if (moment_.is_near(told.starts_at)) return {};
  if (moment_.is_past(told.starts_at)) return {Code::SlotStarted};
  if (days.first.is_known() && told.starts_on < days.first) return {Code::TooEarlyForNextDose};
  if (days.last.is_known() && told.starts_on > days.last) return {Code::TooLateForNextDose};
  const std::int64_t places = std::int64_t{told.capacity} - count_of(places_, slot);
  if (places <= 0) return {Code::SlotFull};
  const Names2 stock{slot.first, product};
  const auto delivered = ledger_.stocks.find(stock);
  const std::int64_t there = delivered == ledger_.stocks.end() ? 0 : delivered->second.doses;
  const std::int64_t doses = there - count_of(doses_, stock);
  if (doses <= 0 && !has_dose) return {Code::OutOfStock};
  std::uint32_t shows = 0;
  if (places == 1) shows |= LastPlace;
  if (doses <= 1) shows |= doses == 1 ? LastDose : OwnDose;
  if (given_back_.contains(slot)) shows |= PlaceGivenBack;
  if (days.first.is_known() && told.starts_on == days.first) shows |= FirstDay;
  if (days.last.is_known() && told.starts_on == days.last) shows |= LastDay;
  return {Code::None, shows};
}

/// Why somebody may not change it any more; nothing: that is left open.
std::optional<Code> Rules::why_not_active(const std::string& id) const {
  const Ledger::Known& told = ledger_.appointments.at(id);
  if (cancelled_.contains(id) || told.state != AppointmentState::Booked) {
    return Code::AppointmentNotActive;
  }
  if (moment_.is_near(told.starts_at)) return std::nullopt;
  return moment_.is_past(told.starts_at) ? Code::AppointmentNotActive : Code::None;
}

Rules::Verdict Rules::move(const std::string& id, const std::string& site,
                           const std::string& slot) const {
  const Ledger::Known& told = ledger_.appointments.at(id);
  const auto why = why_not_active(id);
  if (!why || *why != Code::None) return {why};
  if (told.site == site && told.slot == slot) return {Code::None};
  const Names2 whose{told.person, told.programme};
  const auto standing = ledger_.standings.find(whose);
  const bool is_plain = standing != ledger_.standings.end() && !standing->second.cohort.empty() &&
                        booked_.at(whose).size() == 1 && !ledger_.attended.contains(told.person);
  const ProductSettings* product = product_of(programmes_.at(told.programme), told.product);
  if (!is_plain || product == nullptr) return {};
  const bool has_before = standing->second.doses_done < told.dose;
  const Day before = has_before ? standing->second.last_dose_on : Day{};
  return at_site({site, slot}, told.product, days_of(*product, before), told.site == site);
}

/// From the second version on people may cancel no later than a day before.
Rules::Verdict Rules::cancel(const std::string& id) const {
  if (cancelled_.contains(id)) return {Code::None};
  const auto why = why_not_active(id);
  if (!why || *why != Code::None) return {why};
  const bool is_late = ledger_.appointments.at(id).starts_at <= moment_.to + kDay;
  if (is_late) return {};
  return {Code::None};
}

Rules::Verdict Rules::ticket(const std::string& queue, const std::string& who) const {
  const auto known = ledger_.queues.find(queue);
  if (known == ledger_.queues.end()) return {Code::UnknownQueue};
  const QueueConfigured& last = known->second.last;
  const bool may_close = last.closes_at.ms != 0;
  const Instant opens_at = last.prequeue ? last.prequeue->opens_at : last.opens_at;
  if (moment_.is_near(opens_at) || (may_close && moment_.is_near(last.closes_at))) return {};
  if (may_close && moment_.is_past(last.closes_at)) return {Code::QueueClosed};
  if (!moment_.is_past(opens_at)) return {Code::QueueNotOpen};
  const auto& tickets = known->second.tickets;
  const bool has_had = std::any_of(tickets.begin(), tickets.end(),
                                   [&](const auto& one) { return one.second == who; });
  if (has_had && !last.rejoin) return {Code::TicketEnded};
  return {Code::None, has_had ? std::uint32_t{AnotherTicket} : 0};
}

std::uint32_t Rules::hold_seconds(const std::string& programme) const {
  const auto at = programmes_.find(programme);
  return at == programmes_.end() ? 0 : at->second.hold_seconds;
}

}  // namespace jari::sim
