// engine/runtime/node_thread.h — the two threads of a running node: one applies, one tells what is
// durable.
//
// Errors:  none of its own.
// Threads: start() and stop() from one.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/runtime/node.h"

namespace jari {

class NodeThread {
 public:
  NodeThread() = default;
  ~NodeThread();
  NodeThread(const NodeThread&) = delete;
  NodeThread& operator=(const NodeThread&) = delete;

  /// For NodeOptions.
  void wake();
  void release(NodeOptions::Calls calls);

  void start(Node& node);
  /// Finishes what was taken, then ends both threads.
  void stop();

 private:
  void run_node();
  void run_calls();

  Node* node_ = nullptr;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool is_woken_ = false;
  std::thread applies_;

  std::mutex calls_mutex_;
  std::condition_variable has_calls_;
  NodeOptions::Calls calls_;
  bool is_ending_ = false;
  std::thread tells_;
};

}  // namespace jari
