// What a document of sync means for I2, I3 and the sessions: appointments that are active, rights
// that come of lost ones, sessions that are used up.

#include <algorithm>

#include "consumers/audit/booking_rules.h"

namespace jari::audit {
namespace {

constexpr std::int64_t kActiveAfterStartMs = 86'400'000;

}  // namespace

void BookingRules::look_at_change(const Seen& seen, const SyncRules::Change& change) {
  const Document& now = change.after;
  if (change.before == nullptr && now.state == AppointmentState::Booked) booked(seen, now);
  const bool stood =
      change.before != nullptr && change.before->state != AppointmentState::Cancelled;
  if (!stood || now.state == AppointmentState::Booked) return;
  auto& all = appointments_[{now.person, now.programme}];
  all.erase(std::remove(all.begin(), all.end(), now.appointment), all.end());
  if (now.state == AppointmentState::Cancelled) lost(seen, now);
}

// Who loses it to a withdrawal or an operator has a right to another, for as long as the programme
// says.
void BookingRules::lost(const Seen& seen, const Document& document) {
  const Programme* settings = programme(seen, document.programme);
  const std::int64_t length_ms =
      settings == nullptr ? 0 : std::int64_t{settings->rebook_seconds} * 1000;
  const bool is_theirs = document.cancelled_by == CancelledBy::Person || length_ms == 0;
  const Instant until = is_theirs ? Instant{} : seen.time.now + milliseconds{length_ms};
  desk_.expect(document.rebook_until == until, Rule::I3, seen.at, [&] {
    return "appointment " + appointment_text(MadeId{document.appointment}) +
           " was cancelled with " +
           (document.rebook_until.ms == 0
                ? std::string("no right to rebook")
                : "a right to rebook until " + to_text(document.rebook_until)) +
           " where " + (until.ms == 0 ? std::string("none") : "one until " + to_text(until)) +
           " comes of it";
  });
  if (document.rebook_until.ms == 0) return;
  auto& ends = rights_[{document.person, document.programme}];
  const auto is_over = [&](std::int64_t end) { return end <= seen.time.steady_ms(); };
  ends.erase(std::remove_if(ends.begin(), ends.end(), is_over), ends.end());
  ends.push_back(document.rebook_until.ms - seen.time.outages_ms);
  std::sort(ends.begin(), ends.end());
}

void BookingRules::booked(const Seen& seen, const Document& document) {
  const Names2 whose{document.person, document.programme};
  const Ask* ask = ask_of(whose, document.appointment);
  const auto what = [&] { return "appointment " + appointment_text(MadeId{document.appointment}); };
  appointments_[whose].push_back(document.appointment);
  desk_.expect(ask != nullptr, Rule::I3, seen.at,
               [&] { return what() + " was granted and nobody asked for it"; });
  if (ask != nullptr) {
    desk_.expect(ask->problem == "", Rule::I3, seen.at,
                 [&] { return what() + " was granted " + ask->problem.value_or(kUnjudged); });
    holds_.erase(ask->uses);
  }
  check_active(seen, document, ask);
  const Programme* settings = programme(seen, document.programme);
  if (settings == nullptr || active_of(whose, seen.time) < settings->active_max) return;
  const auto session = sessions_.find(Names2{document.person, settings->queue});
  if (session == sessions_.end()) return;
  Session& used = session->second;
  if (settings->queue != 0 && !used.is_over && used.ends_ms > seen.time.steady_ms()) {
    used_up_.push_back({settings->queue, document.person, used.ticket});
  }
  used.is_over = true;
}

/// The queue is told of each session that was used up, and of no other: that makes room inside.
void BookingRules::check_ends(const Seen& seen) {
  for_each<Ended>(*seen.caused, [&](const Ended& said, const At& row) {
    const auto used = std::find(used_up_.begin(), used_up_.end(), said);
    desk_.expect(used != used_up_.end(), Rule::I4, row, [&] {
      return "the session of ticket " + std::to_string(said.ticket) +
             " was ended, and no booking had used it up";
    });
    if (used != used_up_.end()) used_up_.erase(used);
  });
  for (const Ended& one : used_up_) {
    if (!seen.is_settled) break;
    desk_.expect(false, Rule::I4, seen.at, [&] {
      return "it used up the session of ticket " + std::to_string(one.ticket) + " of queue " +
             desk_.names.text(one.queue) + ", and the queue was not told";
    });
  }
  used_up_.clear();
}

// As many as were allowed when it, or its hold, was judged.
void BookingRules::check_active(const Seen& seen, const Document& document, const Ask* ask) {
  const Programme* settings = programme(seen, document.programme);
  const std::uint32_t now = settings == nullptr ? 0 : settings->active_max;
  const std::uint32_t most = std::max(now, ask == nullptr ? 0 : ask->active_max);
  const std::uint32_t active = active_of({document.person, document.programme}, seen.time);
  desk_.expect(active <= most, Rule::I2, seen.at, [&] {
    return "person " + desk_.names.text(document.person) + " has " + std::to_string(active) +
           " active appointments in programme " + desk_.names.text(document.programme) +
           ", which allows " + std::to_string(most);
  });
}

std::uint32_t BookingRules::active_of(const Names2& whose, const Moment& time) {
  auto& all = appointments_[whose];
  const auto is_past = [&](Made appointment) {
    return time.now.ms >= sync_.find(appointment)->starts_at.ms + kActiveAfterStartMs;
  };
  all.erase(std::remove_if(all.begin(), all.end(), is_past), all.end());
  return static_cast<std::uint32_t>(all.size());
}

}  // namespace jari::audit
