// consumers/appointments/doses.h — which dose an appointment is, of which product it may be, and
// between which days it must lie.
//
// Counts days between dates; whether a slot's date lies within is judged by the site's partition.
//
// Units:   Day; an unknown Day is no bound.
// Errors:  none.
// Threads: pure.
#pragma once

#include "consumers/appointments/state.h"

namespace jari::appointments {

/// What is known of a person's doses in a programme, done and booked.
struct Doses {
  std::uint32_t done = 0;
  std::uint32_t active = 0;  // appointments
  Day last_on;               // the latest date, done or booked
  Name last_product;         // of the dose before the next
  [[nodiscard]] std::uint32_t next() const { return done + 1 + active; }
};
[[nodiscard]] Doses doses_of(const State& state, PersonProgramme whose, Instant now);

struct Interval {
  Day not_before;
  Day not_after;
};
/// The days of a dose of `product` that comes after one on `before`.
[[nodiscard]] Interval interval_after(const settings::ProductRow& product, Day before);

/// Whether `product` may be dose number `dose` after one of `before` (empty: not known).
[[nodiscard]] bool fits(const settings::ProductRow& product, std::uint32_t dose, Name before);

/// What a reschedule of `row` (appointment `id`) must keep to: `product` is the new one.
struct Neighbours {
  Interval interval;
  bool fits = true;  // the product, between the dose before and the one after
};
[[nodiscard]] Neighbours neighbours_of(const State& state, MadeId id, const AppointmentRow& row,
                                       const settings::ProgrammeRow& programme, Name product,
                                       Instant now);

}  // namespace jari::appointments
