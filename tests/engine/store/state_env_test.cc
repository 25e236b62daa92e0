#include "engine/store/state_env.h"

#include <future>

#include <gtest/gtest.h>

namespace jari {
namespace {

using Priority = rocksdb::Env::Priority;

/// A job that runs until it is let go.
struct Held {
  std::promise<void> began;
  std::promise<void> let_go;
  std::promise<void> ended;
  static void run(void* self) {
    auto* const held = static_cast<Held*>(self);
    held->began.set_value();
    held->let_go.get_future().wait();
    held->ended.set_value();
  }
};

void fulfil(void* promise) {
  static_cast<std::promise<void>*>(promise)->set_value();
}

class StateEnvThreads : public ::testing::TestWithParam<Priority> {};

TEST_P(StateEnvThreads, AreNotTheLogs) {
  rocksdb::Env* const shared = rocksdb::Env::Default();
  const auto env = state_env(shared);
  shared->IncBackgroundThreadsIfNeeded(1, GetParam());
  env->IncBackgroundThreadsIfNeeded(1, GetParam());
  Held held;
  env->Schedule(&Held::run, &held, GetParam());
  held.began.get_future().wait();
  std::promise<void> done;
  shared->Schedule(&fulfil, &done, GetParam());
  done.get_future().wait();  // for ever, were it behind the state's
  held.let_go.set_value();
  held.ended.get_future().wait();
}

INSTANTIATE_TEST_SUITE_P(FlushAndCompaction, StateEnvThreads,
                         ::testing::Values(Priority::HIGH, Priority::LOW), [](const auto& one) {
                           return one.param == Priority::HIGH ? "Flush" : "Compaction";
                         });

}  // namespace
}  // namespace jari
