#include "engine/store/state_env.h"

#include <algorithm>

#include "engine/store/scarce_files.h"

namespace jari {
namespace {

using Priority = rocksdb::Env::Priority;

/// The one pool that no other database of this process uses (a database with bottommost
/// compactions in a pool of their own would). Flushes and compactions share it.
Priority ours(Priority pool) {
  return pool == Priority::HIGH || pool == Priority::LOW ? Priority::BOTTOM : pool;
}
constexpr int kThreads = 2;  // a compaction is never in a flush's way: there is one at a time

class StateEnv final : public rocksdb::EnvWrapper {
 public:
  explicit StateEnv(rocksdb::Env* base) : EnvWrapper(base) {
    // Without it what a file says would lose whether it passes on its way through Env's own calls.
    file_system_ = scarce_files(base->GetFileSystem());
  }
  const char* Name() const override { return "jari.StateEnv"; }

  void Schedule(void (*call)(void*), void* with, Priority pool, void* tag,
                void (*unscheduled)(void*)) override {
    EnvWrapper::Schedule(call, with, ours(pool), tag, unscheduled);
  }
  int UnSchedule(void* tag, Priority pool) override {
    return EnvWrapper::UnSchedule(tag, ours(pool));
  }
  unsigned int GetThreadPoolQueueLen(Priority pool) const override {
    return EnvWrapper::GetThreadPoolQueueLen(ours(pool));
  }
  int ReserveThreads(int threads, Priority pool) override {
    return EnvWrapper::ReserveThreads(threads, ours(pool));
  }
  int ReleaseThreads(int threads, Priority pool) override {
    return EnvWrapper::ReleaseThreads(threads, ours(pool));
  }
  void SetBackgroundThreads(int number, Priority pool) override {
    EnvWrapper::SetBackgroundThreads(std::max(number, kThreads), ours(pool));
  }
  int GetBackgroundThreads(Priority pool) override {
    return EnvWrapper::GetBackgroundThreads(ours(pool));
  }
  void IncBackgroundThreadsIfNeeded(int number, Priority pool) override {
    EnvWrapper::IncBackgroundThreadsIfNeeded(std::max(number, kThreads), ours(pool));
  }
  void LowerThreadPoolIOPriority(Priority pool) override {
    EnvWrapper::LowerThreadPoolIOPriority(ours(pool));
  }
  void LowerThreadPoolCPUPriority(Priority pool) override {
    EnvWrapper::LowerThreadPoolCPUPriority(ours(pool));
  }
};

}  // namespace

std::unique_ptr<rocksdb::Env> state_env(rocksdb::Env* base) {
  auto env = std::make_unique<StateEnv>(base);
  env->LowerThreadPoolCPUPriority(Priority::LOW);
  return env;
}

}  // namespace jari
