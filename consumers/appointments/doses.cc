#include "consumers/appointments/doses.h"

#include <algorithm>
#include <limits>

namespace jari::appointments {
namespace {

/// Some days later (or earlier): never out of the range of a Day.
Day moved(Day day, std::int64_t days) {
  using Count = std::numeric_limits<decltype(day.count)>;
  const std::int64_t to = std::clamp<std::int64_t>(day.count + days, Count::min(), Count::max());
  return Day{static_cast<std::int32_t>(to)};
}

Day earlier(Day a, Day b) {
  if (!a.is_known()) return b;
  return b.is_known() ? std::min(a, b) : a;
}

}  // namespace

Doses doses_of(const State& state, PersonProgramme whose, Instant now) {
  Doses doses;
  if (const EligibilityRow* row = state.eligibility.find(whose); row != nullptr) {
    doses.done = row->doses_done;
    doses.last_on = row->last_dose_on;
    doses.last_product = row->last_product;
  }
  std::uint32_t dose_before = 0;
  state.appointments.for_each_booked(whose.person, [&](MadeId, const AppointmentRow& row) {
    if (!(row.programme == whose.programme) || !is_active(row, now)) return true;
    ++doses.active;
    doses.last_on = std::max(doses.last_on, row.starts_on);
    if (row.dose >= dose_before) {
      dose_before = row.dose;
      doses.last_product = row.product;
    }
    return true;
  });
  return doses;
}

Interval interval_after(const settings::ProductRow& product, Day before) {
  if (!before.is_known()) return {};
  Interval interval{moved(before, product.interval_days_min), Day{}};
  if (product.interval_days_max != kNoLatestDay) {
    interval.not_after = moved(before, product.interval_days_max);
  }
  return interval;
}

bool fits(const settings::ProductRow& product, std::uint32_t dose, Name before) {
  if (dose > product.doses) return false;
  return dose < 2 || before.empty() || settings::may_follow(product, before);
}

Neighbours neighbours_of(const State& state, MadeId id, const AppointmentRow& row,
                         const settings::ProgrammeRow& programme, Name product, Instant now) {
  const PersonProgramme whose{row.person, row.programme};
  Day before;
  Name before_product;
  if (const auto* known = state.eligibility.find(whose); known && known->doses_done < row.dose) {
    before = known->last_dose_on;
    before_product = known->last_product;
  }
  Neighbours out;
  Day not_after;
  std::uint32_t dose_before = 0;
  state.appointments.for_each_booked(row.person, [&](MadeId other, const AppointmentRow& one) {
    if (other == id || !(one.programme == row.programme) || !is_active(one, now)) return true;
    if (one.dose < row.dose) {
      before = std::max(before, one.starts_on);
      if (one.dose >= dose_before) before_product = one.product;
      dose_before = std::max<std::uint32_t>(dose_before, one.dose);
    }
    if (one.dose <= row.dose) return true;
    const settings::ProductRow* later = settings::product_of(programme, one.product);
    const std::int32_t minimum = later == nullptr ? 0 : later->interval_days_min;
    not_after = earlier(not_after, moved(one.starts_on, -std::int64_t{minimum}));
    out.fits = out.fits && (later == nullptr || fits(*later, one.dose, product));
    return true;
  });
  const settings::ProductRow* its = settings::product_of(programme, product);
  if (its != nullptr) {
    out.interval = interval_after(*its, before);
    out.fits = out.fits && fits(*its, row.dose, before_product);
  }
  out.interval.not_after = earlier(out.interval.not_after, not_after);
  return out;
}

}  // namespace jari::appointments
