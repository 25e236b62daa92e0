#include "consumers/api/routes.h"

namespace jari::api {

const std::vector<Route>& routes() {
  static const std::vector<Route> all = [] {
    std::vector<Route> made;
    for (const auto add :
         {add_health_routes, add_queue_routes, add_programme_routes, add_site_routes,
          add_ticket_routes, add_hold_routes, add_appointment_routes, add_request_routes,
          add_operator_queue_routes, add_operator_programme_routes, add_operator_site_routes,
          add_operator_booking_routes, add_operator_status_routes}) {
      add(made);
    }
    return made;
  }();
  return all;
}

}  // namespace jari::api
