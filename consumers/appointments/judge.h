// consumers/appointments/judge.h — may this person book this product of this programme, as far as
// their own partition can say: the order of refusals of a booking and of a hold.
//
// Changes nothing. What only the site knows (places, doses, dates) is judged there.
//
// Units:   Instant is log time.
// Errors:  a refusal is a Verdict with its code.
// Threads: pure.
#pragma once

#include "consumers/appointments/desk.h"
#include "consumers/appointments/doses.h"

namespace jari::appointments {

/// What held for a person and a programme at `now`, where a request for them stands in the log.
[[nodiscard]] Place place_of(const State& state, const KnownAs& whose, const LogTime& now);

struct Wish {
  KnownAs whose;
  ProductId product;
  std::uint32_t overrides = 0;  // an operator's
  bool is_operators = false;    // needs no admission
};

struct Verdict {
  Code code = Code::None;
  std::string_view field;
  Instant opens_at;
  std::uint8_t dose = 0;
  Interval interval;
  MadeId right;             // live now: the next granted booking uses it up
  bool is_limited = false;  // by the session that let it in
};

/// `place` is of the request, `now` is when its turn has come.
[[nodiscard]] Verdict judge_wish(const State& state, const Wish& wish, const Place& place,
                                 const LogTime& now);

/// Who has all the appointments they may have is told so, and not that one more would be a dose too
/// many.
[[nodiscard]] inline bool has_all_allowed(const Doses& doses,
                                          const settings::ProgrammeRow& programme) {
  return doses.active >= programme.active_appointments_max;
}

/// The refusals after already-booked: cohort-not-open, not-admitted.
[[nodiscard]] Verdict judge_entry(const State& state, PersonProgramme whose,
                                  const settings::ProgrammeRow& programme, const Wish& wish,
                                  const Place& place, const LogTime& now);

}  // namespace jari::appointments
