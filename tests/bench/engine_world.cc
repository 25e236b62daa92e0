#include "tests/bench/engine_world.h"

#include <cstdio>
#include <cstdlib>

#include "ops/jari/business.h"

namespace jari::bench {
namespace {

constexpr PartitionNo kPartitions = 4;  // of each topic, as `jari serve` has it

}  // namespace

EngineWorld::EngineWorld(const std::string& dir)
    : log_(value_or_end(EmbeddedLog::open(dir, ops::new_identity(kPartitions, clock_.read().wall),
                                          log_options()))),
      disk_(value_or_end(open_state_disk(dir))),
      node_(std::make_unique<Node>(*log_, *disk_, clock_, options())),
      view_(see()) {}

EmbeddedLogOptions EngineWorld::log_options() {
  EmbeddedLogOptions options;
  options.on_write = [this](const LogWrite& write) {
    // One thread writes; a figure that is taken in between is of before.
    if (write.took > slowest_write_.load()) slowest_write_.store(write.took);
  };
  return options;
}

NodeOptions EngineWorld::options() {
  NodeOptions options;
  options.process = ops::random_hash();
  options.known = ops::known_versions();
  options.settings = ops::kSettingsPartition;
  options.make_consumer = ops::make_consumer;
  options.wake = [this] { thread_.wake(); };
  options.leave_marker = [](const ParkMarker&) {};
  options.on_failure = [](const Error& why) { value_or_end(Result<void>{why}); };
  return options;
}

api::World EngineWorld::see() const {
  api::World world{log_->identity(), node_.get(), {}, {}, {}, {}};
  for (const PartitionRef where : consumer_partitions(log_->identity())) {
    world.set(where, *node_->consumer(where));
  }
  return world;
}

void EngineWorld::start(Listener& listener) {
  value_or_end(node_->start());
  node_->listen(listener);
  thread_.start(*node_);
  is_running_ = true;
}

void EngineWorld::stop() {
  if (is_running_) thread_.stop();
  is_running_ = false;
}

}  // namespace jari::bench
