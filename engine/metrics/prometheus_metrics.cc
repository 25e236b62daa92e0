#include "engine/metrics/prometheus_metrics.h"

#include <map>
#include <mutex>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "engine/base/check.h"

namespace jari::metrics {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30};

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void add(std::uint64_t count) override { counter_.Increment(static_cast<double>(count)); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void set(double value) override { gauge_.Set(value); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void observe(double seconds) override { histogram_.Observe(seconds); }

 private:
  prometheus::Histogram& histogram_;
};

prometheus::Labels labels_of(Labels labels) {
  prometheus::Labels out;
  for (const Label& label : labels) out.emplace(label.name, label.value);
  return out;
}

}  // namespace

struct PrometheusMetrics::Parts {
  template <class Ours>
  using Known = std::map<std::pair<std::string, prometheus::Labels>, std::unique_ptr<Ours>>;

  // The registry would give the same figure again, but build the whole family's labels anew.
  template <class Ours, class Made, class Make>
  Ours& find(Known<Ours>& known, std::string_view name, Labels labels, Make&& make) {
    const std::scoped_lock lock(mutex);
    auto key = std::pair{std::string(name), labels_of(labels)};
    auto [at, is_new] = known.try_emplace(key);
    if (is_new) {
      try {
        at->second = std::make_unique<Made>(make(key.first, key.second));
      } catch (const std::exception&) {
        CHECK(false);  // a name that is none, or one of another kind of figure
      }
    }
    return *at->second;
  }

  std::mutex mutex;
  prometheus::Registry registry;
  Known<Counter> counters;
  Known<Gauge> gauges;
  Known<Histogram> histograms;
};

PrometheusMetrics::PrometheusMetrics() : parts_(std::make_unique<Parts>()) {}
PrometheusMetrics::~PrometheusMetrics() = default;

Counter& PrometheusMetrics::counter(std::string_view name, std::string_view help, Labels labels) {
  const auto make = [&](const std::string& full, const prometheus::Labels& all) {
    auto& family =
        prometheus::BuildCounter().Name(full).Help(std::string(help)).Register(parts_->registry);
    return PrometheusCounter{family.Add(all)};
  };
  return parts_->find<Counter, PrometheusCounter>(parts_->counters, name, labels, make);
}

Gauge& PrometheusMetrics::gauge(std::string_view name, std::string_view help, Labels labels) {
  const auto make = [&](const std::string& full, const prometheus::Labels& all) {
    auto& family =
        prometheus::BuildGauge().Name(full).Help(std::string(help)).Register(parts_->registry);
    return PrometheusGauge{family.Add(all)};
  };
  return parts_->find<Gauge, PrometheusGauge>(parts_->gauges, name, labels, make);
}

Histogram& PrometheusMetrics::histogram(std::string_view name, std::string_view help,
                                        Labels labels) {
  const auto make = [&](const std::string& full, const prometheus::Labels& all) {
    auto& family =
        prometheus::BuildHistogram().Name(full).Help(std::string(help)).Register(parts_->registry);
    return PrometheusHistogram{family.Add(all, kSeconds)};
  };
  return parts_->find<Histogram, PrometheusHistogram>(parts_->histograms, name, labels, make);
}

std::string PrometheusMetrics::exposition() const {
  return prometheus::TextSerializer().Serialize(parts_->registry.Collect());
}

}  // namespace jari::metrics
