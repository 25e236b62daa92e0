// ops/jari/sync_metrics.h — the figures of a running `jari sync`: /metrics of its own, for this
// machine only, and the file by which a service beside it learns of the lag.
//
// Units:   seconds in figures.
// Errors:  start() says in one line what is wrong; a report that cannot be written is said once.
// Threads: take() from one; the server has its own.
#pragma once

#include <memory>
#include <string>

#include "consumers/legacy/sync.h"

namespace jari::ops {

class SyncMetrics {
 public:
  /// `listen` is HOST:PORT on loopback; empty: no server.
  [[nodiscard]] static Result<std::unique_ptr<SyncMetrics>> start(const std::string& listen);
  ~SyncMetrics();
  SyncMetrics(const SyncMetrics&) = delete;
  SyncMetrics& operator=(const SyncMetrics&) = delete;

  /// `http://HOST:PORT/metrics`; empty without a server.
  [[nodiscard]] std::string address() const;
  void take(const legacy::SyncFigures& figures);

 private:
  struct Parts;
  explicit SyncMetrics(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace jari::ops
