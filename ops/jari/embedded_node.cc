#include <cstdlib>

#include <spdlog/spdlog.h>

#include "engine/log/embedded/embedded_log.h"
#include "engine/runtime/node_thread.h"
#include "ops/jari/business.h"
#include "ops/jari/served_node.h"
#include "ops/jari/system_ports.h"

namespace jari::ops {
namespace {

/// A marker counts while its offset is still to come: not beyond the log's end.
std::vector<ParkMarker> markers_in(const std::string& data, const Log& log) {
  std::vector<ParkMarker> markers;
  for (const ParkMarker& marker : read_markers(data)) {
    if (marker.offset >= log.end(marker.where)) {
      spdlog::warn("a marker at offset {}, beyond the end of its partition, is removed: {}",
                   marker.offset, marker.why);
      remove_marker(data, marker);
    } else {
      markers.push_back(marker);
    }
  }
  return markers;
}

class EmbeddedNode final : public ServedNode {
 public:
  EmbeddedNode(const ServiceSettings& settings, Clock& clock, std::unique_ptr<EmbeddedLog> log,
               std::unique_ptr<StateDisk> disk)
      : log_(std::move(log)),
        disk_(std::move(disk)),
        node_(std::make_unique<Node>(*log_, *disk_, clock, options(settings))) {}

  Engine& engine() override { return *node_; }
  StateDisk& disk() override { return *disk_; }
  const Consumer& consumer(PartitionRef where) override { return *node_->consumer(where); }
  ClockAlarm clock_alarm() const override { return node_->clock_alarm(); }
  Result<void> start() override { return node_->start(); }
  void run(Listener& listener, Remade /*a node of its own never does*/) override {
    node_->listen(listener);
    thread_.start(*node_);
  }
  void stop() override { thread_.stop(); }

 private:
  NodeOptions options(const ServiceSettings& settings) {
    NodeOptions options = node_options(settings, *log_);
    options.release = [this](NodeOptions::Calls calls) { thread_.release(std::move(calls)); };
    options.wake = [this] { thread_.wake(); };
    return options;
  }

  std::unique_ptr<EmbeddedLog> log_;
  std::unique_ptr<StateDisk> disk_;
  NodeThread thread_;
  std::unique_ptr<Node> node_;
};

}  // namespace

NodeOptions node_options(const ServiceSettings& settings, const Log& log) {
  NodeOptions options;
  options.name = settings.node;
  options.process = random_hash();
  options.known = known_versions();
  options.settings = kSettingsPartition;
  options.make_consumer = make_consumer;
  options.markers = markers_in(settings.data, log);
  options.leave_marker = [data = settings.data](const ParkMarker& marker) {
    leave_marker(data, marker);
  };
  options.on_failure = [](const Error& why) {
    // What is not durable must not be answered; the clients send the same request ids again.
    spdlog::critical("the log cannot be written, so this process ends: {}", why.detail);
    std::_Exit(1);
  };
  return options;
}

Result<std::unique_ptr<ServedNode>> open_embedded_node(const ServiceSettings& settings,
                                                       Clock& clock) {
  auto log = EmbeddedLog::open(settings.data, new_identity(settings.partitions, clock.read().wall));
  if (!log) return log.error();
  auto disk = open_state_disk(settings.data);
  if (!disk) return disk.error();
  return std::unique_ptr<ServedNode>(
      new EmbeddedNode(settings, clock, std::move(*log), std::move(*disk)));
}

}  // namespace jari::ops
