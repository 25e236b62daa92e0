#include "ops/jari/service.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>

#include <spdlog/spdlog.h>

#include "consumers/api/api.h"
#include "engine/http/server.h"
#include "engine/http/token.h"
#include "engine/metrics/prometheus_metrics.h"
#include "ops/jari/admission_hold.h"
#include "ops/jari/business.h"
#include "ops/jari/connection.h"
#include "ops/jari/file_limit.h"
#include "ops/jari/legacy_lag.h"
#include "ops/jari/listen_address.h"
#include "ops/jari/openapi.h"
#include "ops/jari/partition_lines.h"
#include "ops/jari/served_node.h"
#include "ops/jari/system_ports.h"

namespace jari::ops {
namespace {

constexpr std::uint64_t kMegabyte = 1 << 20;
constexpr milliseconds kStopPatience{10'000};
constexpr milliseconds kLogPatience{5'000};  // after that, for a log that does not answer

/// The keys that were configured, or one of our own, which is for this machine only.
Result<std::unique_ptr<http::Keys>> open_keys(const ServiceSettings& settings,
                                              const ListenAddress& address) {
  http::KeyFiles files{settings.hs256_key, settings.jwks};
  if (files.hs256_file.empty() && files.jwks_file.empty()) {
    if (!is_loopback(address.host)) {
      return Error{ErrorCode::BadArgument,
                   "no key is configured, so only this machine may be listened to: give "
                   "--hs256-key or --jwks, or listen on 127.0.0.1 (asked for: " +
                       settings.listen + ")"};
    }
    files.hs256_file = hs256_key_file(settings.data);
    const auto made = http::make_hs256_file(files.hs256_file);
    if (!made) return made.error();
    spdlog::info("no key configured: tokens are signed with {}, listening on loopback only",
                 files.hs256_file);
  }
  return http::Keys::open(files);
}

Result<void> check_roles(const ServiceSettings& settings) {
  if (settings.log == "embedded") {
    const bool is_alone = settings.roles.size() == kRoles.size() && settings.lost_sinks.empty();
    if (is_alone && settings.kafka.brokers.empty()) return {};
    return Error{ErrorCode::BadArgument,
                 "with the embedded log one process does everything: leave --roles, --lost-sinks "
                 "and --kafka-brokers out, or say --log kafka"};
  }
  if (!settings.roles.empty()) return {};
  return Error{ErrorCode::BadArgument, "--roles names none: a node has at least one"};
}

}  // namespace

struct Service::Parts {
  ServiceSettings settings;
  SystemClock clock;
  metrics::PrometheusMetrics metrics;
  std::unique_ptr<ServedNode> node;
  std::unique_ptr<http::Keys> keys;
  std::unique_ptr<http::TokenSigner> signer;
  std::unique_ptr<api::Api> api;
  std::optional<PartitionLines> lines;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<api::ServerExecutor> executor;
  std::string host;
  std::optional<AdmissionHold> hold;  // once the node has started
  bool is_full = false;
  std::atomic<bool> is_blocked{false};  // some partition by a sink, when the queues were last told
  std::size_t connections_max = 0;
  std::string state_trouble;  // as it was said last
  std::optional<api::LegacyLag> legacy_shown;

  Result<void> open();
  Result<void> start_node();
  Result<void> start_door(const ListenAddress& address);
  api::World world();
  [[nodiscard]] std::string_view why_held(PartitionRef queues) const;
  void tell_queues();
  Result<void> count_files();
  void look_after_state();
  std::int64_t look_at_legacy();
  void flush_state();
};

/// Connections get what the log and the state do not need.
Result<void> Service::Parts::count_files() {
  const std::size_t wanted = http::ServerLimits{}.connections_max;
  const std::uint64_t files_max = raise_file_limit();
  const auto connections = connections_within(files_max, settings.threads, wanted);
  if (!connections) return connections.error();
  connections_max = *connections;
  if (connections_max < wanted) {
    spdlog::warn(
        "this process may open {} files, so {} connections are served at once, not {}: raise the "
        "hard limit to {} for all",
        files_max, connections_max, wanted, files_kept_back(settings.threads) + wanted);
  }
  return {};
}

Result<void> Service::Parts::open() {
  std::error_code failed;
  std::filesystem::create_directories(settings.data + "/keys", failed);
  if (failed) {
    return Error{ErrorCode::Io, "cannot make " + settings.data + ": " + failed.message()};
  }
  auto opened = settings.log == "kafka" ? open_cluster_node(settings, clock, metrics)
                                        : open_embedded_node(settings, clock, metrics);
  if (!opened) return opened.error();
  node = std::move(*opened);
  return {};
}

Result<void> Service::Parts::start_node() {
  if (auto started = node->start(); !started) return started;
  const LogIdentity& identity = node->engine().identity();
  for (const PartitionStatus& status : node->engine().status()) {
    if (status.parked) {
      say_parked(identity, status.where, *status.parked);
    }
  }
  hold.emplace(settings.node,
               AdmissionHold::Bounds{settings.disk_hold_mb, settings.legacy_hold_seconds},
               settings.has_role("door") ? why_held({kQueueTopic, 0}) : std::string_view{});
  return {};
}

/// As the log has it.
std::string_view Service::Parts::why_held(PartitionRef queues) const {
  return static_cast<const queue::Queue&>(node->consumer(queues)).why_held();
}

api::World Service::Parts::world() {
  api::World world{node->engine().identity(), nullptr, {}, {}, {}, {}};
  world.node = settings.node;
  for (const PartitionRef where : consumer_partitions(world.log)) {
    world.set(where, node->consumer(where));
  }
  return world;
}

Result<void> Service::Parts::start_door(const ListenAddress& address) {
  auto opened_keys = open_keys(settings, address);
  if (!opened_keys) return opened_keys.error();
  keys = std::move(*opened_keys);
  auto opened_signer = http::TokenSigner::open(admission_key_file(settings.data));
  if (!opened_signer) return opened_signer.error();
  signer = std::move(*opened_signer);

  api::ApiSettings options;
  options.door.person_rate = settings.person_rate;
  options.serving.changes = settings.has_role("door");
  options.serving.reads = settings.has_role("query");
  options.cors_origins = settings.cors_origins;
  options.openapi_json = openapi_json();
  options.io_threads = settings.threads;
  options.address_rate = settings.address_rate;
  options.on_unreadable_keys = [](const Error& why) {
    spdlog::error("the keys from before still hold: {}", why.detail);
  };
  api = std::make_unique<api::Api>(
      api::ApiParts{node->engine(), world(), *keys, signer.get(), clock, metrics},
      std::move(options));
  lines.emplace(node->engine().identity(), *api);
  node->run(*lines, [this](PartitionRef where, const Consumer& consumer) {
    api->replace(where, consumer);
  });

  http::ServerOptions server_options;
  server_options.host = address.host;
  server_options.port = address.port;
  server_options.threads = settings.threads;
  server_options.limits.connections_max = connections_max;
  auto started = http::Server::start(server_options, *api);
  if (!started) {
    static_cast<void>(node->stop(kLogPatience));  // nobody has asked anything
    return started.error();
  }
  server = std::move(*started);
  host = address.host;
  executor = std::make_unique<api::ServerExecutor>(*server);
  api->begin(*executor);
  look_at_legacy();
  return {};
}

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::start(const ServiceSettings& settings) {
  if (auto fits = check_roles(settings); !fits) return fits.error();
  const auto address = parse_listen_address("--listen", settings.listen);
  if (!address) return address.error();
  auto parts = std::make_unique<Parts>();
  parts->settings = settings;
  // A wrong listen address is found before anything is written.
  if (settings.hs256_key.empty() && settings.jwks.empty() && !is_loopback(address->host)) {
    return open_keys(settings, *address).error();
  }
  if (auto counted = parts->count_files(); !counted) return counted.error();
  if (auto opened = parts->open(); !opened) return opened.error();
  if (auto started = parts->start_node(); !started) return started.error();
  if (auto started = parts->start_door(*address); !started) return started.error();
  return std::unique_ptr<Service>(new Service(std::move(parts)));
}

std::string Service::address() const {
  return url_of({parts_->host, parts_->server->port()});
}

/// Each is judged by its own state, which is that of now, and told only what it has not heard.
void Service::Parts::tell_queues() {
  (void)node->engine().post([this, mine = *hold](Turn& turn) {
    const auto partitions = consumer_partitions(node->engine().identity());
    is_blocked.store(std::any_of(partitions.begin(), partitions.end(), [&](PartitionRef where) {
      return turn.blocking_sink(where).has_value();
    }));
    for (const PartitionRef where : partitions) {
      const bool is_judged =
          where.topic == kQueueTopic && !turn.is_parked(where) && turn.is_fresh(where);
      if (!is_judged) continue;
      const auto next = mine.next(why_held(where), turn.time(where).now);
      if (!next) continue;
      Encoder encoder;
      flat::Builder builder;
      Envelope envelope;
      envelope.kind = RecordKind::Own;
      envelope.type = kTypeOf<AdmissionHeld>;
      envelope.version = kLogicVersion;
      envelope.body = encoder.encode(AdmissionHeld{!next->empty(), *next});
      turn.append(where, write_envelope(builder, envelope));
    }
  });
}

void Service::look_after() {
  Parts& parts = *parts_;
  const std::uint64_t free_now = free_bytes(parts.settings.data);
  const std::uint64_t free = free_now / kMegabyte;
  parts.metrics.gauge("jari_data_free_bytes", "Free space where the data directory is", {})
      .set(static_cast<double>(free_now));
  parts.node->look_at_log();
  const std::int64_t lag = parts.look_at_legacy();
  // Whoever takes no requests holds nobody back, but lets go of what the dead held.
  const auto why =
      parts.settings.has_role("door")
          ? parts.hold->look({free, parts.api->load_percent(), lag, parts.is_blocked.load()})
          : std::nullopt;
  if (why && why->empty()) spdlog::warn("this node holds no admissions any more");
  if (why && !why->empty()) spdlog::warn("admissions are held: {}", *why);
  if (parts.settings.has_role("door") || parts.settings.has_role("consumers")) parts.tell_queues();
  if (const bool is_full = free < parts.settings.disk_floor_mb; is_full != parts.is_full) {
    parts.is_full = is_full;
    parts.api->hold_changes(is_full);
    spdlog::warn("free space: requests are {}", is_full ? "refused (disk-full)" : "taken again");
  }
  if (const auto alarm = parts.node->clock_alarm(); alarm != ClockAlarm::None) {
    spdlog::warn("the clock: {}", to_text(alarm));
  }
  parts.look_after_state();
}

bool Service::is_to_end() const {
  return parts_->node->is_to_end();
}

/// What `jari sync` says of the old database, in seconds; 0 where there is none.
std::int64_t Service::Parts::look_at_legacy() {
  const auto lag = read_legacy_lag(settings.data, wall_now());
  const auto shown = lag ? std::optional<api::LegacyLag>({lag->records, lag->seconds, lag->missing})
                         : std::nullopt;
  if (shown != legacy_shown) api->show_legacy(shown);
  legacy_shown = shown;
  if (!lag) return 0;
  metrics.gauge("jari_legacy_lag_records", "Records of sync that the old database lacks", {})
      .set(static_cast<double>(lag->records));
  metrics.gauge("jari_legacy_lag_seconds", "Age of the oldest of them", {})
      .set(static_cast<double>(lag->seconds));
  return lag->seconds;
}

/// Said when it changes: it may last for days.
void Service::Parts::look_after_state() {
  const auto health = node->disk().health();
  const std::string trouble = health ? std::string{} : health.error().detail;
  if (trouble == state_trouble) return;
  state_trouble = trouble;
  if (health) {
    spdlog::warn("the state is written behind again");
  } else if (health.error().code == ErrorCode::Unavailable) {
    spdlog::error("the state is not written behind any more, the log is: {}", trouble);
  } else {
    spdlog::error("the state could not be written behind and will be tried again: {}", trouble);
  }
}

/// The log has it all: a flush only spares the next start a replay. Written behind at the lowest
/// priority, it can take minutes on a machine that others keep busy; nobody need wait for that.
void Service::Parts::flush_state() {
  auto flushing = std::async(std::launch::async, [this] { return node->disk().flush(); });
  if (flushing.wait_for(kStopPatience) != std::future_status::ready) {
    spdlog::warn(
        "stopping before the state is all on disk: the next start replays what is missing");
    std::_Exit(0);
  }
  if (const auto flushed = flushing.get(); !flushed) {
    spdlog::warn("the state could not be flushed: {}", flushed.error().detail);
  }
}

void Service::announce_stop() {
  parts_->api->announce_stop();
}

bool Service::stop() {
  Parts& parts = *parts_;
  parts.api->begin_stop();
  parts.server->stop(kStopPatience);
  const std::size_t unwritten = parts.node->stop(kLogPatience);
  if (unwritten > 0) {
    spdlog::error(
        "stopping without an answer of the log for {} requests: each may stand there or not, and "
        "nobody was told that it does; sent again with the same key it has one effect. See that "
        "the brokers run and can be reached",
        unwritten);
  }
  parts.flush_state();
  return unwritten == 0;
}

}  // namespace jari::ops
