#include "tests/sim/cancel_rule.h"

#include <utility>

#include "consumers/appointments/appointments.h"
#include "tests/sim/request.h"

namespace jari::sim {
namespace {

constexpr std::uint16_t kSinceVersion = 2;
constexpr milliseconds kDay{24 * 3'600'000};

}  // namespace

void CancelRule::asked(const Envelope& envelope) {
  if (envelope.type != kTypeOf<CancelRequested> || !envelope.asked) return;
  const Record record = decode(envelope.type, envelope.body);
  const auto* said = std::get_if<CancelRequested>(&record);
  if (said == nullptr) return;
  asked_.try_emplace(
      {std::string(envelope.asked->by), std::string(envelope.asked->request)},
      Asked{std::string(said->appointment.text), envelope.asked->role == Role::Person});
}

void CancelRule::decided(Partition& partition, std::string_view who, const Outcome& outcome) {
  const auto at = asked_.find({std::string(who), std::string(outcome.request)});
  if (at == asked_.end() || at->second.appointment.empty() || !is_kept(outcome)) return;
  const Asked asked = std::exchange(at->second, {});
  const bool is_late_a_day_before = partition.row().writes >= kSinceVersion && asked.is_person;
  const Instant in_time_after =
      partition.time().now + (is_late_a_day_before ? kDay : milliseconds{0});
  if (outcome.decision == Decision::Granted) {
    const bool is_now = cancelled_.insert(asked.appointment).second;
    const bool is_by_them = outcome.appointment->cancelled_by != CancelledBy::Withdrawal;
    trace_.expect(!is_now || !is_by_them || outcome.appointment->starts_at > in_time_after,
                  "version", asked.appointment + " is cancelled too late for the version in force");
    return;
  }
  if (outcome.code != Code::AppointmentNotActive) return;
  const auto& consumer = static_cast<const appointments::Appointments&>(partition.consumer());
  const auto id = parse_appointment(asked.appointment);
  if (!id) return;
  consumer.view().appointment(*id, [&](const Appointment& one) {
    const bool was_in_time = one.state == AppointmentState::Booked && one.starts_at > in_time_after;
    trace_.expect(!was_in_time, "version",
                  asked.appointment + " is not cancelled, and in time for the version in force");
    return true;
  });
}

}  // namespace jari::sim
