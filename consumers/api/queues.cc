// What everybody sees of a queue.
#include "consumers/api/documents.h"
#include "consumers/api/routes.h"

namespace jari::api {
namespace {

void look_at_queue(const World& world, const Turn& turn, Call& call) {
  show_queue(world, turn, QueueId{call.captures[0]}, call.reply);
}

}  // namespace

void add_queue_routes(std::vector<Route>& to) {
  to.push_back(
      {.pattern = "/v1/queues/{queue}", .answers = Answers::Published, .look = look_at_queue});
  to.push_back(
      {.pattern = "/v1/queues/{queue}/events", .answers = Answers::Events, .look = look_at_queue});
}

}  // namespace jari::api
