#include "ops/jari/visitors.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <queue>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/http/json_reader.h"
#include "engine/http/json_writer.h"
#include "engine/http/token.h"

namespace jari::ops {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint32_t kPeopleInABatch = 1000;
constexpr int kBookingTries = 6;
constexpr std::uint64_t kGiveUpOneIn = 50;

struct Programme {
  std::string queue;
  std::string cohort;
  std::string product;
};

struct Visitor {
  Clock::time_point next;
  std::uint32_t number = 0;
  enum class Step : std::uint8_t { Join, Wait, Book } step = Step::Join;
  int tries = 0;
  bool operator>(const Visitor& other) const { return next > other.next; }
};

class Figures {
 public:
  void count(std::uint64_t CrowdFigures::*what) {
    const std::scoped_lock lock(mutex_);
    ++(figures_.*what);
  }
  void refused(const std::string& code) {
    const std::scoped_lock lock(mutex_);
    ++figures_.refusals[code];
  }
  void took(double ms) {
    const std::scoped_lock lock(mutex_);
    ++figures_.requests;
    latencies_.push_back(static_cast<float>(ms));
  }
  CrowdFigures read() {
    const std::scoped_lock lock(mutex_);
    CrowdFigures figures = figures_;
    if (latencies_.empty()) return figures;
    std::vector<float> sorted = latencies_;
    std::sort(sorted.begin(), sorted.end());
    figures.p50_ms = sorted[sorted.size() / 2];
    figures.p99_ms = sorted[sorted.size() * 99 / 100];
    return figures;
  }

 private:
  std::mutex mutex_;
  CrowdFigures figures_;
  std::vector<float> latencies_;
};

std::string text_in(const http::JsonValue& object, std::string_view name) {
  const auto value = object.is_object() ? object.member(name) : std::nullopt;
  return value && value->text() ? std::string(*value->text()) : std::string();
}
std::int64_t number_in(const http::JsonValue& object, std::string_view name) {
  const auto value = object.is_object() ? object.member(name) : std::nullopt;
  return value ? value->integer().value_or(0) : 0;
}

http::JsonDocument document_of(http::Client& client, const std::string& target) {
  const auto answer = ask_patiently(client, http::Method::Get, target, {}, {});
  if (!answer) throw std::runtime_error(answer.error().detail);
  if (answer->status != 200) throw std::runtime_error(target + ": " + problem_text(*answer));
  auto document = http::parse_json(answer->body);
  if (!document) throw std::runtime_error(target + ": " + document.error().detail);
  return std::move(*document);
}

Programme read_programme(http::Client& client, const std::string& name) {
  const auto document = document_of(client, "/v1/programmes/" + name);
  Programme programme;
  programme.queue = text_in(document.root(), "queue");
  for (const auto one : document.root().member("cohorts")->elements()) {
    programme.cohort = text_in(one, "cohort");
    break;
  }
  for (const auto one : document.root().member("products")->elements()) {
    programme.product = text_in(one, "product");
    break;
  }
  return programme;
}

/// Sites and their slots, as a visitor would look them up once.
std::vector<std::pair<std::string, std::string>> read_slots(http::Client& client) {
  std::vector<std::pair<std::string, std::string>> slots;
  const auto sites = document_of(client, "/v1/sites?limit=1000");
  for (const auto site : sites.root().member("sites")->elements()) {
    const std::string name = text_in(site, "site");
    const auto of_site = document_of(client, "/v1/sites/" + name + "/slots?limit=1000");
    for (const auto slot : of_site.root().member("slots")->elements()) {
      slots.emplace_back(name, text_in(slot, "slot"));
    }
  }
  if (slots.empty()) throw std::runtime_error("no site has a slot in the next 14 days");
  return slots;
}

class Crowd {
 public:
  Crowd(const CrowdSettings& settings, Figures& figures)
      : settings_(settings),
        figures_(figures),
        client_(connect(settings.server, "load", "operator")) {
    programme_ = read_programme(client_, settings.programme);
    slots_ = read_slots(client_);
  }

  void make_eligible() {
    for (std::uint32_t first = 0; first < settings_.people; first += kPeopleInABatch) {
      std::string body;
      http::JsonWriter json(body);
      json.begin_object().field("programme", settings_.programme).key("people").begin_array();
      const std::uint32_t last = std::min(settings_.people, first + kPeopleInABatch);
      for (std::uint32_t number = first; number < last; ++number) {
        json.begin_object()
            .field("person", person(number))
            .field("cohort", programme_.cohort)
            .end_object();
      }
      json.end_array().field("reason", "simulated visitors").end_object();
      const auto answer =
          ask_patiently(client_, http::Method::Post, "/v1/operator/eligibility", body, {});
      if (!answer) throw std::runtime_error(answer.error().detail);
      if (answer->status != 200) throw std::runtime_error("eligibility: " + problem_text(*answer));
    }
  }

