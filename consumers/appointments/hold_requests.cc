#include "consumers/appointments/hold_requests.h"

#include <algorithm>
#include <limits>

#include "consumers/appointments/booking.h"
#include "consumers/appointments/judge.h"

namespace jari::appointments {
namespace {

/// A hold is never longer than the programme allows, nor than what was left of the session that
/// let it in.
std::int64_t length_of(const settings::ProgrammeRow& programme, const Verdict& verdict,
                       const Place& place) {
  constexpr std::int64_t kLongest = std::numeric_limits<std::uint32_t>::max();
  const std::int64_t whole = std::min(std::int64_t{programme.hold_seconds} * 1000, kLongest);
  return verdict.is_limited ? std::min<std::int64_t>(whole, place.session_left_ms) : whole;
}

}  // namespace

void judge(Desk& desk, const Case& one, const HoldRequested& asked) {
  State& state = desk.state;
  const Wish wish{one.whose, asked.product, one.is_operator() ? asked.overrides : 0,
                  one.is_operator()};
  const Verdict verdict = judge_wish(state, wish, one.place, desk.time());
  Outcome outcome = outcome_in(state, asked.person, asked.programme);
  if (verdict.code != Code::None) {
    outcome.field = verdict.field;
    outcome.opens_at = verdict.opens_at;
    return desk.refuse(one, outcome, verdict.code);
  }
  const PersonProgramme whose{*one.whose.person, *one.whose.programme};
  const settings::ProgrammeRow& programme = *state.programmes.find(whose.programme);
  const std::int64_t length_ms = length_of(programme, verdict, one.place);
  // A programme without a length for holds gives none: it would be over before it is told.
  if (length_ms <= 0) return desk.refuse(one, outcome, Code::HoldExpired);
  if (!desk.has_room(one, asked.site.text)) return desk.refuse(one, outcome, Code::Overloaded);

  const MadeId id = make_id(desk.context.here().partition, one.offset);
  PendingRow row = pending_of(one, whose, programme);
  row.dose = verdict.dose;
  row.hold = state.holds.live_of(whose);
  row.is_limited = verdict.is_limited;
  row.session_ends = one.place.session_ends;
  row.site = asked.site.text;
  row.slot = asked.slot.text;
  row.product = asked.product.text;
  std::string replaced;
  if (!row.hold.empty() && state.text(state.holds.find(row.hold)->site) == asked.site.text) {
    replaced = hold_text(row.hold);
  }
  const std::string id_text = hold_text(id);
  desk.begin(one, asked.person.text);
  state.lines.ask(id, std::move(row));
  desk.emit_to_site(HoldRequested{HoldId{id_text}, asked.person, asked.programme, asked.site,
                                  asked.slot, asked.product, verdict.interval.not_before,
                                  verdict.interval.not_after, static_cast<std::uint32_t>(length_ms),
                                  HoldId{replaced}, wish.overrides});
}

void finish_hold(Desk& desk, MadeId id, const PendingRow& row, const HoldGranted& how) {
  State& state = desk.state;
  Names& names = state.store.names();
  HoldRow made;
  made.person = row.person;
  made.programme = row.programme;
  made.site = names.intern(row.site);
  made.slot = names.intern(row.slot);
  made.product = names.intern(row.product);
  made.dose = row.dose;
  made.ends = desk.time().after(milliseconds{how.length_ms});
  if (row.is_limited) made.ends = std::min(made.ends, row.session_ends);
  const HoldRow* before = state.holds.find(row.hold);
  if (before != nullptr && before->state == HoldState::Live) {
    if (before->site == made.site) {
      state.holds.end(row.hold, HoldState::Released, desk.time());  // in the same step, there
    } else {
      release_hold(desk, row.hold);
    }
  }
  state.holds.begin(id, made);
  const std::string id_text = hold_text(id);
  Outcome outcome = outcome_of(state, row);
  outcome.hold = HoldId{id_text};
  outcome.site = SiteId{row.site};
  outcome.slot = SlotId{row.slot};
  outcome.product = ProductId{row.product};
  outcome.until = desk.time().at(made.ends);
  desk.grant(case_of(desk.state, row), outcome, 201);
  if (row.is_given_back) release_hold(desk, id);
}

void finish_hold(Desk& desk, MadeId, const PendingRow& row, const HoldRefused& why) {
  desk.refuse(case_of(desk.state, row), refusal_of(desk.state, row, why.not_before, why.not_after),
              why.code);
}

void judge(Desk& desk, const Case& one, const HoldReleaseRequested& asked) {
  State& state = desk.state;
  const MadeId id = parse_hold(asked.hold.text).value_or(MadeId{});
  const HoldRow* row = state.holds.find(id);
  Outcome outcome;
  outcome.person = asked.person;
  if (row == nullptr || !may_name(state, one, row->person, asked.person)) {
    return desk.refuse(one, outcome, Code::UnknownHold);
  }
  outcome.person = PersonId{state.text(row->person)};
  outcome.programme = ProgrammeId{state.text(row->programme)};
  outcome.hold = asked.hold;
  if (row->state == HoldState::Live) {
    if (!desk.has_room(one, state.text(row->site))) {
      return desk.refuse(one, outcome, Code::Overloaded);
    }
    release_hold(desk, id);
  }
  desk.grant(one, outcome, 204);
}

void apply(Desk& desk, const HoldEnded& end) {
  const MadeId id = parse_hold(end.hold.text).value_or(MadeId{});
  HoldState how = HoldState::Released;
  if (end.why == HoldEnd::Expired) how = HoldState::Expired;
  if (end.why == HoldEnd::Withdrawn) how = HoldState::Withdrawn;
  desk.state.holds.end(id, how, desk.time());
}

void release_hold(Desk& desk, MadeId hold) {
  State& state = desk.state;
  const HoldRow row = *state.holds.find(hold);
  const std::string id_text = hold_text(hold);
  state.holds.end(hold, HoldState::Released, desk.time());
  desk.emit_to_site(HoldReleaseRequested{HoldId{id_text}, PersonId{state.text(row.person)},
                                         SiteId{state.text(row.site)}});
}

}  // namespace jari::appointments
