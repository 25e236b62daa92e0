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

void NodeThread::run() {
  name_this_thread("jari-engine");
  node_->adopt_thread();
  while (!node_->drained()) {
    const milliseconds rest = node_->step();
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, rest, [this] { return is_woken_; });
    is_woken_ = false;
  }
}

}  // namespace jari
