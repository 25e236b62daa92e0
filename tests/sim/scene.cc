#include "tests/sim/scene.h"

#include "consumers/model/topics.h"

namespace jari::sim {
namespace {

constexpr Instant kBegins{1'626'087'600'000};

LogIdentity identity_of(const Plan& plan, Chance& chance) {
  LogIdentity identity;
  identity.incarnation = chance.hash();
  for (TopicNo topic = 0; topic < kTopicNames.size(); ++topic) {
    const bool is_sink = topic == kSyncTopic || topic == kOutcomesTopic;
    const PartitionNo count = topic == kProgrammesTopic ? PartitionNo{1} : plan.partitions;
    identity.topics.push_back({std::string(kTopicNames[topic]), count, is_sink});
  }
  identity.begins = kBegins;
  identity.stream_window = plan.stream_window;
  identity.outage_ms = plan.outage_ms;
  return identity;
}

}  // namespace

Scene::Scene(std::uint64_t seed, WorldKind kind, bool prints)
    : chance(seed),
      trace(prints),
      plan(kind == WorldKind::OneNode ? draw_plan(chance) : draw_plan_of_many(chance)),
      identity(identity_of(plan, chance)),
      clock(kBegins) {
  trace.note(plan.text());
}

}  // namespace jari::sim
