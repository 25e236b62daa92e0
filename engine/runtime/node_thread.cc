#include "engine/runtime/node_thread.h"

#include "engine/base/thread_name.h"

namespace jari {

NodeThread::~NodeThread() {
  if (steps_.joinable()) stop();
}

void NodeThread::wake() {
  {
    const std::scoped_lock lock(mutex_);
    if (is_woken_) return;
    is_woken_ = true;
  }
  woken_.notify_one();
}

void NodeThread::start(Driven& node) {
  node_ = &node;
  steps_ = std::thread([this] { run(); });
}

void NodeThread::stop() {
  node_->close();
  wake();
  steps_.join();
}

bool NodeThread::stop(milliseconds patience) {
  node_->close();
  wake();
  {
    std::unique_lock lock(mutex_);
    is_given_up_ = !ended_.wait_for(lock, patience, [this] { return has_ended_; });
  }
  wake();
  steps_.join();
  return node_->drained();
}

void NodeThread::run() {
  name_this_thread("jari-engine");
  node_->adopt_thread();
  while (!node_->drained()) {
    const milliseconds rest = node_->step();
    std::unique_lock lock(mutex_);
    if (is_given_up_) return;
    woken_.wait_for(lock, rest, [this] { return is_woken_; });
    is_woken_ = false;
  }
  const std::scoped_lock lock(mutex_);
  has_ended_ = true;
  ended_.notify_all();
}

}  // namespace jari
