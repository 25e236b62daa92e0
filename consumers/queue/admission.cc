#include <algorithm>

#include "consumers/queue/decisions.h"

namespace jari::queue {
namespace {

constexpr std::int64_t kSecondMs = 1000;
constexpr std::int64_t kTickBringsMs = 250;  // the longest time between ticks while somebody waits
constexpr std::int64_t kStepMs = 100;

/// Who is admitted next, and where their own partition is.
struct Candidate {
  Place place = 0;  // 0: nobody can be
  PartitionRef home;
  bool was_passed = false;
};

std::int64_t second_of(Instant at) {
  return at.ms / kSecondMs;  // log time is never before 1970
}

std::string_view person_at(const QueueState& state, const Lane& lane, Place place) {
  const TicketRow* ticket = state.tickets.find({lane.queue, lane.ticket_at(place)});
  CHECK(ticket != nullptr && ticket->state == TicketState::Waiting);
  return state.store.names().text(ticket->person);
}

bool has_any_room(const Context& context) {
  const PartitionNo count = context.partitions_of(kBookingsTopic);
  for (PartitionNo partition = 0; partition < count; ++partition) {
    if (context.has_room({kBookingsTopic, partition})) return true;
  }
  return false;
}

/// The lowest place of those passed over whose partition has room again.
Candidate passed_with_room(const Lane& lane, const Context& context) {
  Candidate best;
  for (const auto& [partition, places] : lane.passed) {
    const Place place = *places.begin();
    if (best.place != 0 && place > best.place) continue;
    const PartitionRef home{kBookingsTopic, partition};
    if (context.has_room(home)) best = {place, home, true};
  }
  return best;
}

void pass_over(QueueState& state, Lane& lane, Place place, PartitionNo partition) {
  state.passed.put({lane.queue, place}, {partition});
  lane.passed[partition].insert(place);
}

void take_from_passed(QueueState& state, Lane& lane, const Candidate& next) {
  state.passed.erase({lane.queue, next.place});
  const auto at = lane.passed.find(next.home.partition);
  at->second.erase(next.place);
  if (at->second.empty()) lane.passed.erase(at);
}

/// One run over a line: whom to look at, how far it has come.
struct Run {
  QueueState& state;
  Lane& lane;
  Context& context;
  LineRow line;
  std::uint32_t looks = kLooksMax;
  Encoder encoder;

  Candidate next() {
    if (const Candidate passed = passed_with_room(lane, context); passed.place != 0) {
      --looks;
      return passed;
    }
    for (; looks > 0; --looks) {
      const Place place = lane.line.next_after(line.reached);
      if (place == 0) return {};
      const PartitionRef home = context.home_of(kBookingsTopic, person_at(state, lane, place));
      const bool has_room = context.has_room(home);
      if (!has_room && !has_any_room(context)) return {};
      line.reached = place;
      if (has_room) {
        --looks;
        return {place, home, false};
      }
      pass_over(state, lane, place, home.partition);
    }
    return {};
  }

  void admit(const Candidate& next) {
    const LogTime time = context.time();
    const std::uint32_t session_seconds = state.row(lane).session_seconds;
    const Deadline ends = time.after(seconds{session_seconds});
    const TicketNo ticket = lane.ticket_at(next.place);
    const Names& names = state.store.names();
    const Admitted admitted{PersonId{person_at(state, lane, next.place)},
                            QueueId{names.text(lane.queue)},
                            ticket,
                            next.place,
                            time.now,
                            session_seconds};
    if (next.was_passed) take_from_passed(state, lane, next);
    state.tickets.change({lane.queue, ticket}, [&](TicketRow& row) {
      row.state = TicketState::Admitted;
      row.ends = ends;
    });
    lane.line.leave(next.place);
    lane.begin_session(ends);
    line.now_serving = std::max(line.now_serving, next.place);
    ++line.admitted_in_second;
    context.emit(next.home, encoder.body_of(admitted));
    context.count("admissions", names.text(lane.queue), 1);
  }
};

std::uint32_t due_now(const QueueRow& settings, const LineRow& line, const Lane& lane,
                      const LogTime& time) {
  const std::uint32_t by_rate = admissions_due(settings.rate_per_second, time.now);
  const std::uint32_t done = line.second == second_of(time.now) ? line.admitted_in_second : 0;
  const std::uint32_t inside = lane.inside_at(time);
  if (by_rate <= done || settings.inside_max <= inside) return 0;
  return std::min(by_rate - done, settings.inside_max - inside);
}

}  // namespace

WaitingFor waiting_for(const QueueState& state, const Lane& lane, Instant now) {
  const QueueRow& settings = state.row(lane);
  if (awaits_draw(settings)) return WaitingFor::Draw;
  const settings::ProgrammeRow* programme = state.programmes.find(settings.programme);
  if (programme == nullptr || programme->queue != lane.queue) return WaitingFor::Programme;
  if (now < settings.opens_at) return WaitingFor::Opening;
  if (settings.paused) return WaitingFor::Pause;
  return state.is_held() ? WaitingFor::Capacity : WaitingFor::Nothing;
}

std::uint32_t admissions_due(std::uint32_t rate_per_second, Instant now) {
  const auto reach = static_cast<std::uint64_t>(now.ms % kSecondMs + kTickBringsMs);
  const std::uint64_t due = (std::uint64_t{rate_per_second} * reach + kSecondMs - 1) / kSecondMs;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(rate_per_second, due));
}

void admit(QueueState& state, Lane& lane, Context& context) {
  const LogTime time = context.time();
  lane.sweep(time);
  const QueueRow& settings = state.row(lane);
  if (lane.line.waiting() == 0 || time.now >= settings.closes_at) return;
  if (waiting_for(state, lane, time.now) != WaitingFor::Nothing) return;
  const LineRow before = state.line_row(lane);
  std::uint32_t due = due_now(settings, before, lane, time);
  if (due == 0) return;
  Run run{state, lane, context, before, kLooksMax, {}};
  if (run.line.second != second_of(time.now)) {
    run.line.second = second_of(time.now);
    run.line.admitted_in_second = 0;
  }
  for (; due > 0 && run.looks > 0; --due) {
    const Candidate next = run.next();
    if (next.place == 0) break;
    run.admit(next);
  }
  const bool has_moved = run.line.admitted_in_second != 0 || run.line.reached != before.reached;
  if (has_moved) state.lines.put({lane.queue}, run.line);
}

Instant next_deadline(const QueueState& state, const Lane& lane, const LogTime& time) {
  const QueueRow& settings = state.row(lane);
  Instant next = kNever;
  const auto consider = [&](Instant at) {
    if (at > time.now && at < next) next = at;
  };
  consider(settings.opens_at);
  consider(settings.closes_at);
  if (settings.prequeue) {
    consider(settings.prequeue->opens_at);
    consider(settings.prequeue->closes_at);
  }
  for (const auto& [ends, how_many] : lane.sessions) {
    if (time.is_over(ends)) continue;
    consider(time.at(ends));
    break;
  }
  const bool may_admit = lane.line.waiting() > 0 && settings.rate_per_second > 0 &&
                         time.now < settings.closes_at &&
                         waiting_for(state, lane, time.now) == WaitingFor::Nothing &&
                         lane.inside_at(time) < settings.inside_max;
  if (may_admit) consider({(time.now.ms / kStepMs + 1) * kStepMs});
  return next;
}

}  // namespace jari::queue
