#include "tests/bench/http_stage.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include "engine/base/hash.h"
#include "engine/http/client.h"
#include "engine/http/json_reader.h"
#include "engine/http/json_writer.h"
#include "engine/http/token.h"
#include "ops/jari/system_ports.h"
#include "tests/bench/draws.h"
#include "tests/bench/stage.h"

namespace jari::bench {
namespace {

constexpr std::string_view kProgramme = "programme";
constexpr std::string_view kLine = "line";
constexpr std::string_view kReason = "benchmark";
constexpr milliseconds kADay{86'400'000};
constexpr seconds kTokenLives{86'400};
constexpr std::size_t kPeopleInACall = 1'000;
constexpr LoadShape kOneByOne{1, 1};
constexpr LoadShape kTogether{32, 16};
constexpr LoadShape kAFew{4, 1};

Instant now() {
  return ops::SystemClock{}.read().wall;
}

/// One request as bytes. Without a token, or without a body: empty texts.
std::string request_of(std::string_view method, std::string_view target, std::string_view token,
                       std::string_view body) {
  std::string text{method};
  text.append(" ").append(target).append(" HTTP/1.1\r\nHost: bench\r\n");
  if (!token.empty()) text.append("Authorization: Bearer ").append(token).append("\r\n");
  if (method != "GET") {
    const Hash128 key =
        hash128(bytes_of(std::string(target) + std::string(token) + std::string(body)));
    text.append("Idempotency-Key: ").append(to_text(key)).append("\r\n");
    text.append("Content-Type: application/json\r\nContent-Length: ");
    text.append(std::to_string(body.size())).append("\r\n");
  }
  return text.append("\r\n").append(body);
}

std::string body_of(const std::function<void(http::JsonWriter&)>& write) {
  std::string body;
  http::JsonWriter json(body);
  json.begin_object();
  write(json);
  json.end_object();
  return body;
}

void run_all(std::uint16_t port, const Requests& requests, LoadShape shape) {
  HttpLoad(port).run(requests, 0, requests.size(), shape, 200);
}

http::Client client_of(std::uint16_t port) {
  http::ClientOptions options;
  options.server = "http://127.0.0.1:" + std::to_string(port);
  return value_or_end(http::Client::make(std::move(options)));
}

http::JsonDocument document_of(http::Client& client, const std::string& target) {
  const auto answer = value_or_end(client.call(http::Method::Get, target));
  if (answer.status != 200) throw std::runtime_error(target + ": " + answer.body);
  return value_or_end(http::parse_json(answer.body));
}

std::int64_t number_in(http::JsonValue object, std::string_view name) {
  return object.member(name)->integer().value_or(0);
}

}  // namespace

HttpStage::HttpStage(const std::string& key_file, std::size_t people, std::size_t first)
    : key_file_(key_file),
      people_(people),
      first_(first),
      operator_token_(token_of("bench", "operator")) {
  const std::string tickets = "/v1/queues/" + std::string(kLine) + "/tickets";
  lines_.push_back(request_of("GET", "/v1/queues/" + std::string(kLine), {}, {}));
  for (std::size_t person = first; person < first + people; ++person) {
    const std::string token = token_of(person_text(person), "person");
    const std::size_t slot = mixed(person) % kSlots;
    tickets_.push_back(request_of("POST", tickets, token, "{}"));
    own_.push_back(request_of("GET", tickets + "/me", token, {}));
    bookings_.push_back(
        request_of("POST", "/v1/appointments", token, body_of([&](http::JsonWriter& json) {
                     json.field("programme", kProgramme).field("site", site_of_slot(slot));
                     json.field("slot", slot_text(slot)).field("product", kProduct);
                   })));
  }
}

Requests HttpStage::take_bookings() {
  tickets_ = {};
  own_ = {};
  return std::move(bookings_);
}

std::string HttpStage::token_of(const std::string& subject, const std::string& scope) const {
  http::Claims claims;
  claims.subject = subject;
  claims.scopes = {scope};
  return value_or_end(http::issue_hs256(key_file_, claims, now(), kTokenLives));
}

void HttpStage::publish(std::uint16_t port) const {
  const std::string programme = body_of([&](http::JsonWriter& json) {
    json.field("name", kProgramme).field("queue", kLine).key("cohorts").begin_array();
    json.begin_object().field("cohort", "everybody").field("opens_at", to_text(now() - kADay));
    json.field("closes_at", to_text(now() + kADay)).end_object().end_array();
    json.key("products").begin_array().begin_object().field("product", kProduct);
    json.field("doses", 1).field("interval_days_min", 0).end_object().end_array();
    json.field("active_appointments_max", 1).field("hold_seconds", 300).field("reason", kReason);
  });
  const std::string line = body_of([&](http::JsonWriter& json) {
    json.field("programme", kProgramme).field("opens_at", to_text(now() - kADay));
    json.field("closes_at", to_text(now() + kADay)).field("rate_per_second", 1'000'000);
    json.field("inside_max", 100'000'000).field("session_seconds", 86'400);
    json.field("paused", true).field("reason", kReason);
  });
  run_all(port,
          {request_of("PUT", "/v1/operator/programmes/" + std::string(kProgramme), operator_token_,
                      programme),
           request_of("PUT", "/v1/operator/queues/" + std::string(kLine), operator_token_, line)},
          kOneByOne);
  publish_sites(port);
  publish_people(port);
}

void HttpStage::publish_sites(std::uint16_t port) const {
  const Instant starts_at{(now().ms / kADay.count() + 2) * kADay.count()};
  Requests sites;
  Requests stock;
  Requests slots;
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const std::string site = "/v1/operator/sites/" + site_of_slot(slot);
    slots.push_back(request_of("PUT", site + "/slots/" + slot_text(slot), operator_token_,
                               body_of([&](http::JsonWriter& json) {
                                 json.field("starts_at", to_text(starts_at));
                                 json.field("length_seconds", 600).field("capacity", 1'000'000);
                                 json.field("reason", kReason);
                               })));
    if (slot % kSlotsOfASite != 0) continue;
    sites.push_back(
        request_of("PUT", site, operator_token_, body_of([&](http::JsonWriter& json) {
                     json.field("name", site).field("region", "region").field("zone", "UTC");
                     json.field("reason", kReason);
                   })));
    stock.push_back(
        request_of("POST", site + "/stock", operator_token_, body_of([&](http::JsonWriter& json) {
                     json.field("product", kProduct).field("doses", 10'000'000);
                     json.field("reason", kReason);
                   })));
  }
  run_all(port, sites, kTogether);
  run_all(port, stock, kTogether);
  run_all(port, slots, kTogether);
}

void HttpStage::publish_people(std::uint16_t port) const {
  Requests calls;
  const std::size_t all = first_ + people_;
  for (std::size_t first = first_; first < all; first += kPeopleInACall) {
    const std::size_t end = std::min(all, first + kPeopleInACall);
    calls.push_back(request_of("POST", "/v1/operator/eligibility", operator_token_,
                               body_of([&](http::JsonWriter& json) {
                                 json.field("programme", kProgramme).key("people").begin_array();
                                 for (std::size_t person = first; person < end; ++person) {
                                   json.begin_object().field("person", person_text(person));
                                   json.field("cohort", "everybody").end_object();
                                 }
                                 json.end_array().field("reason", kReason);
                               })));
  }
  run_all(port, calls, kAFew);
}

void HttpStage::admit(std::uint16_t port) const {
  const std::string body =
      body_of([](http::JsonWriter& json) { json.field("paused", false).field("reason", kReason); });
  run_all(port,
          {request_of("PATCH", "/v1/operator/queues/" + std::string(kLine), operator_token_, body)},
          kOneByOne);
  http::Client client = client_of(port);
  for (std::int64_t waiting = 1; waiting > 0;) {
    std::this_thread::sleep_for(milliseconds{100});
    waiting = number_in(document_of(client, "/v1/queues/" + std::string(kLine)).root(), "waiting");
  }
}

std::size_t HttpStage::booked(std::uint16_t port) const {
  http::Client client = client_of(port);
  std::size_t sum = 0;
  for (std::size_t slot = 0; slot < kSlots; slot += kSlotsOfASite) {
    const auto document =
        document_of(client, "/v1/sites/" + site_of_slot(slot) + "/slots?limit=1000");
    for (const auto one : document.root().member("slots")->elements()) {
      sum += static_cast<std::size_t>(number_in(one, "booked"));
    }
  }
  return sum;
}

}  // namespace jari::bench
