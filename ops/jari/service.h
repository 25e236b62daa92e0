// ops/jari/service.h — a running node with its door: the parts put together, started and stopped in
// order.
//
// Errors:  start() says in one line what is wrong and what to do.
// Threads: start() and stop() from one; the parts have their own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace jari::ops {

struct ServiceSettings {
  std::string data;
  std::string listen = "127.0.0.1:8080";
  std::string log = "embedded";
  std::string kafka_brokers;
  std::string node = "jari";
  std::string roles = "door,consumers,query";
  std::string hs256_key;
  std::string jwks;
  std::vector<std::string> cors_origins;
  std::uint32_t person_rate = 100;
  std::uint32_t address_rate = 0;
  std::uint32_t threads = 1;
  std::uint16_t partitions = 4;
  std::uint64_t disk_hold_mb = 1024;  // admissions are held below this much free space
  std::uint64_t disk_floor_mb = 512;  // requests are refused below this
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
  /// Takes nothing new, finishes what was taken, closes.
  void stop();

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace jari::ops
