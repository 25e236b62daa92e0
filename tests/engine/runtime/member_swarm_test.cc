// Several nodes under faults drawn from a seed: they die, freeze, wake, are cut off and start again
// while the log loses, doubles and reorders; once the faults stop, everything is exact.

#include <random>

#include <gmock/gmock.h>

#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

constexpr std::uint64_t kSeeds = 20;
const std::vector<std::string> kManyPlaces{"here", "there", "elsewhere", "nowhere", "beyond"};

class Swarm {
 public:
  explicit Swarm(std::uint64_t seed) : random_(seed), world(3, {.seed = seed, .faults = {}}) {
    world.begin();
    // A mix of its own for each seed: some faults are off, others frequent.
    ClusterFaults faults;
    for (auto* fault : {&faults.lost, &faults.unanswered, &faults.doubled, &faults.later}) {
      *fault = draw(2) == 0 ? 0 : static_cast<std::uint32_t>(draw(300));
    }
    world.cluster.set_faults(faults);
    is_deadly_ = draw(2) == 0;
    freezes_ = draw(2) == 0;
    cuts_off_ = draw(2) == 0;
  }

  void act(int number) {
    for (auto& process : world.processes) {
      if (!process->member || process->is_frozen || draw(3) != 0) continue;
      const std::string from = kManyPlaces[draw(kManyPlaces.size())];
      const std::string to = kManyPlaces[draw(kManyPlaces.size())];
      const std::string record = request_record(
          draw(4) == 0 ? kLater : kSend, {from, to, static_cast<std::uint32_t>(draw(20)), 200},
          process->name + std::to_string(number));
      ASSERT_TRUE(process->member->post([record, from](Turn& turn) {
        turn.append(turn.home_of(kWork, from), bytes_of(record));
      }));
    }
    Process& one = world.node(draw(world.processes.size()));
    befall(one);
    world.run(ClusterWorld::kStep, /*settles=*/draw(3) == 0);
  }
  void befall(Process& one) {
    if (is_deadly_ && one.member && draw(40) == 0) {
      one.kill();
      if (draw(4) == 0) one.lose_disk();
    } else if (!one.member && draw(20) == 0) {
      one.is_frozen = false;
      ASSERT_TRUE(one.live(world.cluster));
    }
    if (freezes_ && draw(20) == 0) one.is_frozen = !one.is_frozen;
    if (cuts_off_ && one.log && draw(10) == 0) one.log->cut_off(draw(2) == 0);
  }
  void stop() {
    world.cluster.set_faults({});
    for (auto& process : world.processes) {
      process->is_frozen = false;
      if (!process->member) {
        ASSERT_TRUE(process->live(world.cluster));
      }
      process->log->cut_off(false);
    }
    world.run(milliseconds{12'000});
  }

 private:
  std::uint64_t draw(std::uint64_t below) { return random_() % below; }
  std::mt19937_64 random_;
  bool is_deadly_ = false;
  bool freezes_ = false;
  bool cuts_off_ = false;

 public:
  ClusterWorld world;
};

TEST(MemberSwarm, IsExactOnceTheFaultsStop) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Swarm swarm(seed);
    for (int number = 0; number < 160; ++number) swarm.act(number);
    swarm.stop();
    expect_exact(swarm.world, kManyPlaces);
    for (const auto& process : swarm.world.processes) {
      process->look([&](Turn& turn) {
        for (const std::string& place : kManyPlaces) {
          EXPECT_EQ(turn.fullest_stream(turn.home_of(kWork, place)), 0U) << process->name;
        }
      });
    }
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace jari::toy
