#include <map>

#include "engine/runtime/member.h"
#include "engine/runtime/node.h"
#include "engine/runtime/partition_rows.h"
#include "engine/store/table.h"
#include "ops/jari/business.h"
#include "tests/sim/node_port.h"

namespace jari::sim {
namespace {

constexpr std::uint8_t kDeadLetterTable = 203;  // of every partition's state

/// Puts rows into a state that no record has caused.
class Intruder final : public RowSink {
 public:
  explicit Intruder(Store& state) : state_(state) {}
  void put(std::uint8_t table, std::string_view key, std::string_view row) override {
    CHECK(state_.load(table, key, row).has_value());
  }
  void erase(std::uint8_t, std::string_view) override {}

 private:
  Store& state_;
};

/// What both kinds of node are made with.
void fill(NodeOptions& options, NodeParts& parts) {
  options.name = parts.name;
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
  if (parts.process.low % 2 == 0) options.rows_every = milliseconds{0};  // each commit's at once
}

NodeOptions options_of(NodeParts& parts) {
  NodeOptions options;
  fill(options, parts);
  return options;
}

class EmbeddedNode final : public SimNode {
 public:
  explicit EmbeddedNode(NodeParts parts)
      : SimNode(parts.life), node_(parts.log, parts.disk, parts.clock, options_of(parts)) {
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
  bool speaks_for(PartitionRef) const override { return true; }
  void corrupt(PartitionRef) override { CHECK(false); }  // only a member has others to differ from

 private:
  Node node_;
};

class MemberNode final : public SimNode {
 public:
  explicit MemberNode(NodeParts parts)
      : SimNode(parts.life), member_(parts.log, parts.disk, parts.clock, member_options_of(parts)) {
    member_.listen(parts.listener);
  }
  Result<void> start() override { return member_.start(); }
  void step() override {
    member_.adopt_thread();  // several take turns in the one thread
    member_.step();
  }
  bool post(Engine::Task task) override { return member_.post(std::move(task)); }
  std::vector<PartitionStatus> status() const override { return member_.status(); }
  const Consumer* consumer(PartitionRef where) override { return member_.consumer(where); }
  void confirm_clock() override { member_.confirm_clock(); }
  bool speaks_for(PartitionRef where) const override { return member_.speaks_for(where); }
  void corrupt(PartitionRef where) override {
    Store other;
    Table<OffsetKey, DeadLetterRow> rows(other, kDeadLetterTable);
    rows.put({~Offset{0}}, {{}, other.names().intern("nobody wrote it")});
    Intruder intruder(*states_.at(where));
    other.drain(intruder);
  }

 private:
  MemberOptions member_options_of(NodeParts& parts) {
    MemberOptions options;
    fill(options, parts);
    options.find_copy = std::move(parts.find_copy);
    options.make_consumer = [this](PartitionRef where, Store& store) {
      states_[where] = &store;
      return ops::make_consumer(where, store);
    };
    return options;
  }

  std::map<PartitionRef, Store*> states_;
  Member member_;
};

}  // namespace

std::unique_ptr<SimNode> make_embedded_node(NodeParts parts) {
  return std::make_unique<EmbeddedNode>(std::move(parts));
}

std::unique_ptr<SimNode> make_member_node(NodeParts parts) {
  return std::make_unique<MemberNode>(std::move(parts));
}

}  // namespace jari::sim
