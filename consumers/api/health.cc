// What the service says about itself: answered by the Api, but for the figures of the state.
#include "consumers/api/figures.h"
#include "consumers/api/routes.h"

namespace jari::api {
namespace {

void look_at_figures(const World& world, const Turn& turn, Call& call) {
  take_figures(world, turn);
  call.reply.kind = Reply::Kind::Document;  // the Api writes it down
  call.reply.status = 200;
}

}  // namespace

void add_health_routes(std::vector<Route>& to) {
  for (const std::string_view path :
       {"/healthz", "/readyz", "/openapi.json", "/.well-known/jwks.json"}) {
    to.push_back({.pattern = path, .answers = Answers::Itself});
  }
  to.push_back({.pattern = "/metrics", .answers = Answers::Itself, .look = look_at_figures});
}

}  // namespace jari::api
