#include "ops/jari/past_service.h"

#include <iostream>

#include "consumers/api/api.h"
#include "engine/http/server.h"
#include "engine/metrics/prometheus_metrics.h"
#include "ops/jari/listen_address.h"
#include "ops/jari/openapi.h"
#include "ops/jari/system_ports.h"

namespace jari::ops {
namespace {

constexpr milliseconds kPatience{10'000};
constexpr std::size_t kConnectionsMax = 256;
constexpr std::string_view kWhyNoChanges =
    "This is the past, as the log has it: nothing can be changed here any more. Ask the service "
    "itself.";

api::World world_of(const ReplayedEngine& engine) {
  api::World world{engine.identity(), nullptr, {}, {}, {}, {}};
  for (const PartitionRef where : consumer_partitions(world.log)) {
    world.set(where, engine.consumer(where));
  }
  return world;
}

}  // namespace

struct PastService::Parts {
  SystemClock clock;
  metrics::PrometheusMetrics metrics;
  std::unique_ptr<http::Keys> keys;
  std::unique_ptr<api::Api> api;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<api::ServerExecutor> executor;
  std::string host;
};

PastService::PastService(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<PastService>> PastService::start(ReplayedEngine& engine,
                                                        const PastSettings& settings) {
  const auto address = parse_listen_address("--listen", settings.listen);
  if (!address) return address.error();
  if (settings.is_for_this_machine_only && !is_loopback(address->host)) {
    return Error{ErrorCode::BadArgument,
                 "no key is configured, so only this machine may be listened to: give --hs256-key "
                 "or --jwks, or listen on 127.0.0.1 (asked for: " +
                     settings.listen + ")"};
  }
  auto parts = std::make_unique<Parts>();
  auto keys = http::Keys::open(settings.keys);
  if (!keys) return keys.error();
  parts->keys = std::move(*keys);
  api::ApiSettings options;
  options.door.person_rate = 0;
  options.serving = {false, true, kWhyNoChanges};
  options.openapi_json = openapi_json();
  options.on_unreadable_keys = [](const Error& why) {
    std::cerr << "jari at: the keys from before still hold: " << why.detail << '\n';
  };
  parts->api = std::make_unique<api::Api>(
      api::ApiParts{engine, world_of(engine), *parts->keys, nullptr, parts->clock, parts->metrics},
      std::move(options));
  http::ServerOptions server;
  server.host = address->host;
  server.port = address->port;
  server.limits.connections_max = kConnectionsMax;
  auto started = http::Server::start(server, *parts->api);
  if (!started) return started.error();
  parts->server = std::move(*started);
  parts->host = address->host;
  parts->executor = std::make_unique<api::ServerExecutor>(*parts->server);
  parts->api->begin(*parts->executor);
  return std::unique_ptr<PastService>(new PastService(std::move(parts)));
}

PastService::~PastService() {
  parts_->api->begin_stop();
  parts_->server->stop(kPatience);
}

std::string PastService::address() const {
  return url_of({parts_->host, parts_->server->port()});
}

}  // namespace jari::ops
