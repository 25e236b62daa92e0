#include "consumers/audit/answer_rules.h"

#include <algorithm>

#include "consumers/audit/answer_forms.h"
#include "consumers/audit/documents.h"

namespace jari::audit {
namespace {

/// Whose settings' version an answer names; nothing: no setting's.
std::optional<Names2> setting_of(const Seen& seen) {
  const Ids& ids = seen.ids;
  if (body_as<QueueConfigured>(seen) || body_as<PrequeueDrawn>(seen)) return Names2{ids.queue, 0};
  if (body_as<ProgrammeConfigured>(seen)) return Names2{ids.programme, 0};
  if (body_as<SitePublished>(seen)) return Names2{ids.site, 0};
  const bool is_slots =
      body_as<SlotPublished>(seen) || body_as<SlotChanged>(seen) || body_as<SlotWithdrawn>(seen);
  return is_slots ? std::optional{Names2{ids.site, ids.slot}} : std::nullopt;
}

/// What the answer to a request that is decided where it stands repeats of it.
template <class T>
std::uint64_t place_in(const T& asked) {
  const auto id_only = [](std::string_view text) { return is_id(text) ? text : ""; };
  if constexpr (requires { asked.queue; } && !std::is_same_v<T, ProgrammeConfigured>) {
    return place_of(asked.queue.text, {}, {}, {});
  } else if constexpr (requires {
                         asked.site;
                         asked.slot;
                       }) {
    return place_of({}, asked.site.text, id_only(asked.slot.text), {});
  } else if constexpr (requires {
                         asked.site;
                         asked.product;
                       }) {
    return place_of({}, asked.site.text, {}, id_only(asked.product.text));
  } else if constexpr (requires {
                         asked.site;
                         asked.zone;
                       }) {
    return place_of({}, asked.site.text, {}, {});
  } else {
    return 0;
  }
}

/// What a site decided: its code and the days that it names; nothing: no site's answer.
struct SitesWord {
  bool is_granted = false;
  Code code = Code::None;
  Day not_before;
  Day not_after;
};
SitesWord word_of(const Seen& seen) {
  if (const auto* no = body_as<ReservationRefused>(seen)) {
    return {false, no->code, no->not_before, no->not_after};
  }
  if (const auto* no = body_as<HoldRefused>(seen)) {
    return {false, no->code, no->not_before, no->not_after};
  }
  return {true, Code::None, {}, {}};
}

}  // namespace

void AnswerRules::expect(bool holds, const At& row, const Question& asked, const char* why) const {
  desk_.expect(holds, Rule::I5, row,
               [&] { return "the answer to " + desk_.report.place_of(asked.at) + " " + why; });
}

void AnswerRules::look(const Seen& seen) {
  const bool is_bookings = seen.at.where.topic == kBookingsTopic;
  const auto pending = is_bookings ? take_pending(seen) : std::nullopt;
  bool is_answered = false;
  for (const Answered& answer : records_.answered()) {
    const bool is_here = answer.is_sent && answer.request == seen.at.offset;
    const auto open = is_here ? open_.end() : open_.find(Place{seen.at.where, answer.request});
    const bool is_known = answer.is_sent && (is_here ? !is_answered : open != open_.end());
    desk_.expect(is_known, Rule::I5, answer.row,
                 "an answer to what nobody asked, or was answered before");
    is_answered = is_answered || is_here;
    if (!is_known) continue;
    const bool by_site = pending && pending->request == answer.request;
    check(seen, answer, is_here ? question_of(seen) : open->second, by_site);
    if (!is_here) close({seen.at.where, answer.request});
  }
  if (!is_bookings) return;
  if (seen.is_request() && seen.is_applied && !records_.is_repeat() && !is_answered) keep(seen);
  note_wishes(seen);
  if (pending && seen.is_settled) look_for_lost(seen, *pending);
}

Name AnswerRules::person_of(const Seen& seen) const {
  if (seen.ids.person != 0) return seen.ids.person;
  if (const Document* known = sync_.find(seen.ids.appointment)) return known->person;
  const Made made = seen.ids.appointment != 0 ? seen.ids.appointment : seen.ids.hold;
  if (made == 0) return 0;
  const auto waits = open_.find(Place{seen.at.where, MadeId{made}.offset()});
  const RecordType maker = seen.ids.hold != 0 ? kTypeOf<HoldRequested> : kTypeOf<BookingRequested>;
  const bool is_it =
      waits != open_.end() && waits->second.made == made && waits->second.type == maker;
  return is_it ? waits->second.person : bookings_.holder_of(made);
}

AnswerRules::Question AnswerRules::question_of(const Seen& seen) const {
  Question asked;
  asked.type = seen.type;
  asked.at = seen.at;
  asked.person = seen.ids.person;
  asked.programme = seen.ids.programme;
  asked.site = seen.ids.site;
  asked.slot = seen.ids.slot;
  const Made own = make_id(seen.at.where.partition, seen.at.offset).number;
  if (const auto* booking = body_as<BookingRequested>(seen)) {
    asked.made = own;
    asked.state = AppointmentState::Booked;
    asked.product = booking->product.text;
    if (seen.ids.hold != 0) asked.programme = bookings_.programme_of(seen.ids.hold);
  } else if (const auto* hold = body_as<HoldRequested>(seen)) {
    asked.made = own;
    asked.place = place_of({}, hold->site.text, hold->slot.text, hold->product.text);
  } else if (const auto* moved = body_as<RescheduleRequested>(seen)) {
    asked.made = seen.ids.appointment;
    asked.state = AppointmentState::Booked;
    asked.product = moved->product.text;
  } else if (const auto* came = body_as<AttendanceRecorded>(seen)) {
    asked.made = seen.ids.appointment;
    asked.state = came->attended ? AppointmentState::Attended : AppointmentState::Missed;
  } else if (body_as<CancelRequested>(seen) != nullptr) {
    asked.made = seen.ids.appointment;
    asked.state = AppointmentState::Cancelled;
  } else if (body_as<HoldReleaseRequested>(seen) != nullptr) {
    asked.made = seen.ids.hold;
    asked.programme = bookings_.programme_of(seen.ids.hold);
  } else {
    asked.place = seen.body.visit([](const auto& one) { return place_in(one); });
  }
  if (seen.at.where.topic != kBookingsTopic) return asked;
  if (asked.person == 0) asked.person = person_of(seen);
  asked.is_nameless = seen.ids.person == 0;
  asked.settings = bookings_.version_of(seen.at.where, asked.programme);
  asked.ends_ms = bookings_.session_end(seen.at.where, {asked.person, asked.programme});
  return asked;
}

void AnswerRules::check(const Seen& seen, const Answered& answer, const Question& asked,
                        bool by_site) {
  const Said& said = answer.said;
  expect(is_answer(said, by_site), answer.row, asked, "is none that such a request can have");
  check_named(seen, said, answer.row, asked);
  if (seen.at.where.topic == kBookingsTopic) {
    check_site(seen, answer, asked, by_site);
  } else {
    check_settings(seen, said, answer.row, asked);
  }
}

/// Who and what the answer names is who asked, and what about.
void AnswerRules::check_named(const Seen& seen, const Said& said, const At& row,
                              const Question& asked) const {
  const bool is_granted = said.decision == Decision::Granted;
  const bool is_vague = asked.is_nameless && (said.person == 0 || asked.person == 0);
  expect(said.person == asked.person || is_vague, row, asked, "names another person");
  const bool is_of_hold = asked.type == kTypeOf<HoldRequested>;
  const std::uint64_t place = is_of_hold && !is_granted ? 0 : asked.place;
  expect(said.place == place, row, asked, "names another queue, site, slot or product");
  expect(
      said.opens_at.ms == 0 || said.code == Code::QueueNotOpen || said.code == Code::CohortNotOpen,
      row, asked, "says when something opens that was not closed");
  if (seen.at.where.topic == kBookingsTopic) {
    Name programme = asked.programme;
    if (const Document* about = sync_.find(asked.made)) programme = about->programme;
    const bool is_unsaid = said.programme == 0 && !is_granted;
    expect(is_unsaid || said.programme == programme || programme == 0, row, asked,
           "names another programme");
    const std::uint32_t now = bookings_.version_of(seen.at.where, said.programme);
    const bool names_none = said.programme == 0 || asked.type == kTypeOf<HoldReleaseRequested>;
    expect(names_none ? said.programme_version == 0
                      : asked.settings <= said.programme_version && said.programme_version <= now &&
                            said.programme_version > 0,
           row, asked, "names a version of the programme that did not hold");
  } else if (asked.type != kTypeOf<QueueConfigured>) {
    expect(said.programme == asked.programme, row, asked, "names another programme");
  }
}

/// Of bookings: granted is what a site gave, or what stands in sync.
void AnswerRules::check_site(const Seen& seen, const Answered& answer, const Question& asked,
                             bool by_site) const {
  const Said& said = answer.said;
  const bool is_granted = said.decision == Decision::Granted;
  const bool needs_site =
      asked.type == kTypeOf<BookingRequested> || asked.type == kTypeOf<HoldRequested>;
  const SitesWord word = word_of(seen);
  expect(by_site ? is_granted == word.is_granted : !(is_granted && needs_site), answer.row, asked,
         "says otherwise than the site");
  const bool is_passed_on = by_site && !is_granted && !word.is_granted;
  const SitesWord told = is_passed_on ? word : SitesWord{false, said.code, {}, {}};
  expect(said.code == told.code && said.not_before == told.not_before &&
             said.not_after == told.not_after,
         answer.row, asked, "gives other reasons than the site");
  expect(said.version == 0, answer.row, asked, "names a version of no setting");
  if (is_granted && gives_appointment(asked.type)) check_appointment(answer, asked, by_site);
  check_hold(seen, said, answer.row, asked);
}

/// That the document is sync's is I7; here it must be the one that was asked for.
void AnswerRules::check_appointment(const Answered& answer, const Question& asked,
                                    bool by_site) const {
  const Said& said = answer.said;
  const At& row = answer.row;
  expect(said.appointment == asked.made, row, asked, "shows another appointment");
  const Document* shown = sync_.shown(said);
  if (shown == nullptr) return;
  const bool is_theirs = shown->person == said.person && shown->programme == said.programme;
  const bool is_there = asked.slot == 0 || (shown->site == asked.site && shown->slot == asked.slot);
  // Where none was asked for, it is moved with the one that it had.
  const bool is_moved = asked.slot != 0 && by_site;
  const bool is_of_it = asked.product.empty()
                            ? !is_moved || shown->product == sync_.before(said.appointment)->product
                            : desk_.names.text(shown->product) == asked.product;
  expect(shown->state == asked.state && is_theirs && is_there && is_of_it, row, asked,
         "shows an appointment that is not what was asked for");
}

void AnswerRules::check_hold(const Seen& seen, const Said& said, const At& row,
                             const Question& asked) const {
  const bool is_granted = said.decision == Decision::Granted;
  const auto* yes = body_as<HoldGranted>(seen);
  const bool is_hold = asked.type == kTypeOf<HoldRequested> && is_granted;
  const bool is_about_hold = is_hold || asked.type == kTypeOf<HoldReleaseRequested>;
  expect(said.hold == 0 || (is_about_hold && said.hold == asked.made), row, asked,
         "names another hold");
  if (!is_hold || yes == nullptr) {
    return expect(said.until.ms == 0, row, asked, "says until when something is held");
  }
  const std::int64_t until = seen.time.now.ms + yes->length_ms;
  const std::int64_t session =
      asked.ends_ms ? std::min(until, *asked.ends_ms + seen.time.outages_ms) : until;
  expect(said.until.ms == until || said.until.ms == session, row, asked,
         "says another end of the hold");
}

/// Versions are dense. A draw that is held again, and a slot withdrawn again, may change nothing.
void AnswerRules::check_settings(const Seen& seen, const Said& said, const At& row,
                                 const Question& asked) {
  const auto which = setting_of(seen);
  if (!which) return expect(said.version == 0, row, asked, "names a version of no setting");
  Version& known = versions_[{seen.at.where.topic, *which}];
  const std::uint32_t next = known.number + 1;
  if (said.decision != Decision::Granted) {
    const bool may_be_unsaid = said.version == 0 && said.code != Code::StaleVersion;
    return expect(may_be_unsaid || said.version == known.number, row, asked,
                  "names a version that did not hold");
  }
  const bool is_draw = asked.type == kTypeOf<PrequeueDrawn>;
  const bool is_withdrawal = asked.type == kTypeOf<SlotWithdrawn>;
  const bool is_again = known.is_over && (is_draw || is_withdrawal);
  expect((said.version == next && !(is_again && is_draw)) ||
             (is_again && said.version == known.number),
         row, asked, "names a version that is not the next");
  expect(asked.type != kTypeOf<ProgrammeConfigured> || said.programme_version == said.version, row,
         asked, "names two versions");
  known.number = said.version;
  const bool is_kept = known.is_over && asked.type == kTypeOf<QueueConfigured>;
  known.is_over = is_draw || is_withdrawal || is_kept;
}

/// A site has answered: whose request that was.
std::optional<AnswerRules::Pending> AnswerRules::take_pending(const Seen& seen) {
  if (!seen.is_applied) return std::nullopt;
  const bool is_hold = body_as<HoldGranted>(seen) || body_as<HoldRefused>(seen);
  const bool is_place = body_as<ReservationGranted>(seen) || body_as<ReservationRefused>(seen);
  if (!is_hold && !is_place) return std::nullopt;
  const auto at = pending_.find(std::pair{is_hold ? seen.ids.hold : seen.ids.appointment, is_hold});
  if (at == pending_.end()) return std::nullopt;
  const Pending pending = at->second;
  pending_.erase(at);
  --lines_[pending.person].pending;
  return pending;
}

/// It waits for a site, or for its turn behind what does; else its answer was lost.
void AnswerRules::keep(const Seen& seen) {
  Question asked = question_of(seen);
  bool has_wish = false;
  for_each<Wish>(*seen.caused, [&](const Wish&, const At&) { has_wish = true; });
  const Place place{seen.at.where, seen.at.offset};
  Line& line = lines_[{seen.at.where, asked.person}];
  line.open.push_back(seen.at.offset);
  const bool waits = has_wish || line.pending > 0 || asked.person == 0 || !seen.is_settled;
  open_.emplace(place, std::move(asked));
  if (!waits) lose(place);
}

void AnswerRules::note_wishes(const Seen& seen) {
  for_each<Wish>(*seen.caused, [&](const Wish& wish, const At&) {
    const bool is_hold = wish.type == kTypeOf<HoldRequested>;
    Pending pending{{seen.at.where, wish.person}, wish.what == 0 ? 0 : MadeId{wish.what}.offset()};
    Line& line = lines_[pending.person];
    const auto own = open_.find(Place{seen.at.where, pending.request});
    if (own == open_.end() || own->second.made != wish.what) {
      for (const Offset offset : line.open) {  // an appointment that is to be moved
        const Question& asked = open_.at({seen.at.where, offset});
        if (asked.type != kTypeOf<RescheduleRequested> || asked.made != wish.what) continue;
        pending.request = offset;
        break;
      }
    }
    if (pending_.try_emplace({wish.what, is_hold}, pending).second) ++line.pending;
  });
}

void AnswerRules::close(Place request) {
  const auto at = open_.find(request);
  if (at == open_.end()) return;
  const auto line = lines_.find(Person{request.first, at->second.person});
  auto& open = line->second.open;
  open.erase(std::find(open.begin(), open.end(), request.second));
  if (open.empty() && line->second.pending == 0) lines_.erase(line);
  open_.erase(at);
}

void AnswerRules::lose(Place request) {
  const At at = open_.at(request).at;
  desk_.expect(false, Rule::I8, at, "its outcome was lost");
  close(request);
}

/// What the site answered has been decided, and what waited behind it has its turn.
void AnswerRules::look_for_lost(const Seen& seen, const Pending& answered) {
  const Place request{seen.at.where, answered.request};
  desk_.report.checked(Rule::I8);
  if (open_.contains(request)) lose(request);
  const auto line = lines_.find(answered.person);
  if (line == lines_.end() || line->second.pending > 0) return;
  const auto open = line->second.open;
  for (const Offset offset : open) lose({seen.at.where, offset});
  lines_.erase(answered.person);
}

}  // namespace jari::audit
