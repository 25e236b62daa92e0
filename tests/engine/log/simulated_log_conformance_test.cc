#include "engine/log/simulated/simulated_log.h"
#include "tests/engine/log/log_conformance.h"

namespace jari {
namespace {

template <std::uint32_t delay_steps_max, bool mixes_partitions>
class SimulatedHarness {
 public:
  static constexpr bool kHasThreads = false;
  explicit SimulatedHarness(const LogIdentity& identity)
      : log_(identity, {.seed = 42,
                        .delay_steps_max = delay_steps_max,
                        .mixes_partitions = mixes_partitions}) {}
  Log& log() { return log_; }
  void settle() { log_.settle(); }
  void reopen() { log_.settle(); }
  void crash() { log_.crash(); }

 private:
  SimulatedLog log_;
};

using Harnesses = ::testing::Types<SimulatedHarness<0, false>, SimulatedHarness<7, true>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Simulated, LogConformance, Harnesses);

}  // namespace
}  // namespace jari
