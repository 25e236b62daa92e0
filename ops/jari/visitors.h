// ops/jari/visitors.h — simulated visitors: each joins the line, waits, is admitted, looks for a
// free slot, books, and now and then gives up.
//
// Knows the service only through its HTTP interface.
//
// Units:   seconds of the wall clock; latencies in ms.
// Errors:  what the service refuses is counted by code; a service that cannot be reached ends it.
// Threads: run() starts its own and joins them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "engine/base/result.h"
#include "ops/jari/connection.h"

namespace jari::ops {

struct CrowdSettings {
  ServerSettings server;
  std::string programme = "demo";
  std::uint32_t people = 1000;
  std::uint32_t seconds = 60;  // they arrive within the first half of it
  std::uint64_t seed = 1;
  std::uint32_t threads = 8;
};

struct CrowdFigures {
  std::uint64_t tickets = 0;
  std::uint64_t admitted = 0;
  std::uint64_t booked = 0;
  std::uint64_t gave_up = 0;
  std::uint64_t requests = 0;
  std::map<std::string, std::uint64_t> refusals;  // by code
  double p50_ms = 0;
  double p99_ms = 0;
};

using TellFigures = std::function<void(const CrowdFigures&)>;

/// Makes the people eligible, then lets them come. `tell` is called every second.
[[nodiscard]] Result<CrowdFigures> run_crowd(const CrowdSettings& settings,
                                             const TellFigures& tell);

}  // namespace jari::ops
