// consumers/api/figures.h — the figures of /metrics that come from requests and from the state.
//
// Counts; decides nothing.
//
// Units:   seconds in histograms.
// Errors:  none.
// Threads: answered() from any; counted() and take() in the engine's thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "consumers/api/routes.h"
#include "engine/metrics/metrics.h"

namespace jari::api {

class Figures {
 public:
  explicit Figures(metrics::Metrics& metrics);

  /// A request was answered; `route` null: it had none.
  void answered(const Route* route, std::uint16_t status, milliseconds took);
  /// The door has refused it: it never reached the log.
  void refused(std::string_view code);
  /// The key files have changed and cannot be read; the keys before hold.
  void count_unreadable_keys();
  /// What the engine counts: decisions, admissions, and its own.
  void counted(PartitionRef where, const LogIdentity& log, std::string_view what,
               std::string_view label, std::uint64_t add);
  /// What the state says now.
  void take(const World& world, const Turn& turn, std::size_t outstanding);
  [[nodiscard]] std::string exposition() const { return metrics_.exposition(); }

 private:
  [[nodiscard]] metrics::Counter& find(PartitionRef where, const LogIdentity& log,
                                       std::string_view what, std::string_view label);
  [[nodiscard]] metrics::Counter& answers_of(std::string_view route, std::uint16_t status);

  metrics::Metrics& metrics_;
  std::vector<metrics::Histogram*> latencies_;  // by route
  // By route and status, once it has been answered: a hot answer looks nothing up by name.
  std::unique_ptr<std::atomic<metrics::Counter*>[]> answers_;
  std::string key_;
  absl::flat_hash_map<std::string, metrics::Counter*> counted_;  // the engine's thread's
};

}  // namespace jari::api
