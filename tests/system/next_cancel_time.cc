// What version 2 of the logic decides otherwise, for kafka_upgrade_test.py: a person may cancel
// until a day before the slot, an operator until it begins, as everybody may by version 1.

#include "consumers/appointments/changes.h"

namespace jari::appointments {
namespace {

constexpr std::uint16_t kSinceVersion = kLogicVersion + 1;
constexpr milliseconds kDay{24 * 3600 * 1000};

}  // namespace

bool is_in_time_to_cancel(const Desk& desk, const Case& one, const AppointmentRow& row) {
  const bool is_late_a_day_before = desk.context.version() >= kSinceVersion && !one.is_operator();
  return row.starts_at > desk.time().now + (is_late_a_day_before ? kDay : milliseconds{0});
}

}  // namespace jari::appointments
