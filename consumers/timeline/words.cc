#include "consumers/timeline/words.h"

#include <array>

#include "consumers/timeline/words_parts.h"
#include "engine/record/own_records.h"

namespace jari::timeline {
namespace {

/// The engine's own records that an operator may ask for.
std::string words_of_own(const Envelope& envelope) {
  Barrier barrier;
  StreamSet stream;
  Reissue reissue;
  TimeJump jump;
  if (envelope.kind == RecordKind::Barrier && flat::read_root(envelope.body, barrier)) {
    return text("version ", barrier.version, " of the logic may be ",
                barrier.step == BarrierStep::Read ? "read" : "written", " from here on");
  }
  if (envelope.kind == RecordKind::StreamSet && flat::read_root(envelope.body, stream)) {
    return text("a stream repaired: the next row accepted is number ", stream.seq + 1);
  }
  if (envelope.kind == RecordKind::Reissue && flat::read_root(envelope.body, reissue)) {
    return text("documents sent again from number ", reissue.from, " on");
  }
  if (envelope.kind == RecordKind::TimeJump && flat::read_root(envelope.body, jump)) {
    return text("time that counts against nobody: ", to_text(jump.from), " to ", to_text(jump.to));
  }
  return text("a record of kind ", static_cast<unsigned>(envelope.kind));
}

std::string booked(const Appointment& appointment, bool by_right) {
  return text(": appointment ", appointment.appointment, ", dose ",
              static_cast<unsigned>(appointment.dose), ", version ", appointment.version,
              by_right ? ", by the right to rebook" : "");
}

}  // namespace

std::string reason_of(Code code) {
  return text(to_text(code), ": ", title_of(code));
}

std::string bounds(Day not_before, Day not_after) {
  return text(not_before.is_known() ? ", not before " + to_text(not_before) : std::string{},
              not_after.is_known() ? ", not after " + to_text(not_after) : std::string{});
}

std::string moment(Instant at) {
  if (at.ms == 0) return "at no time";
  return at >= kNever ? "never" : to_text(at);
}

std::string in_spite_of(std::uint32_t overrides) {
  static constexpr std::array<std::string_view, 4> kNames{
      "cohort-not-open", "too-early-for-next-dose", "too-late-for-next-dose", "slot-started"};
  std::string all;
  for (std::size_t bit = 0; bit < kNames.size(); ++bit) {
    if ((overrides >> bit & 1U) == 0) continue;
    all.append(all.empty() ? ", in spite of " : " and ").append(kNames[bit]);
  }
  return all;
}

std::string fate(const Aside& aside) {
  if (aside.outcome == nullptr) {
    return aside.is_repeat ? ": asked again, and answered as before" : ": not decided yet";
  }
  const Outcome& outcome = *aside.outcome;
  if (outcome.decision == Decision::Granted) return {};
  return text(": refused, ", reason_of(outcome.code),
              outcome.field.empty() ? "" : text(" (", outcome.field, ")"),
              outcome.opens_at.ms == 0 ? "" : text(", it opens ", to_text(outcome.opens_at)),
              bounds(outcome.not_before, outcome.not_after));
}

std::string say(const TicketRequested& ask, const Aside& aside) {
  if (!is_granted(aside)) return text("a ticket of ", ask.queue, fate(aside));
  const bool is_new = aside.outcome->status == 201;
  return text("ticket ", aside.outcome->ticket, " of ", ask.queue,
              aside.place ? text(", place ", *aside.place) : std::string{},
              is_new ? "" : ", which they had already");
}

std::string say(const TicketReturned& ask, const Aside& aside) {
  if (!is_granted(aside)) return text("a ticket of ", ask.queue, " given back", fate(aside));
  return text("ticket ", aside.outcome->ticket, " of ", ask.queue, " given back");
}

std::string say(const BookingRequested& ask, const Aside& aside) {
  const std::string what = ask.hold.empty() ? text("slot ", ask.slot, " at ", ask.site, ", ",
                                                   ask.product, " of ", ask.programme)
                                            : text("hold ", ask.hold);
  const bool is_made = is_granted(aside) && aside.outcome->appointment;
  return text("booking of ", what, " for ", ask.person, in_spite_of(ask.overrides),
              is_made ? booked(*aside.outcome->appointment, aside.outcome->used_rebook_right)
                      : fate(aside));
}

std::string say(const CancelRequested& ask, const Aside& aside) {
  const bool is_done = is_granted(aside) && aside.outcome->appointment;
  return text("cancellation of appointment ", ask.appointment,
              is_done ? text(": version ", aside.outcome->appointment->version) : fate(aside));
}

std::string say(const RescheduleRequested& ask, const Aside& aside) {
  const bool is_done = is_granted(aside) && aside.outcome->appointment;
  return text("appointment ", ask.appointment, " moved to slot ", ask.slot, " at ", ask.site,
              ask.product.empty() ? "" : text(", ", ask.product), in_spite_of(ask.overrides),
              is_done ? text(": version ", aside.outcome->appointment->version) : fate(aside));
}

std::string say_asked(const HoldRequested& ask, const Aside& aside) {
  return text("hold of slot ", ask.slot, " at ", ask.site, ", ", ask.product, " of ", ask.programme,
              ", for ", ask.person,
              is_granted(aside)
                  ? text(": hold ", aside.outcome->hold, " until ", to_text(aside.outcome->until))
                  : fate(aside));
}

std::string say_asked(const HoldReleaseRequested& ask, const Aside& aside) {
  return text("hold ", ask.hold, " given back", fate(aside));
}

std::string words_of(const Seen& seen, const Aside& aside) {
  if (seen.is_document()) return say_document(seen.envelope.body);
  return std::visit(
      [&](const auto& one) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>) {
          return words_of_own(seen.envelope);
        } else if constexpr (requires { say_asked(one, aside); }) {
          return seen.is_request() ? say_asked(one, aside) : say(one, aside);
        } else {
          return say(one, aside);
        }
      },
      seen.body);
}

}  // namespace jari::timeline
