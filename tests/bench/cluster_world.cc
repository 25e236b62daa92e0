#include "tests/bench/cluster_world.h"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "engine/http/keys.h"
#include "engine/log/kafka/kafka_topics.h"
#include "engine/runtime/node_parts.h"
#include "ops/jari/business.h"
#include "ops/jari/kafka.h"

namespace jari::bench {
namespace {

constexpr milliseconds kBetweenLooks{20};

ops::ServiceSettings service_settings(const ClusterSettings& cluster) {
  ops::ServiceSettings settings;
  settings.data = cluster.dir;
  settings.log = "kafka";
  settings.node = "bench";
  settings.kafka.brokers = cluster.brokers;
  settings.kafka.prefix = cluster.prefix;
  settings.kafka.replication = cluster.replication;
  return settings;
}

std::unique_ptr<ops::ServedNode> make_node(const ClusterSettings& cluster, Clock& clock,
                                           metrics::Metrics& figures) {
  const auto settings = service_settings(cluster);
  value_or_end(http::make_hs256_file(ops::kafka_seal_file(settings.kafka, settings.data)));
  const auto identity = ops::new_identity(cluster.partitions, clock.read().wall);
  value_or_end(make_kafka_log(log_options(cluster), identity));
  auto node = value_or_end(ops::open_cluster_node(settings, clock, figures));
  value_or_end(node->start());
  return node;
}

}  // namespace

KafkaLogOptions log_options(const ClusterSettings& settings) {
  const auto all = service_settings(settings);
  return value_or_end(ops::kafka_log_options(all.kafka, all.data));
}

ClusterWorld::ClusterWorld(const ClusterSettings& settings)
    : node_(make_node(settings, clock_, figures_)),
      view_{node_->engine().identity(), &node_->engine(), {}, {}, {}, {}} {
  for (const PartitionRef where : consumer_partitions(view_.log)) {
    view_.set(where, node_->consumer(where));
  }
}

void ClusterWorld::start(Listener& listener) {
  node_->run(listener,
             [this](PartitionRef where, const Consumer& made) { view_.set(where, made); });
  is_running_ = true;
  while (!owns_all()) std::this_thread::sleep_for(kBetweenLooks);
}

bool ClusterWorld::owns_all() {
  return ask([&](Turn& turn) {
    const auto all = node_->engine().status();
    return std::all_of(all.begin(), all.end(), [&](const PartitionStatus& one) {
      return !view_.log.has_consumer(one.where) || (!one.owner.empty() && turn.is_fresh(one.where));
    });
  });
}

std::uint64_t ClusterWorld::records() {
  return ask([&](Turn&) {
    std::uint64_t sum = 0;
    for (const auto& one : node_->engine().status()) sum += one.applied;
    return sum;
  });
}

void ClusterWorld::stop() {
  constexpr milliseconds kPatience{10'000};
  if (is_running_) static_cast<void>(node_->stop(kPatience));  // what was to be measured is
  is_running_ = false;
}

}  // namespace jari::bench
