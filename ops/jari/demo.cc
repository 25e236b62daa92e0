// jari demo: a programme, a queue, sites, slots and stock to look at, all made up here.

#include <array>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "engine/base/hash.h"
#include "engine/http/json_writer.h"
#include "ops/jari/commands.h"
#include "ops/jari/connection.h"

namespace jari::ops {
namespace {

constexpr milliseconds kADay{86'400'000};
constexpr milliseconds kAnHour{3'600'000};
constexpr int kDays = 5;
constexpr int kSlotsADay = 6;
constexpr std::uint32_t kCapacity = 20;
constexpr std::uint32_t kDosesASite = 500;
constexpr std::string_view kReason = "demonstration";

struct DemoSite {
  std::string_view site;
  std::string_view name;
  std::string_view region;
};
constexpr std::array<DemoSite, 6> kSites{{{"seoul-jongno", "Jongno Community Hall", "seoul"},
                                          {"seoul-mapo", "Mapo Health Centre", "seoul"},
                                          {"busan-haeundae", "Haeundae Clinic", "busan"},
                                          {"busan-jung", "Jung-gu Sports Hall", "busan"},
                                          {"daegu-suseong", "Suseong Public Library", "daegu"},
                                          {"jeju-city", "Jeju City Gymnasium", "jeju"}}};

struct DemoSettings {
  ServerSettings server;
  std::uint32_t rate = 20;
  std::uint32_t inside_max = 400;
  std::uint32_t session_seconds = 120;
};

class Demo {
 public:
  explicit Demo(const DemoSettings& settings)
      : settings_(settings), client_(connect(settings.server, "demo", "operator")) {}

  void publish() {
    publish_programme();
    publish_queue();
    for (const DemoSite& site : kSites) publish_site(site);
    make_eligible();
  }

 private:
  void call(http::Method method, const std::string& target, const std::string& body) {
    std::vector<http::ClientHeader> headers;
    if (method == http::Method::Post) {  // the same data again adds no stock
      headers.push_back({"Idempotency-Key", "demo-" + to_text(hash128(bytes_of(target)))});
    }
    const auto answer = client_.call(method, target, body, headers);
    if (!answer) throw std::runtime_error(answer.error().detail);
    if (answer->status != 200) throw std::runtime_error(target + ": " + problem_text(*answer));
  }

  void publish_programme() {
    std::string body;
    http::JsonWriter json(body);
    json.begin_object().field("name", "Demonstration").field("queue", "demo");
    json.key("cohorts").begin_array().begin_object();
    json.field("cohort", "everybody")
        .field("opens_at", to_text(wall_now() - kADay))
        .field("closes_at", to_text(wall_now() + kADay * 365))
        .end_object()
        .end_array();
    json.key("products").begin_array().begin_object();
    json.field("product", "spring-dose").field("doses", 1).field("interval_days_min", 0);
    json.end_object().end_array();
    json.field("active_appointments_max", 1)
        .field("hold_seconds", 300)
        .field("reason", kReason)
        .end_object();
    call(http::Method::Put, "/v1/operator/programmes/demo", body);
  }

  void publish_queue() {
    std::string body;
    http::JsonWriter json(body);
    json.begin_object()
        .field("programme", "demo")
        .field("opens_at", to_text(wall_now() - kAnHour))
        .field("closes_at", to_text(wall_now() + kADay * 365))
        .field("rate_per_second", settings_.rate)
        .field("inside_max", settings_.inside_max)
        .field("session_seconds", settings_.session_seconds)
        .field("message", "This is a demonstration.")
        .field("reason", kReason)
        .end_object();
    call(http::Method::Put, "/v1/operator/queues/demo", body);
  }

  void make_eligible() {
    std::string body;
    http::JsonWriter json(body);
    json.begin_object().field("programme", "demo").key("people").begin_array();
    json.begin_object().field("person", "alice").field("cohort", "everybody").end_object();
    json.end_array().field("reason", kReason).end_object();
    call(http::Method::Post, "/v1/operator/eligibility", body);
  }

  void publish_site(const DemoSite& site) {
    const std::string target = "/v1/operator/sites/" + std::string(site.site);
    std::string body;
    http::JsonWriter(body)
        .begin_object()
        .field("name", site.name)
        .field("region", site.region)
        .field("zone", "Asia/Seoul")
        .field("reason", kReason)
        .end_object();
    call(http::Method::Put, target, body);
    body.clear();
    http::JsonWriter(body)
        .begin_object()
        .field("product", "spring-dose")
        .field("doses", kDosesASite)
        .field("reason", kReason)
        .end_object();
    call(http::Method::Post, target + "/stock", body);
    for (int day = 1; day <= kDays; ++day) {
      for (int hour = 0; hour < kSlotsADay; ++hour) publish_slot(target, day, hour);
    }
  }

  void publish_slot(const std::string& site, int day, int hour) {
    const Instant midnight{wall_now().ms / kADay.count() * kADay.count()};  // 09:00 in Seoul
    const Instant starts_at = midnight + kADay * day + kAnHour * hour;
    const std::string name = to_text(starts_at).substr(0, 13);
    std::string body;
    http::JsonWriter(body)
        .begin_object()
        .field("starts_at", to_text(starts_at))
        .field("length_seconds", 3600)
        .field("capacity", kCapacity)
        .field("reason", kReason)
        .end_object();
    call(http::Method::Put, site + "/slots/" + name, body);
  }

  const DemoSettings& settings_;
  http::Client client_;
};

}  // namespace

void add_demo(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "demo",
      "Publishes demonstration data (a programme, a queue, sites, slots, stock), all made up");
  auto settings = std::make_shared<DemoSettings>();
  add_server_settings(*command, settings->server);
  command->add_option("--rate", settings->rate, "Admissions in a second")->capture_default_str();
  command->callback([settings, &exit_code] {
    Demo(*settings).publish();
    std::cout << "published programme demo, queue demo, " << kSites.size() << " sites with "
              << kDays * kSlotsADay << " slots each; alice is eligible\n";
    exit_code = 0;
  });
}

}  // namespace jari::ops
