// consumers/api/executor.h — the port Executor: the io threads, as the door uses them.
//
// Errors:  a task that comes after the end is dropped.
// Threads: any.
#pragma once

#include <cstdint>

#include "engine/base/time.h"
#include "engine/http/server.h"
#include "engine/http/task.h"

namespace jari::api {

class Executor {
 public:
  virtual ~Executor() = default;
  virtual void run_on(std::uint32_t thread, http::Task task) = 0;
  virtual void after(milliseconds delay, http::Task task) = 0;  // in thread 0
};

/// The threads of a Server, which must outlive it.
class ServerExecutor final : public Executor {
 public:
  explicit ServerExecutor(http::Server& server) : server_(server) {}
  void run_on(std::uint32_t thread, http::Task task) override {
    server_.run_on(thread, std::move(task));
  }
  void after(milliseconds delay, http::Task task) override {
    server_.after(0, delay, std::move(task));
  }

 private:
  http::Server& server_;
};

}  // namespace jari::api
