// engine/metrics/prometheus_metrics.h — Metrics kept by prometheus-cpp.
//
// Opens no port: whoever serves HTTP asks for the exposition.
//
// Units:   as metrics.h.
// Errors:  as metrics.h.
// Threads: as metrics.h.
#pragma once

#include <memory>

#include "engine/metrics/metrics.h"

namespace jari::metrics {

class PrometheusMetrics final : public Metrics {
 public:
  PrometheusMetrics();
  ~PrometheusMetrics() override;

  [[nodiscard]] Counter& counter(std::string_view name, std::string_view help,
                                 Labels labels) override;
  [[nodiscard]] Gauge& gauge(std::string_view name, std::string_view help, Labels labels) override;
  [[nodiscard]] Histogram& histogram(std::string_view name, std::string_view help,
                                     Labels labels) override;
  [[nodiscard]] std::string exposition() const override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace jari::metrics
