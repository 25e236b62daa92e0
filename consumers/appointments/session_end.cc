#include "consumers/appointments/session_end.h"

#include <vector>

#include "consumers/appointments/doses.h"
#include "consumers/appointments/hold_requests.h"

namespace jari::appointments {

void apply(Desk& desk, const Admitted& admission) {
  Names& names = desk.state.store.names();
  const SessionKey key{names.intern(admission.person.text), names.intern(admission.queue.text)};
  const Deadline ends = desk.time().after(seconds{admission.session_seconds});
  desk.state.sessions.admit(key, admission.ticket, ends, desk.context.offset());
}

void apply(Desk& desk, const AdmissionEnded& end) {
  State& state = desk.state;
  const auto person = state.name(end.person.text);
  const auto queue = state.name(end.queue.text);
  if (!person || !queue) return;
  for (const auto& [text, programme] : state.programmes.by_text()) {
    if (state.programmes.find(programme)->queue == *queue) {
      state.lines.give_back({*person, programme}, end.ticket);
    }
  }
  const SessionRow* session = state.sessions.find({*person, *queue});
  if (session == nullptr || session->ticket != end.ticket) return;
  state.sessions.end({*person, *queue}, SessionState::GivenBack);
  std::vector<MadeId> held;
  state.holds.for_each_live(*person, [&](MadeId hold, const HoldRow& row) {
    const auto* programme = state.programmes.find(row.programme);
    if (programme != nullptr && programme->queue == *queue) held.push_back(hold);
  });
  for (const MadeId hold : held) release_hold(desk, hold);
}

void end_session_if_used_up(Desk& desk, PersonProgramme whose) {
  State& state = desk.state;
  const auto* programme = state.programmes.find(whose.programme);
  if (programme == nullptr || programme->queue.empty()) return;
  const SessionKey key{whose.person, programme->queue};
  const SessionRow* session = state.sessions.live(key, desk.time());
  if (session == nullptr) return;
  const Doses doses = doses_of(state, whose, desk.time().now);
  if (doses.active < programme->active_appointments_max) return;
  const std::uint64_t ticket = session->ticket;
  state.sessions.end(key, SessionState::UsedUp);
  const QueueId queue{state.text(programme->queue)};
  desk.emit(desk.context.home_of(kQueueTopic, queue.text),
            SessionEnded{queue, PersonId{state.text(whose.person)}, ticket});
}

}  // namespace jari::appointments
