#include <atomic>

#include <spdlog/spdlog.h>

#include "consumers/model/topics.h"
#include "engine/log/kafka/kafka_log.h"
#include "engine/runtime/member.h"
#include "engine/runtime/node_thread.h"
#include "ops/jari/kafka.h"
#include "ops/jari/kafka_figures.h"
#include "ops/jari/served_node.h"
#include "ops/jari/snapshot_source.h"

namespace jari::ops {
namespace {

spdlog::level::level_enum level_of(int syslog_level) {
  constexpr int kError = 3;
  constexpr int kWarning = 4;
  if (syslog_level <= kError) return spdlog::level::err;
  return syslog_level == kWarning ? spdlog::level::warn : spdlog::level::info;
}

void say_namesake(std::string_view name, bool is_to_end) {
  spdlog::error(
      "another node of this cluster is called {}, too: {}. Every node needs a --node of "
      "its own; nothing is lost or doubled by two of one name",
      name,
      is_to_end ? "it was there before, so this one ends"
                : "it was started after this one, which goes on, and is to end");
}

class ClusterNode final : public ServedNode {
 public:
  ClusterNode(const ServiceSettings& settings, Clock& clock, std::unique_ptr<NodeThread> thread,
              std::unique_ptr<KafkaFigures> figures, std::unique_ptr<KafkaLog> log,
              std::unique_ptr<StateDisk> disk)
      : thread_(std::move(thread)),
        figures_(std::move(figures)),
        log_(std::move(log)),
        disk_(std::move(disk)),
        member_(std::make_unique<Member>(*log_, *disk_, clock, options(settings))) {}

  Engine& engine() override { return *member_; }
  StateDisk& disk() override { return *disk_; }
  const Consumer& consumer(PartitionRef where) override { return *member_->consumer(where); }
  ClockAlarm clock_alarm() const override { return member_->clock_alarm(); }
  bool is_to_end() const override { return is_to_end_.load(); }
  Result<void> start() override { return member_->start(); }
  void run(Listener& listener, Remade remade) override {
    remade_ = std::move(remade);
    member_->listen(listener);
    thread_->start(*member_);
  }
  std::size_t stop(milliseconds patience) override {
    return thread_->stop(patience) ? 0 : member_->unwritten();
  }

 private:
  MemberOptions options(const ServiceSettings& settings) {
    MemberOptions options{node_options(settings, *log_)};
    options.owns = settings.has_role("consumers");
    for (const std::string& sink : settings.lost_sinks) {
      options.lost_sinks.push_back(sink == kTopicNames[kSyncTopic] ? kSyncTopic : kOutcomesTopic);
    }
    if (!settings.snapshots.empty()) {
      source_ = std::make_unique<SnapshotSource>(settings.snapshots, log_->identity());
      options.find_copy = [this](const CopyWanted& wanted, CopyWanted::Found found) {
        source_->find(wanted, std::move(found));
      };
    }
    options.waiting_bytes_max = settings.waiting_rows_mb << 20;
    options.wake = [this] { thread_->wake(); };
    options.on_namesake = [this, name = options.name](bool is_to_end) {
      say_namesake(name, is_to_end);
      is_to_end_.store(is_to_end);
    };
    options.make_consumer = [this, make = options.make_consumer](PartitionRef where, Store& store) {
      auto made = make(where, store);
      if (remade_) remade_(where, *made);
      return made;
    };
    return options;
  }

  std::unique_ptr<NodeThread> thread_;     // outlives the log, which wakes it
  std::unique_ptr<KafkaFigures> figures_;  // outlives it, too
  std::unique_ptr<KafkaLog> log_;
  std::unique_ptr<StateDisk> disk_;
  Remade remade_;
  std::atomic<bool> is_to_end_{false};      // before what sets it
  std::unique_ptr<SnapshotSource> source_;  // may outlive whoever asks it
  std::unique_ptr<Member> member_;
};

}  // namespace

Result<std::unique_ptr<ServedNode>> open_cluster_node(const ServiceSettings& settings, Clock& clock,
                                                      metrics::Metrics& metrics) {
  auto options = kafka_log_options(settings.kafka, settings.data);
  if (!options) return options.error();
  auto thread = std::make_unique<NodeThread>();
  options->say = [](int level, std::string_view text) {
    spdlog::log(level_of(level), "kafka: {}", text);
  };
  auto figures = std::make_unique<KafkaFigures>(metrics, settings.kafka.prefix);
  options->statistics = [raw = figures.get()](KafkaRole role, std::string_view json) {
    if (const auto taken = raw->take(role, json); !taken) {
      spdlog::warn("what librdkafka tells of its connections: {}", taken.error().detail);
    }
  };
  options->arrived = [raw = thread.get()] { raw->wake(); };
  auto log = KafkaLog::open(*options);
  if (!log) return log.error();
  auto disk = open_state_disk(settings.data);
  if (!disk) return disk.error();
  return std::unique_ptr<ServedNode>(new ClusterNode(
      settings, clock, std::move(thread), std::move(figures), std::move(*log), std::move(*disk)));
}

}  // namespace jari::ops
