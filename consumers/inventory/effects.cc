#include "consumers/inventory/effects.h"

namespace jari::inventory {

/// Where somebody wants to be, and when at the earliest and latest.
struct Effects::Wish {
  SiteId site;
  SlotId slot;
  Day not_before;
  Day not_after;
  std::uint32_t overrides = 0;
};

/// What stands against it, but for room; the slot where there is one.
struct Effects::Verdict {
  Code code = Code::None;
  SlotKey slot;
};

/// What the one who asks has already of what is asked for.
struct Effects::Own {
  bool has_place = false;
  bool has_dose = false;
  MadeId hold;  // that turns into the appointment
};

namespace {

bool is_about_interval(Code code) {
  return code == Code::TooEarlyForNextDose || code == Code::TooLateForNextDose;
}

template <class Refused, class Ask>
Refused refused(const Ask& ask, Refused no, Code code) {
  no.person = ask.person;
  no.code = code;
  if (is_about_interval(code)) {
    no.not_before = ask.not_before;
    no.not_after = ask.not_after;
  }
  return no;
}

}  // namespace

template <class Ask>
void Effects::decided(Code code, Context& context) {
  context.count("decisions", decision_label(kTypeOf<Ask>, code), 1);
}

template <class T>
void Effects::reply(PersonId person, const T& record, Context& context) {
  context.emit(context.home_of(kBookingsTopic, person.text), encoder_.body_of(record));
}

Effects::Verdict Effects::judge(const Wish& wish, const LogTime& time) const {
  const auto site = state_.site(wish.site);
  if (!site) return {Code::UnknownSite, {}};
  const auto key = state_.slot(*site, wish.slot);
  if (!key) return {Code::UnknownSlot, {}};
  const SlotRow& slot = *state_.counts.slot(*key);
  const auto may = [&](Override which) { return overrides(wish.overrides, which); };
  if (slot.is_withdrawn) return {Code::SlotWithdrawn, *key};
  if (slot.starts_at <= time.now && !may(Override::SlotStarted)) return {Code::SlotStarted, *key};
  if (wish.not_before.is_known() && slot.starts_on < wish.not_before &&
      !may(Override::TooEarlyForNextDose)) {
    return {Code::TooEarlyForNextDose, *key};
  }
  if (wish.not_after.is_known() && slot.starts_on > wish.not_after &&
      !may(Override::TooLateForNextDose)) {
    return {Code::TooLateForNextDose, *key};
  }
  return {Code::None, *key};
}

Code Effects::shortage(const SlotKey& slot, ProductId product, const Own& own) const {
  if (!own.has_place && balance_of(*state_.counts.slot(slot)).free() == 0) return Code::SlotFull;
  if (own.has_dose) return Code::None;
  const StockRow* stock = state_.stock(slot.site, product);
  return stock == nullptr || balance_of(*stock).free() == 0 ? Code::OutOfStock : Code::None;
}

bool Effects::lives(const HoldRow& row, const LogTime& time) const {
  return stands(row, *state_.counts.slot({row.site, row.slot})) && !time.is_over(row.until);
}

const HoldRow* Effects::live_hold(HoldId hold, PersonId person, const LogTime& time) const {
  const auto id = parse_hold(hold.text);
  const HoldRow* row = id ? state_.holds.find(*id) : nullptr;
  return row != nullptr && state_.is(row->person, person.text) && lives(*row, time) ? row : nullptr;
}

Effects::Own Effects::own_of(const Reserve& ask, MadeId appointment, const SlotKey& slot,
                             const LogTime& time) const {
  Own own;
  const HoldRow* hold = live_hold(ask.hold, ask.person, time);
  if (hold != nullptr && SlotKey{hold->site, hold->slot} == slot &&
      state_.is(hold->product, ask.product.text)) {
    own = {true, true, *parse_hold(ask.hold.text)};
  }
  const ReservationRow* before = state_.reservations.find({appointment, slot.site});
  if (before != nullptr && stands(*before, *state_.counts.slot({slot.site, before->slot}))) {
    own.has_place = own.has_place || before->slot == slot.slot;
    own.has_dose =
        own.has_dose || (before->has_dose && state_.is(before->product, ask.product.text));
  }
  return own;
}

// What the appointment has at this site is what `replaces` names: it has at most one place here. It
// goes in the same step, also where a withdrawal has taken it and its person has not been told.
Applied Effects::apply(const Reserve& ask, Context& context) {
  const auto appointment = parse_appointment(ask.appointment.text);
  if (!appointment || !is_id(ask.person.text) || !is_id(ask.product.text)) {
    return Applied::DeadLetter;
  }
  const LogTime time = context.time();
  auto [code, slot] =
      judge({ask.site, ask.slot, ask.not_before, ask.not_after, ask.overrides}, time);
  Own own;
  if (code == Code::None) {
    own = own_of(ask, *appointment, slot, time);
    code = shortage(slot, ask.product, own);
  }
  decided<Reserve>(code, context);
  if (code != Code::None) {
    ReservationRefused no;
    no.appointment = ask.appointment;
    reply(ask.person, refused(ask, no, code), context);
    return Applied::Done;
  }
  Names& names = state_.store.names();
  const Name product = names.intern(ask.product.text);
  const ReservationKey key{*appointment, slot.site};
  if (state_.reservations.find(key) != nullptr) state_.give_back(key);
  if (own.hold.empty()) {
    state_.counts.book(slot, product);
  } else {
    state_.holds.remove(own.hold);
    state_.counts.confirm(slot, product);
  }
  check_sold(slot, product, own, context);
  grant(key, {slot.slot, product, names.intern(ask.person.text), context.offset(), true},
        ask.person, context);
  return Applied::Done;
}

/// Takes the place in the table and says so: the counts have it already.
void Effects::grant(const ReservationKey& key, const ReservationRow& row, PersonId person,
                    Context& context) {
  state_.reservations.add(key, row);
  state_.expect_balance({key.site, row.slot});
  const Names& names = state_.store.names();
  const SlotRow& slot = *state_.counts.slot({key.site, row.slot});
  const std::string appointment = appointment_text(key.appointment);
  ReservationGranted yes;
  yes.appointment = AppointmentId{appointment};
  yes.person = person;
  yes.site = SiteId{names.text(key.site)};
  yes.slot = SlotId{names.text(row.slot)};
  yes.product = ProductId{names.text(row.product)};
  yes.starts_at = slot.starts_at;
  yes.length_seconds = slot.length_seconds;
  yes.starts_on = slot.starts_on;
  yes.zone = names.text(slot.zone);
  reply(person, yes, context);
}

/// A second look at I1, after the fact: what was taken from the free is not more than there was.
void Effects::check_sold(const SlotKey& slot, Name product, const Own& own, Context& context) {
  if (!own.has_place && balance_of(*state_.counts.slot(slot)).over() > 0) {
    context.count("oversold", "places", 1);
  }
  if (!own.has_dose && balance_of(*state_.counts.stock({slot.site, product})).over() > 0) {
    context.count("oversold", "doses", 1);
  }
}

std::optional<ReservationKey> Effects::booked(AppointmentId appointment, SiteId site) const {
  const auto id = parse_appointment(appointment.text);
  const auto name = state_.site(site);
  if (!id || !name) return std::nullopt;
  const ReservationKey key{*id, *name};
  return state_.reservations.find(key) == nullptr ? std::nullopt : std::optional{key};
}

// Of a reservation that a withdrawal has cancelled already, the telling is spared: its appointment
// is somewhere else by now, and would ignore it.
Applied Effects::apply(const Release& ask, Context&) {
  const auto key = booked(ask.appointment, ask.site);
  if (!key || !state_.is(state_.reservations.find(*key)->slot, ask.slot.text)) return Applied::Done;
  state_.give_back(*key);
  return Applied::Done;
}

Applied Effects::apply(const DoseReturned& ask, Context&) {
  const auto key = booked(ask.appointment, ask.site);
  if (!key) return Applied::Done;
  const ReservationRow row = *state_.reservations.find(*key);
  const SlotKey slot{key->site, row.slot};
  if (!row.has_dose || !stands(row, *state_.counts.slot(slot))) return Applied::Done;
  state_.reservations.set_dose(*key, false);
  state_.counts.return_dose(slot, row.product);
  return Applied::Done;
}

Applied Effects::apply(const DoseTaken& ask, Context&) {
  const auto key = booked(ask.appointment, ask.site);
  if (!key) return Applied::Done;
  const ReservationRow row = *state_.reservations.find(*key);
  const SlotKey slot{key->site, row.slot};
  if (row.has_dose || !stands(row, *state_.counts.slot(slot))) return Applied::Done;
  state_.reservations.set_dose(*key, true);
  state_.counts.take_dose(slot, row.product);
  return Applied::Done;
}

Applied Effects::apply(const ProgrammeConfigured& settings, Context&) {
  state_.programmes.apply(settings);
  return Applied::Done;
}

Applied Effects::apply(const HoldRequested& ask, Context& context) {
  const auto hold = parse_hold(ask.hold.text);
  if (!hold || state_.holds.find(*hold) != nullptr || !is_id(ask.person.text) ||
      !is_id(ask.product.text)) {
    return Applied::DeadLetter;
  }
  const LogTime time = context.time();
  auto [code, slot] =
      judge({ask.site, ask.slot, ask.not_before, ask.not_after, ask.overrides}, time);
  Own own;
  const HoldRow* before = code == Code::None ? live_hold(ask.replaces, ask.person, time) : nullptr;
  if (before != nullptr && before->site != slot.site) before = nullptr;
  if (before != nullptr) {
    own = {before->slot == slot.slot, state_.is(before->product, ask.product.text), {}};
  }
  if (code == Code::None) code = shortage(slot, ask.product, own);
  decided<HoldRequested>(code, context);
  if (code != Code::None) {
    HoldRefused no;
    no.hold = ask.hold;
    reply(ask.person, refused(ask, no, code), context);
    return Applied::Done;
  }
  if (before != nullptr) state_.give_back(*parse_hold(ask.replaces.text));
  Names& names = state_.store.names();
  HoldRow row;
  row.site = slot.site;
  row.slot = slot.slot;
  row.product = names.intern(ask.product.text);
  row.person = names.intern(ask.person.text);
  row.granted = context.offset();
  row.until = time.after(milliseconds{ask.length_ms});
  state_.counts.hold(slot, row.product);
  check_sold(slot, row.product, own, context);
  state_.holds.add(*hold, row);
  state_.expect_balance(slot);
  reply(ask.person, HoldGranted{ask.hold, ask.person, ask.length_ms}, context);
  return Applied::Done;
}

// A hold that a withdrawal has ended says so until its own deadline.
Code Effects::judge_confirmed(const HoldConfirmed& ask, const LogTime& time) const {
  const auto id = parse_hold(ask.hold.text);
  const HoldRow* row = id ? state_.holds.find(*id) : nullptr;
  if (row == nullptr || row->is_owed || time.is_over(row->until) ||
      !state_.is(row->person, ask.person.text) || !state_.is(row->site, ask.site.text)) {
    return Code::HoldExpired;
  }
  const SlotRow& slot = *state_.counts.slot({row->site, row->slot});
  if (!stands(*row, slot)) return Code::SlotWithdrawn;
  return slot.starts_at <= time.now ? Code::SlotStarted : Code::None;
}

Applied Effects::apply(const HoldConfirmed& ask, Context& context) {
  const auto appointment = parse_appointment(ask.appointment.text);
  if (!appointment || !is_id(ask.person.text)) return Applied::DeadLetter;
  const Code code = judge_confirmed(ask, context.time());
  decided<HoldConfirmed>(code, context);
  if (code != Code::None) {
    ReservationRefused no;
    no.appointment = ask.appointment;
    no.person = ask.person;
    no.code = code;
    reply(ask.person, no, context);
    return Applied::Done;
  }
  const MadeId hold = *parse_hold(ask.hold.text);
  const HoldRow row = *state_.holds.find(hold);
  const ReservationKey key{*appointment, row.site};
  if (state_.reservations.find(key) != nullptr) state_.give_back(key);
  state_.holds.remove(hold);
  state_.counts.confirm({row.site, row.slot}, row.product);
  grant(key, {row.slot, row.product, row.person, context.offset(), true}, ask.person, context);
  return Applied::Done;
}

Applied Effects::apply(const HoldReleaseRequested& ask, Context& context) {
  const auto id = parse_hold(ask.hold.text);
  const HoldRow* row = id ? state_.holds.find(*id) : nullptr;
  if (row == nullptr || row->is_owed || !state_.is(row->person, ask.person.text)) {
    return Applied::Done;
  }
  const bool is_told = row->ended != HoldEnd::Unknown;
  const bool stood = stands(*row, *state_.counts.slot({row->site, row->slot}));
  const HoldEnd why = !stood                               ? HoldEnd::Withdrawn
                      : context.time().is_over(row->until) ? HoldEnd::Expired
                                                           : HoldEnd::Released;
  state_.give_back(*id);
  if (!is_told) reply(ask.person, HoldEnded{ask.hold, ask.person, why}, context);
  return Applied::Done;
}

}  // namespace jari::inventory
