// Until when an appointment may be cancelled: in a file of its own, so that a test can link a
// program whose next version decides it otherwise.

#include "consumers/appointments/changes.h"

namespace jari::appointments {

bool is_in_time_to_cancel(const Desk& desk, const Case&, const AppointmentRow& row) {
  return row.starts_at > desk.time().now;
}

}  // namespace jari::appointments
