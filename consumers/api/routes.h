// consumers/api/routes.h — Route: what the door must know of one call, and the table of all calls.
//
// A route reads a request's form and shows what is; it decides nothing.
//
// Errors:  prepare() gives a Fault for what is not of the form.
// Threads: read-only once made. prepare() runs in io threads, the rest in the engine's.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "consumers/api/call.h"
#include "consumers/api/forms.h"
#include "consumers/api/world.h"
#include "engine/http/request.h"
#include "engine/runtime/engine.h"

namespace jari::api {

enum class Access : std::uint8_t { Everybody = 1, Person, Operator, Reader, Anyone };
enum class KeyRule : std::uint8_t { None = 1, Optional, Required };
/// Who answers: the door; or, of what the service says about itself, the Api.
enum class Answers : std::uint8_t { Door = 1, Published, Events, Changes, Itself };

inline constexpr std::size_t kBodyBytesMax = 64 * 1024;
inline constexpr std::size_t kEligibilityBytesMax = 1024 * 1024;

/// What the form of a call is read into: its record goes to add_append().
struct Asking {
  Call& call;
  const LogIdentity& log;
  const http::JsonValue* body = nullptr;  // of a call that takes one
};

struct Route {
  http::Method method = http::Method::Get;
  std::string_view pattern;
  Access access = Access::Everybody;
  KeyRule key = KeyRule::None;
  Answers answers = Answers::Door;
  bool takes_body = false;
  bool needs_body = true;     // of one that takes a body
  bool takes_reason = false;  // in the header
  bool takes_if_match = false;
  bool is_of_a_site = false;    // the first capture: what a limited operator may be allowed
  bool may_be_limited = false;  // limits are looked at when sites are known
  bool needs_settled = false;   // must see all that was appended before it
  bool is_of_a_change = false;  // a read that says what became of one
  bool is_of_the_node = false;  // what a node says of itself, whatever it serves
  std::size_t body_bytes_max = kBodyBytesMax;
  std::span<const std::string_view> parameters = {};

  /// A change: reads the form, adds the records.
  std::optional<Fault> (*prepare)(Asking& asking) = nullptr;
  /// A read: fills in the reply.
  void (*look)(const World& world, const Turn& turn, Call& call) = nullptr;
  /// A change that needs to see state to make its record, or to know whose sites it touches: a
  /// Refusal instead, or nothing.
  std::optional<Refusal> (*amend)(const World& world, const Turn& turn, Call& call) = nullptr;
  /// Whether what was granted holds wherever the answer promises it.
  bool (*is_settled)(const World& world, const Turn& turn, Call& call) = nullptr;
};

[[nodiscard]] inline bool is_change(const Route& route) {
  return route.key != KeyRule::None;
}

/// What a node is there for, where several serve: taking requests, showing what is, or both.
struct Serving {
  bool changes = true;
  bool reads = true;
  std::string_view why_no_changes = "This node takes no requests: ask one with the role door.";
};

[[nodiscard]] inline bool is_served(const Route& route, const Serving& serving) {
  if (route.is_of_the_node || (route.is_of_a_change && serving.changes)) return true;
  return is_change(route) ? serving.changes : serving.reads;
}

/// All calls there are, group by group.
[[nodiscard]] const std::vector<Route>& routes();

void add_health_routes(std::vector<Route>& to);
void add_queue_routes(std::vector<Route>& to);
void add_programme_routes(std::vector<Route>& to);
void add_site_routes(std::vector<Route>& to);
void add_ticket_routes(std::vector<Route>& to);
void add_hold_routes(std::vector<Route>& to);
void add_appointment_routes(std::vector<Route>& to);
void add_request_routes(std::vector<Route>& to);
void add_operator_queue_routes(std::vector<Route>& to);
void add_operator_programme_routes(std::vector<Route>& to);
void add_operator_site_routes(std::vector<Route>& to);
void add_operator_booking_routes(std::vector<Route>& to);
void add_operator_status_routes(std::vector<Route>& to);

/// The record of a change, for the partition named.
template <class T>
void add_append(Call& call, PartitionRef where, const T& record) {
  thread_local Encoder encoder;
  call.appends.push_back(
      {where, kTypeOf<T>, call.key, std::string(text_of(encoder.encode(record)))});
}
/// The same for where `key` is at home.
template <class T>
void add_append(Asking& asking, TopicNo topic, std::string_view key, const T& record) {
  const PartitionNo count = asking.log.topics[topic].partitions;
  add_append(asking.call, {topic, static_cast<PartitionNo>(partition_of(key, count))}, record);
}

/// The key of one record of several that a call appends: the call's own for the first.
[[nodiscard]] std::string key_of_part(std::string_view request, std::size_t part);

/// The fields that a search may have, by which parameters it was given.
[[nodiscard]] std::optional<Fault> read_search(std::string_view query, const Route& route,
                                               Search& search);

}  // namespace jari::api
