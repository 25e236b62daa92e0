// jari serve: the service, until it is told to stop.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "ops/jari/commands.h"
#include "ops/jari/kafka.h"
#include "ops/jari/large_pages.h"
#include "ops/jari/service.h"
#include "ops/jari/settings.h"
#include "ops/jari/stop_signals.h"

namespace jari::ops {
namespace {

/// Results go to stdout, what happens to stderr.
void log_to_stderr() {
  spdlog::set_default_logger(spdlog::stderr_color_mt("jari"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
}

/// Looks after the service for a second, or until one of the signals comes: which, else -1.
int a_second(Service& service, const sigset_t& signals) {
  constexpr timespec kASecond{1, 0};
  const int signal = ::sigtimedwait(&signals, nullptr, &kASecond);
  if (signal < 0) service.look_after();
  return signal;
}

/// Whoever sends requests to nodes that are ready learns that this one is not, before its port
/// closes. Another signal ends that.
void drain(Service& service, std::uint32_t seconds, const sigset_t& signals) {
  spdlog::info("stopping: /readyz says shutting-down, and all is served for {} s (--drain-seconds)",
               seconds);
  service.announce_stop();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{seconds};
  while (std::chrono::steady_clock::now() < until && a_second(service, signals) < 0) {
  }
}

/// The state may take minutes to load, and a log that does not answer longer.
Result<std::unique_ptr<Service>> started(const ServiceSettings& settings, const sigset_t& signals) {
  const EndsWhenTold ends(signals);
  return Service::start(settings);
}

int serve(const ServiceSettings& settings) {
  log_to_stderr();
  const sigset_t signals = block_stop_signals();
  auto service = started(settings, signals);
  if (!service) {
    std::cerr << "jari serve: " << service.error().detail << '\n';
    return service.error().code == ErrorCode::BadArgument ? 2 : 1;
  }
  std::cout << "listening on " << (*service)->address() << std::endl;
  int signal = -1;
  while (signal < 0 && !(*service)->is_to_end()) signal = a_second(**service, signals);
  // Ctrl-C is somebody who waits; a supervisor sends SIGTERM.
  if (signal != SIGINT && settings.drain_seconds > 0) {
    drain(**service, settings.drain_seconds, signals);
  }
  spdlog::info("stopping: finishing what was accepted");
  if ((*service)->stop()) return signal < 0 ? 1 : 0;
  std::_Exit(1);  // what waits for the log waits within the service's parts: none is taken apart
}

void add_settings(CLI::App& command, ServiceSettings& settings) {
  add_setting(command, "data", settings.data, "Where log, state and keys are kept")->required();
  add_setting(command, "listen", settings.listen, "HOST:PORT; port 0 picks one");
  add_setting(command, "log", settings.log, "Where the truth is kept")
      ->check(CLI::IsMember({"embedded", "kafka"}));
  add_kafka_settings(command, settings.kafka);
  add_setting(command, "node", settings.node,
              "This node's name, in claims and status; with Kafka, one that no other has");
  add_setting(command, "roles", settings.roles,
              "What this node does, on Kafka: door takes requests, consumers decides them, query\n"
              "shows what is; what it has no role for it answers 405")
      ->delimiter(',')
      ->check(CLI::IsMember({"door", "consumers", "query"}));
  add_setting(
      command, "lost-sinks", settings.lost_sinks,
      "sync, outcomes: rows of it that were acknowledged are gone for good, go on behind them\n"
      "(on Kafka; else a sink that has lost some is parked, and its rows wait)")
      ->delimiter(',')
      ->check(CLI::IsMember({"sync", "outcomes"}));
  add_setting(
      command, "snapshots", settings.snapshots,
      "Where `jari snapshot --into` keeps them: a partition that must be made again, once the\n"
      "log has lost its first records, begins with the newest one that fits, on Kafka");
  add_setting(command, "hs256-key", settings.hs256_key,
              "File with the secret that signs tokens (one line, base64url)");
  add_setting(command, "jwks", settings.jwks, "File with the public keys of who signs tokens");
  add_setting(command, "cors-origins", settings.cors_origins, "Origins that pages may call from")
      ->delimiter(',');
  add_setting(command, "person-rate", settings.person_rate,
              "Requests a second of one person; 0 = no bound");
  add_setting(command, "address-rate", settings.address_rate,
              "Requests a second of one address without a token; 0 = no bound");
  add_setting(command, "threads", settings.threads, "Threads that speak HTTP")
      ->check(CLI::Range(1, 64));
  add_setting(command, "partitions", settings.partitions,
              "Partitions of each topic, when a new log is made")
      ->check(CLI::Range(1, 1024));
  add_setting(command, "disk-hold-mb", settings.disk_hold_mb,
              "Admissions are held while less disk space is free");
  add_setting(command, "disk-floor-mb", settings.disk_floor_mb,
              "Requests are refused (disk-full) while less disk space is free");
  add_setting(command, "waiting-rows-mb", settings.waiting_rows_mb,
              "Memory for rows that sync and outcomes do not take, as while they are parked, on\n"
              "Kafka: a partition whose rows take more than what is left of it refuses people's\n"
              "changes until they are taken")
      ->check(CLI::Range(1, 1 << 20));
  add_setting(command, "legacy-hold-seconds", settings.legacy_hold_seconds,
              "Admissions are held while `jari sync` beside it is further behind; 0 = however far");
  add_setting(command, "drain-seconds", settings.drain_seconds,
              "Told to end by SIGTERM it says 503 at /readyz and serves on for so long, before it\n"
              "closes its port: longer than the load balancer takes to see that. A second signal\n"
              "ends it, Ctrl-C does without")
      ->check(CLI::Range(0, 3600));
}

}  // namespace

void add_serve(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "serve",
      "Runs the service. Prints one line, `listening on http://HOST:PORT`, when it is ready;\n"
      "SIGTERM: says so at /readyz for --drain-seconds, then, as at once by Ctrl-C, closes its\n"
      "port, finishes what it accepted, half a minute at most, and exits 0; 1 where a log in\n"
      "Kafka has not answered for all of it.\n"
      "With no key configured it makes DIR/keys/hs256.key and listens on loopback only.\n"
      "Raises the number of files it may open to the hard limit; where that is below some 17,000,\n"
      "fewer connections than 16,384 are served at once, and it says how many.\n"
      "Takes memory in pages of 2 MB where the kernel gives them to whoever asks; not with\n"
      "GLIBC_TUNABLES=glibc.malloc.hugetlb=0 in its environment.");
  auto settings = std::make_shared<ServiceSettings>();  // lives as long as the command line
  add_settings(*command, *settings);
  command->callback([settings, &exit_code] {
    start_with_large_pages();
    exit_code = serve(*settings);
  });
}

}  // namespace jari::ops
