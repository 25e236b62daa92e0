// engine/runtime/node_thread.h — the two threads of a running node, alone or among several: one
// steps it, one tells what is durable.
//
// A log of many writers that has news may call wake(); a member looks by itself every few
// milliseconds.
//
// Errors:  none of its own.
// Threads: start() and stop() from one; wake() and release() from any.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/runtime/driven.h"
#include "engine/runtime/node_options.h"

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

  void start(Driven& node);
  /// Finishes what was taken, then ends both threads.
  void stop();

 private:
  void run_node();
  void run_calls();

  Driven* node_ = nullptr;
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
