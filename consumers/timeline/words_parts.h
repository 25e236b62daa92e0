// consumers/timeline/words_parts.h — the words for each kind of record, and what they share.
//
// Private to consumers/timeline/.
//
// Errors:  none.
// Threads: pure.
#pragma once

#include <string>
#include <string_view>

#include "consumers/timeline/words.h"

namespace jari::timeline {

/// Texts joined, whatever kind they are.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::string all;
  const auto add = [&all](const auto& part) {
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(part)>>) {
      all += std::to_string(part);
    } else if constexpr (requires { part.text; }) {
      all += part.text;
    } else {
      all += part;
    }
  };
  (add(parts), ...);
  return all;
}

/// `slot-full: The slot has no free place`.
[[nodiscard]] std::string reason_of(Code code);
/// What follows a request: nothing where it was granted, else that it was refused, and why; or that
/// nothing is decided.
[[nodiscard]] std::string fate(const Aside& aside);
/// `, not before 2021-07-13, not after 2021-08-01`, as far as there are bounds.
[[nodiscard]] std::string bounds(Day not_before, Day not_after);
[[nodiscard]] std::string in_spite_of(std::uint32_t overrides);
/// `never` for what has no end, `at no time` for what was not said.
[[nodiscard]] std::string moment(Instant at);
[[nodiscard]] inline bool is_granted(const Aside& aside) {
  return aside.outcome != nullptr && aside.outcome->decision == Decision::Granted;
}

// Requests of people, and of operators for them: words.cc.
[[nodiscard]] std::string say(const TicketRequested& ask, const Aside& aside);
[[nodiscard]] std::string say(const TicketReturned& ask, const Aside& aside);
[[nodiscard]] std::string say(const BookingRequested& ask, const Aside& aside);
[[nodiscard]] std::string say(const CancelRequested& ask, const Aside& aside);
[[nodiscard]] std::string say(const RescheduleRequested& ask, const Aside& aside);
[[nodiscard]] std::string say_asked(const HoldRequested& ask, const Aside& aside);
[[nodiscard]] std::string say_asked(const HoldReleaseRequested& ask, const Aside& aside);

// Operators' settings: words_of_settings.cc.
[[nodiscard]] std::string say(const QueueConfigured& said, const Aside& aside);
[[nodiscard]] std::string say(const PrequeueDrawn& said, const Aside& aside);
[[nodiscard]] std::string say(const ProgrammeConfigured& said, const Aside& aside);
[[nodiscard]] std::string say(const EligibilityGranted& said, const Aside& aside);
[[nodiscard]] std::string say(const EligibilityRevoked& said, const Aside& aside);
[[nodiscard]] std::string say(const AttendanceRecorded& said, const Aside& aside);
[[nodiscard]] std::string say(const SitePublished& said, const Aside& aside);
[[nodiscard]] std::string say(const SlotPublished& said, const Aside& aside);
[[nodiscard]] std::string say(const SlotChanged& said, const Aside& aside);
[[nodiscard]] std::string say(const SlotWithdrawn& said, const Aside& aside);
[[nodiscard]] std::string say(const StockChanged& said, const Aside& aside);

// What partitions tell each other, and what others are told: words_of_answers.cc.
[[nodiscard]] std::string say(const SessionEnded& said, const Aside& aside);
[[nodiscard]] std::string say(const Admitted& said, const Aside& aside);
[[nodiscard]] std::string say(const AdmissionEnded& said, const Aside& aside);
[[nodiscard]] std::string say(const AdmissionHeld& said, const Aside& aside);
[[nodiscard]] std::string say(const ReservationGranted& said, const Aside& aside);
[[nodiscard]] std::string say(const ReservationRefused& said, const Aside& aside);
[[nodiscard]] std::string say(const HoldGranted& said, const Aside& aside);
[[nodiscard]] std::string say(const HoldRefused& said, const Aside& aside);
[[nodiscard]] std::string say(const HoldEnded& said, const Aside& aside);
[[nodiscard]] std::string say(const AppointmentWithdrawn& said, const Aside& aside);
[[nodiscard]] std::string say(const Reserve& ask, const Aside& aside);
[[nodiscard]] std::string say(const Release& ask, const Aside& aside);
[[nodiscard]] std::string say(const HoldRequested& ask, const Aside& aside);
[[nodiscard]] std::string say(const HoldConfirmed& ask, const Aside& aside);
[[nodiscard]] std::string say(const HoldReleaseRequested& ask, const Aside& aside);
[[nodiscard]] std::string say(const DoseReturned& ask, const Aside& aside);
[[nodiscard]] std::string say(const DoseTaken& ask, const Aside& aside);
[[nodiscard]] std::string say(const Outcome& said, const Aside& aside);
/// A document of `sync`.
[[nodiscard]] std::string say_document(Bytes json);

}  // namespace jari::timeline
