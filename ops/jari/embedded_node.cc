#include "engine/log/embedded/embedded_log.h"
#include "engine/runtime/node.h"
#include "engine/runtime/node_thread.h"
#include "ops/jari/business.h"
#include "ops/jari/embedded_figures.h"
#include "ops/jari/served_node.h"

namespace jari::ops {
namespace {

class EmbeddedNode final : public ServedNode {
 public:
  EmbeddedNode(const ServiceSettings& settings, Clock& clock,
               std::unique_ptr<EmbeddedFigures> figures, std::unique_ptr<EmbeddedLog> log,
               std::unique_ptr<StateDisk> disk)
      : figures_(std::move(figures)),
        log_(std::move(log)),
        disk_(std::move(disk)),
        node_(std::make_unique<Node>(*log_, *disk_, clock, options(settings))) {}

  Engine& engine() override { return *node_; }
  StateDisk& disk() override { return *disk_; }
  const Consumer& consumer(PartitionRef where) override { return *node_->consumer(where); }
  ClockAlarm clock_alarm() const override { return node_->clock_alarm(); }
  void look_at_log() override { figures_->look(*log_); }
  Result<void> start() override { return node_->start(); }
  void run(Listener& listener, Remade /*a node of its own never does*/) override {
    node_->listen(listener);
    thread_.start(*node_);
  }
  std::size_t stop(milliseconds /*its disk writes, or ends the process*/) override {
    thread_.stop();
    return 0;
  }

 private:
  NodeOptions options(const ServiceSettings& settings) {
    NodeOptions options = node_options(settings, *log_);
    options.wake = [this] { thread_.wake(); };
    return options;
  }

  std::unique_ptr<EmbeddedFigures> figures_;  // of the log's thread, too
  std::unique_ptr<EmbeddedLog> log_;
  std::unique_ptr<StateDisk> disk_;
  NodeThread thread_;
  std::unique_ptr<Node> node_;
};

}  // namespace

Result<std::unique_ptr<ServedNode>> open_embedded_node(const ServiceSettings& settings,
                                                       Clock& clock, metrics::Metrics& metrics) {
  auto figures = std::make_unique<EmbeddedFigures>(metrics);
  EmbeddedLogOptions options;
  options.on_write = [to = figures.get()](const LogWrite& write) { to->written(write); };
  auto log = EmbeddedLog::open(settings.data, new_identity(settings.partitions, clock.read().wall),
                               options);
  if (!log) return log.error();
  auto disk = open_state_disk(settings.data);
  if (!disk) return disk.error();
  return std::unique_ptr<ServedNode>(
      new EmbeddedNode(settings, clock, std::move(figures), std::move(*log), std::move(*disk)));
}

}  // namespace jari::ops
