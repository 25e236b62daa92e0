#include "engine/runtime/node_thread.h"

#include <iterator>

namespace jari {

NodeThread::~NodeThread() {
  if (applies_.joinable()) stop();
}

void NodeThread::wake() {
  {
    const std::scoped_lock lock(mutex_);
    if (is_woken_) return;
    is_woken_ = true;
  }
  woken_.notify_one();
}

void NodeThread::release(NodeOptions::Calls calls) {
  if (calls.empty()) return;
  {
    const std::scoped_lock lock(calls_mutex_);
    if (calls_.empty()) {
      calls_ = std::move(calls);
    } else {
      std::move(calls.begin(), calls.end(), std::back_inserter(calls_));
    }
  }
  has_calls_.notify_one();
}

void NodeThread::start(Driven& node) {
  node_ = &node;
  tells_ = std::thread([this] { run_calls(); });
  applies_ = std::thread([this] { run_node(); });
}

void NodeThread::stop() {
  node_->close();
  wake();
  applies_.join();
  {
    const std::scoped_lock lock(calls_mutex_);
    is_ending_ = true;
  }
  has_calls_.notify_one();
  tells_.join();
}

void NodeThread::run_node() {
  node_->adopt_thread();
  while (!node_->drained()) {
    const milliseconds rest = node_->step();
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, rest, [this] { return is_woken_; });
    is_woken_ = false;
  }
}

void NodeThread::run_calls() {
  for (;;) {
    NodeOptions::Calls calls;
    {
      std::unique_lock lock(calls_mutex_);
      has_calls_.wait(lock, [this] { return !calls_.empty() || is_ending_; });
      if (calls_.empty()) return;
      calls.swap(calls_);
    }
    for (auto& call : calls) call();
  }
}

}  // namespace jari
