#include "engine/log/simulated/simulated_cluster.h"
#include "tests/engine/log/log_conformance.h"
#include "tests/engine/log/many_writers_conformance.h"

namespace jari {
namespace {

class CalmHarness final : public LogHarness {
 public:
  explicit CalmHarness(const LogIdentity& identity)
      : cluster_(identity, {.seed = 42, .faults = {}}),
        client_(std::make_unique<SimulatedClient>(cluster_)) {}
  Log& log() override { return *client_; }
  [[nodiscard]] bool has_threads() const override { return false; }
  void settle() override {
    cluster_.settle();
    hear();
  }
  void reopen() override {
    settle();
    crash();
  }
  void crash() override { client_ = std::make_unique<SimulatedClient>(cluster_); }

 private:
  void hear() {
    std::vector<LogPlace> ends;
    for (const auto& where : cluster_.identity().partitions()) {
      ends.push_back({where, cluster_.end(where)});
    }
    client_->read(ends, [](const LogRecord&) { return true; }).value();
  }

  SimulatedCluster cluster_;
  std::unique_ptr<SimulatedClient> client_;
};

template <std::uint32_t faults>
class TwoProcesses final : public ManyWritersHarness {
 public:
  explicit TwoProcesses(const LogIdentity& identity)
      : cluster_(identity, {.seed = 7, .faults = {faults, faults, faults, faults}}),
        first_(cluster_),
        second_(std::make_unique<SimulatedClient>(cluster_)) {}
  Log& first() override { return first_; }
  Log& second() override { return *second_; }
  void kill_second() override { second_ = std::make_unique<SimulatedClient>(cluster_); }
  void settle() override { cluster_.settle(); }
  void trim(PartitionRef where, Offset begin) override { cluster_.drop_before(where, begin); }

 private:
  SimulatedCluster cluster_;
  SimulatedClient first_;
  std::unique_ptr<SimulatedClient> second_;
};

INSTANTIATE_TEST_SUITE_P(SimulatedCluster, LogConformance,
                         ::testing::Values(log_kind<CalmHarness>("Calm")), name_of);
INSTANTIATE_TEST_SUITE_P(SimulatedCluster, ManyWritersConformance,
                         ::testing::Values(many_writers_kind<TwoProcesses<0>>("Calm"),
                                           many_writers_kind<TwoProcesses<200>>("ABadDay")),
                         many_writers_name);

}  // namespace
}  // namespace jari
