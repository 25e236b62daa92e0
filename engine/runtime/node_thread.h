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
  /// Finishes what was taken, however long that takes, then ends the thread.
  void stop();
  /// The same, but no longer than `patience`. False: some of it is not finished, and will not be.
  [[nodiscard]] bool stop(milliseconds patience);

 private:
  void run();

  Driven* node_ = nullptr;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::condition_variable ended_;
  bool is_woken_ = false;
  bool is_given_up_ = false;
  bool has_ended_ = false;
  std::thread steps_;
};

}  // namespace jari
