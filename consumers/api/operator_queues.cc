// An operator's calls on queues.
#include "consumers/api/documents.h"
#include "consumers/api/routes.h"

namespace jari::api {
namespace {

constexpr std::string_view kOne = "/v1/operator/queues/{queue}";
constexpr TextLimits kMessageLimits{0, kMessageCharactersMax, true};
constexpr TextLimits kBeaconLimits{1, kBeaconCharactersMax, true};

std::uint32_t bit(QueueField field) {
  return static_cast<std::uint32_t>(field);
}

/// A field of the settings that may be left out of a PATCH.
class Settings {
 public:
  Settings(Form& form, QueueConfigured& queue, bool is_whole)
      : form_(form), queue_(queue), need_(is_whole ? Need::Required : Need::Optional) {}

  void read() {
    if (names("programme", QueueField::Programme)) {
      queue_.programme = ProgrammeId{form_.id("programme", need_)};
    }
    time("opens_at", QueueField::OpensAt, queue_.opens_at);
    time("closes_at", QueueField::ClosesAt, queue_.closes_at);
    count("rate_per_second", QueueField::Rate, 0, kRatePerSecondMax, queue_.rate_per_second);
    count("inside_max", QueueField::InsideMax, 0, kInsideMaxMax, queue_.inside_max);
    count("session_seconds", QueueField::SessionSeconds, 1, kSessionSecondsMax,
          queue_.session_seconds);
    if (names("message", QueueField::Message) && !is_cleared("message")) {
      queue_.message = form_.text("message", Need::Optional, kMessageLimits);
    }
    flag("paused", QueueField::Paused, queue_.paused);
    flag("rejoin", QueueField::Rejoin, queue_.rejoin);
    prequeue();
  }

 private:
  /// A PUT names every field; a PATCH those that are there.
  bool names(std::string_view name, QueueField field) {
    if (need_ == Need::Optional && !form_.has(name)) return false;
    queue_.set |= bit(field);
    return true;
  }
  bool is_cleared(std::string_view name) {
    return need_ == Need::Optional && form_.is_cleared(name);
  }
  void time(std::string_view name, QueueField field, Instant& at) {
    if (names(name, field)) at = form_.time(name, need_).value_or(Instant{});
  }
  void count(std::string_view name, QueueField field, std::int64_t least, std::int64_t most,
             std::uint32_t& number) {
    if (!names(name, field)) return;
    number = static_cast<std::uint32_t>(form_.integer(name, need_, least, most).value_or(0));
  }
  void flag(std::string_view name, QueueField field, bool& value) {
    if (!names(name, field) || is_cleared(name)) return;
    value = form_.boolean(name, Need::Optional).value_or(value);
  }
  void prequeue() {
    if (!names("prequeue", QueueField::Prequeue) || is_cleared("prequeue")) return;
    const auto object = form_.object("prequeue", Need::Optional);
    if (!object) return;
    Form inner(*object, form_.path_of("prequeue") + ".");
    PrequeueSettings& settings = queue_.prequeue.emplace();
    settings.opens_at = inner.time("opens_at", Need::Required).value_or(Instant{});
    settings.closes_at = inner.time("closes_at", Need::Required).value_or(Instant{});
    settings.commitment = inner.hex32("commitment", Need::Required);
    settings.beacon_name = inner.text("beacon_name", Need::Optional, kBeaconLimits);
    if (settings.closes_at <= settings.opens_at) {
      inner.refuse("closes_at", "must be after opens_at");
    }
    form_.take(inner.fault());
  }

  Form& form_;
  QueueConfigured& queue_;
  Need need_;
};

std::optional<Fault> configure(Asking& asking, bool is_whole) {
  Call& call = asking.call;
  Form form(*asking.body);
  QueueConfigured queue{};
  queue.queue = QueueId{call.captures[0]};
  queue.expects_version = call.if_match.value_or(0);
  Settings(form, queue, is_whole).read();
  call.reason = form.text("reason", Need::Required, kReasonLimits);
  if (is_whole && queue.closes_at <= queue.opens_at) {
    form.refuse("closes_at", "must be after opens_at");
  }
  if (is_whole && queue.prequeue && queue.prequeue->closes_at > queue.opens_at) {
    form.refuse("prequeue.closes_at", "must not be after opens_at of the queue");
  }
  if (auto fault = form.fault()) return fault;
  add_append(asking, kQueueTopic, queue.queue.text, queue);
  return std::nullopt;
}

std::optional<Fault> put(Asking& asking) {
  return configure(asking, true);
}
std::optional<Fault> patch(Asking& asking) {
  return configure(asking, false);
}

std::optional<Fault> draw(Asking& asking) {
  Form form(*asking.body);
  PrequeueDrawn drawn{};
  drawn.queue = QueueId{asking.call.captures[0]};
  drawn.seed = form.hex32("seed", Need::Required);
  drawn.beacon = form.text("beacon", Need::Optional, kBeaconLimits);
  asking.call.reason = form.text("reason", Need::Required, kReasonLimits);
  if (auto fault = form.fault()) return fault;
  add_append(asking, kQueueTopic, drawn.queue.text, drawn);
  return std::nullopt;
}

void look_at_settings(const World& world, const Turn& turn, Call& call) {
  show_queue_settings(world, turn, QueueId{call.captures[0]}, call.reply);
}

}  // namespace

void add_operator_queue_routes(std::vector<Route>& to) {
  to.push_back({.pattern = kOne, .access = Access::Reader, .look = look_at_settings});
  to.push_back({.method = http::Method::Put,
                .pattern = kOne,
                .access = Access::Operator,
                .key = KeyRule::Optional,
                .takes_body = true,
                .takes_if_match = true,
                .prepare = put});
  to.push_back({.method = http::Method::Patch,
                .pattern = kOne,
                .access = Access::Operator,
                .key = KeyRule::Optional,
                .takes_body = true,
                .takes_if_match = true,
                .prepare = patch});
  to.push_back({.method = http::Method::Post,
                .pattern = "/v1/operator/queues/{queue}/draw",
                .access = Access::Operator,
                .key = KeyRule::Optional,
                .takes_body = true,
                .prepare = draw});
}

}  // namespace jari::api
