#include "engine/log/simulated/simulated_log.h"
#include "tests/engine/log/log_conformance.h"

namespace jari {
namespace {

template <std::uint32_t delay_steps_max, bool mixes_partitions>
class SimulatedHarness final : public LogHarness {
 public:
  explicit SimulatedHarness(const LogIdentity& identity)
      : log_(identity, {.seed = 42,
                        .delay_steps_max = delay_steps_max,
                        .mixes_partitions = mixes_partitions}) {}
  Log& log() override { return log_; }
  [[nodiscard]] bool has_threads() const override { return false; }
  void settle() override { log_.settle(); }
  void reopen() override { log_.settle(); }
  void crash() override { log_.crash(); }

 private:
  SimulatedLog log_;
};

INSTANTIATE_TEST_SUITE_P(Simulated, LogConformance,
                         ::testing::Values(log_kind<SimulatedHarness<0, false>>("InOrder"),
                                           log_kind<SimulatedHarness<7, true>>("DelayedAndMixed")),
                         name_of);

}  // namespace
}  // namespace jari
