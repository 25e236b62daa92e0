// engine/runtime/node_thread.h — the thread of a running node, alone or among several: it steps it
// when there is something to do.
//
// A log of many writers that has news may call wake(); a member looks by itself every few
// milliseconds.
//
// Errors:  none of its own.
// Threads: start() and stop() from one; wake() from any.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/runtime/driven.h"

namespace jari {

class NodeThread {
 public:
  NodeThread() = default;
  ~NodeThread();
  NodeThread(const NodeThread&) = delete;
  NodeThread& operator=(const NodeThread&) = delete;

  /// For NodeOptions.
  void wake();

  void start(Driven& node);
  /// Finishes what was taken, then ends the thread.
  void stop();

 private:
  void run();

  Driven* node_ = nullptr;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool is_woken_ = false;
  std::thread steps_;
};

}  // namespace jari