  /// The share of one thread, until its visitors are done or time is up.
  void run(std::uint32_t share, Clock::time_point start) {
    std::mt19937_64 random(settings_.seed * 1'000 + share);
    std::priority_queue<Visitor, std::vector<Visitor>, std::greater<>> visitors;
    const auto arrive_within = std::chrono::milliseconds{settings_.seconds * 500};
    for (std::uint32_t number = share; number < settings_.people; number += settings_.threads) {
      const auto after = std::chrono::milliseconds{
          random() % std::max<std::uint64_t>(1, static_cast<std::uint64_t>(arrive_within.count()))};
      visitors.push({start + after, number, Visitor::Step::Join, 0});
    }
    const auto end = start + std::chrono::seconds{settings_.seconds};
    http::ClientOptions options;
    options.server = settings_.server.server;
    auto client = http::Client::make(options);
    while (!visitors.empty() && client) {
      Visitor visitor = visitors.top();
      visitors.pop();
      if (visitor.next >= end) break;
      std::this_thread::sleep_until(visitor.next);
      if (act(*client, visitor, random)) visitors.push(visitor);
    }
  }

 private:
  std::string person(std::uint32_t number) const {
    return "visitor-" + std::to_string(settings_.seed) + "-" + std::to_string(number);
  }

  std::string token_of(std::uint32_t number) const {
    http::Claims claims;
    claims.subject = person(number);
    claims.scopes = {"person"};
    auto token =
        http::issue_hs256(signing_key_file(settings_.server), claims, wall_now(), seconds{3600});
    return token ? *token : std::string();
  }

  http::ClientAnswer call(http::Client& client, const Visitor& visitor, http::Method method,
                          const std::string& target, std::string_view body) {
    std::vector<http::ClientHeader> headers{
        {"Authorization", "Bearer " + token_of(visitor.number)}};
    if (method != http::Method::Get) {
      headers.push_back({"Idempotency-Key", "v" + std::to_string(visitor.number) + "-" +
                                                std::to_string(static_cast<int>(visitor.step)) +
                                                "-" + std::to_string(visitor.tries)});
    }
    const auto began = Clock::now();
    auto answer = client.call(method, target, body, headers);
    figures_.took(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
    if (!answer) return {0, {}, answer.error().detail};
    return std::move(*answer);
  }

  void refuse(const http::ClientAnswer& answer) {
    const auto document = http::parse_json(answer.body);
    std::string code = document ? text_in(document->root(), "code") : std::string();
    figures_.refused(code.empty() ? "no-answer" : code);
  }

  /// One step of a visitor. Says whether there is a next one.
  bool act(http::Client& client, Visitor& visitor, std::mt19937_64& random) {
    if (programme_.queue.empty()) visitor.step = Visitor::Step::Book;
    return visitor.step == Visitor::Step::Book ? book(client, visitor, random)
                                               : wait(client, visitor, random);
  }

  bool wait(http::Client& client, Visitor& visitor, std::mt19937_64& random) {
    const bool is_new = visitor.step == Visitor::Step::Join;
    const std::string tickets = "/v1/queues/" + programme_.queue + "/tickets";
    const auto answer = is_new ? call(client, visitor, http::Method::Post, tickets, "")
                               : call(client, visitor, http::Method::Get, tickets + "/me", "");
    visitor.next = Clock::now() + std::chrono::seconds{1};
    if (answer.status != 200 && answer.status != 201) {
      refuse(answer);
      return answer.status == 503 || answer.status == 429;
    }
    const auto ticket = http::parse_json(answer.body);
    if (!ticket) return false;
    if (is_new) figures_.count(&CrowdFigures::tickets);
    visitor.step = Visitor::Step::Wait;
    const std::string state = text_in(ticket->root(), "state");
    if (state == "admitted") {
      figures_.count(&CrowdFigures::admitted);
      visitor.step = Visitor::Step::Book;
      visitor.next = Clock::now();
      return true;
    }
    if (state != "waiting" || random() % kGiveUpOneIn == 0) {
      figures_.count(&CrowdFigures::gave_up);
      call(client, visitor, http::Method::Delete, tickets + "/me", "");
      return false;
    }
    const auto poll = std::max<std::int64_t>(1, number_in(ticket->root(), "poll_after_seconds"));
    visitor.next = Clock::now() + std::chrono::seconds{std::min<std::int64_t>(poll, 5)};
    return true;
  }

  bool book(http::Client& client, Visitor& visitor, std::mt19937_64& random) {
    const auto& [site, slot] = slots_[random() % slots_.size()];
    std::string body;
    http::JsonWriter json(body);
    json.begin_object()
        .field("programme", settings_.programme)
        .field("site", site)
        .field("slot", slot)
        .field("product", programme_.product)
        .end_object();
    const auto answer = call(client, visitor, http::Method::Post, "/v1/appointments", body);
    if (answer.status == 201) {
      figures_.count(&CrowdFigures::booked);
      return false;
    }
    refuse(answer);
    visitor.next = Clock::now() + std::chrono::milliseconds{200};
    return ++visitor.tries < kBookingTries && answer.status != 403;
  }

  const CrowdSettings& settings_;
  Figures& figures_;
  http::Client client_;
  Programme programme_;
  std::vector<std::pair<std::string, std::string>> slots_;
};

}  // namespace

Result<CrowdFigures> run_crowd(const CrowdSettings& settings, const TellFigures& tell) {
  Figures figures;
  try {
    Crowd crowd(settings, figures);
    crowd.make_eligible();
    std::atomic<std::uint32_t> running{settings.threads};
    std::vector<std::thread> threads;
    const auto start = Clock::now();
    for (std::uint32_t share = 0; share < settings.threads; ++share) {
      threads.emplace_back([&, share] {
        crowd.run(share, start);
        running.fetch_sub(1);
      });
    }
    while (running.load() > 0) {
      std::this_thread::sleep_for(std::chrono::seconds{1});
      tell(figures.read());
    }
    for (auto& thread : threads) thread.join();
  } catch (const std::runtime_error& failed) {
    return Error{ErrorCode::Io, failed.what()};
  }
  return figures.read();
}

}  // namespace jari::ops
