#include "engine/runtime/node.h"
#include "ops/jari/business.h"
#include "tests/sim/node_port.h"

namespace jari::sim {
namespace {

NodeOptions options_of(NodeParts& parts) {
  NodeOptions options;
  options.name = "sim";
  options.process = parts.process;
  options.known = parts.known;
  options.settings = ops::kSettingsPartition;
  options.make_consumer = ops::make_consumer;
  options.markers = std::move(parts.markers);
  options.batch_requests_max = parts.batch_requests_max;
  options.release = std::move(parts.release);
  options.on_failure = std::move(parts.on_failure);
  options.leave_marker = std::move(parts.leave_marker);
  options.wake = [] {};
  return options;
}

class EmbeddedNode final : public SimNode {
 public:
  explicit EmbeddedNode(NodeParts parts)
      : node_(parts.log, parts.disk, parts.clock, options_of(parts)) {
    node_.listen(parts.listener);
  }
  Result<void> start() override {
    auto started = node_.start();
    node_.adopt_thread();
    return started;
  }
  void step() override { node_.step(); }
  bool post(Engine::Task task) override { return node_.post(std::move(task)); }
  std::vector<PartitionStatus> status() const override { return node_.status(); }
  const Consumer* consumer(PartitionRef where) override { return node_.consumer(where); }
  void confirm_clock() override { node_.confirm_clock(); }

 private:
  Node node_;
};

}  // namespace

std::unique_ptr<SimNode> make_embedded_node(NodeParts parts) {
  return std::make_unique<EmbeddedNode>(std::move(parts));
}

}  // namespace jari::sim
