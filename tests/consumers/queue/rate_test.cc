#include <map>
#include <random>

#include "tests/consumers/queue/queue_story.h"

namespace jari::queue {
namespace {

TEST(AdmissionsDue, GrowThroughTheSecondAQuarterAhead) {
  const auto due = [](std::uint32_t rate, std::int64_t ms) {
    return admissions_due(rate, kStoryBegins + milliseconds{ms});
  };
  EXPECT_EQ(due(0, 999), 0U);
  EXPECT_EQ(due(1, 0), 1U);
  EXPECT_EQ(due(10, 0), 3U);
  EXPECT_EQ(due(10, 50), 3U);
  EXPECT_EQ(due(10, 51), 4U);
  EXPECT_EQ(due(10, 750), 10U);
  EXPECT_EQ(due(10, 999), 10U);
  EXPECT_EQ(due(10, 1000), 3U);
  EXPECT_EQ(due(1000, 100), 350U);
  EXPECT_EQ(due(4'000'000'000U, 500), 3'000'000'000U);
}

/// Any ticks, any rate, any limit inside: never more than the rate in a whole second, never more
/// inside than allowed, in the order of places, and all of the rate where ticks come often enough.
class AnyTicks : public QueueStory, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  void admits(std::uint32_t rate, std::uint32_t inside_max) {
    std::uint64_t last_place = 0;
    std::map<std::int64_t, std::uint32_t> in_second;
    for (int i = 0; i < 120; ++i) {
      const Said& said = story.pass(milliseconds{draw(8) == 0 ? draw(3000) : draw(200)});
      for (const Admitted& one : said.effects_of<Admitted>()) {
        EXPECT_EQ(one.place, last_place + 1);
        last_place = one.place;
        ++in_second[one.admitted_at.ms / 1000];
        if (draw(4) == 0) story.effect(SessionEnded{kMain, one.person, one.ticket});
      }
      EXPECT_LE(view().inside, inside_max);
    }
    for (const auto& [second, count] : in_second) EXPECT_LE(count, rate) << second;
  }
  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(engine_() % below); }

 private:
  std::mt19937 engine_{GetParam()};
};

TEST_P(AnyTicks, KeepRateAndInside) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  auto ask = whole();
  ask.rate_per_second = draw(40) + 1;
  ask.inside_max = draw(60) + 1;
  ask.session_seconds = draw(5) + 1;
  set(ask);
  publish_programme();
  for (int i = 0; i < 400; ++i) joins(PersonId{"p" + std::to_string(i)});
  admits(ask.rate_per_second, ask.inside_max);
}
INSTANTIATE_TEST_SUITE_P(Seeds, AnyTicks, ::testing::Range(1U, 21U));

TEST_F(QueueStory, TicksThatComeInTimeUseTheWholeRate) {
  auto ask = whole();
  ask.rate_per_second = 37;
  ask.inside_max = 1000;
  set(ask);
  publish_programme();
  for (int i = 0; i < 200; ++i) joins(PersonId{"p" + std::to_string(i)});
  for (int second = 0; second < 3; ++second) {
    std::size_t admitted = 0;
    for (int i = 0; i < 4; ++i) admitted += admitted_in(i == 0 && second == 0 ? 0ms : 250ms).size();
    EXPECT_EQ(admitted, 37U) << second;
  }
}

}  // namespace
}  // namespace jari::queue
