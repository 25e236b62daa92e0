// A person's holds: taken, listed, released.
#include "consumers/api/bookings.h"
#include "consumers/api/documents.h"

namespace jari::api {
namespace {

std::optional<Fault> take(Asking& asking) {
  Form form(*asking.body);
  HoldRequested hold{};
  hold.person = PersonId{asking.call.caller.name};
  hold.programme = ProgrammeId{form.id("programme")};
  hold.site = SiteId{form.id("site")};
  hold.slot = SlotId{form.id("slot")};
  hold.product = ProductId{form.id("product")};
  if (auto fault = form.fault()) return fault;
  add_append(asking, kBookingsTopic, hold.person.text, hold);
  return std::nullopt;
}

std::optional<Fault> release(Asking& asking) {
  HoldReleaseRequested release{};
  release.hold = HoldId{asking.call.captures[0]};
  release.person = PersonId{asking.call.caller.name};
  if (const auto home = home_of_hold(asking.log, release.hold.text)) {
    add_append(asking.call, *home, release);
  }
  return std::nullopt;
}

void list(const World& world, const Turn& turn, Call& call) {
  const PersonId person{call.caller.name};
  const PartitionRef home = world.home_of(kBookingsTopic, person.text);
  touch(call.reply, turn, home);
  std::string body;
  http::JsonWriter json(body);
  json.begin_object();
  append_holds(json, world, turn, person);
  json.field("as_of", text_at(turn.time(home).now)).end_object();
  show(call.reply, std::move(body));
}

}  // namespace

void add_hold_routes(std::vector<Route>& to) {
  to.push_back({.method = http::Method::Post,
                .pattern = "/v1/holds",
                .access = Access::Person,
                .key = KeyRule::Required,
                .takes_body = true,
                .prepare = take});
  to.push_back({.pattern = "/v1/me/holds", .access = Access::Person, .look = list});
  to.push_back({.method = http::Method::Delete,
                .pattern = "/v1/holds/{hold}",
                .access = Access::Person,
                .key = KeyRule::Required,
                .prepare = release,
                .amend = refuse_unknown});
}

}  // namespace jari::api
