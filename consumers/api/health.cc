// What the service says about itself: answered by the Api.
#include "consumers/api/routes.h"

namespace jari::api {

void add_health_routes(std::vector<Route>& to) {
  for (const std::string_view path :
       {"/healthz", "/readyz", "/openapi.json", "/.well-known/jwks.json", "/metrics"}) {
    Route route;
    route.pattern = path;
    route.answers = Answers::Itself;
    route.is_of_the_node = true;
    to.push_back(route);
  }
}

}  // namespace jari::api
