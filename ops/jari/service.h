// ops/jari/service.h — a running node with its door: the parts put together, started and stopped in
// order.
//
// Errors:  start() says in one line what is wrong and what to do.
// Threads: start() and stop() from one; the parts have their own.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "ops/jari/kafka.h"

namespace jari::ops {

/// What a node may do: take requests, decide them, answer queries.
inline constexpr std::array<std::string_view, 3> kRoles{"door", "consumers", "query"};

struct ServiceSettings {
  std::string data;
  std::string listen = "127.0.0.1:8080";
  std::string log = "embedded";
  KafkaClusterSettings kafka;
  std::string node = "jari";
  std::vector<std::string> roles{kRoles.begin(), kRoles.end()};
  std::vector<std::string> lost_sinks;  // their acknowledged rows may be gone
  std::string snapshots;                // where they are kept; empty: nowhere
  std::string hs256_key;
  std::string jwks;
  std::vector<std::string> cors_origins;
  std::uint32_t person_rate = 100;
  std::uint32_t address_rate = 0;
  std::uint32_t threads = 1;
  std::uint16_t partitions = 4;
  std::uint64_t disk_hold_mb = 1024;      // admissions are held below this much free space
  std::uint64_t disk_floor_mb = 512;      // requests are refused below this
  std::uint32_t legacy_hold_seconds = 0;  // admissions are held while the old database lags more
  // Memory for rows that sinks do not take; a partition with more refuses people's changes.
  std::uint64_t waiting_rows_mb = 2048;
  std::uint32_t drain_seconds = 3;  // not ready, and served, before the port closes

  [[nodiscard]] bool has_role(std::string_view role) const {
    return std::find(roles.begin(), roles.end(), role) != roles.end();
  }
};

class Service {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Service>> start(const ServiceSettings& settings);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  [[nodiscard]] std::string address() const;  // `http://HOST:PORT`
  /// Looks after what changes from outside: free space, key files, the clock. Once a second.
  void look_after();
  /// Whether it has found that it must end, and has said why.
  [[nodiscard]] bool is_to_end() const;
  /// /readyz says shutting-down from now on; all is served as before, until stop().
  void announce_stop();
  /// Takes nothing new, finishes what was taken, closes: within half a minute. False: it does not
  /// know of all that it took whether it stands in the log, and has said so.
  [[nodiscard]] bool stop();

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace jari::ops
