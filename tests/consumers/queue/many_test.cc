#include <gtest/gtest.h>

#include "consumers/queue/decisions.h"
#include "tests/support/story.h"

namespace jari::queue {
namespace {

using namespace std::chrono_literals;
using support::kStoryBegins;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint32_t kPeople = 100'000;  // sanitizers cost ten times as much
#else
constexpr std::uint32_t kPeople = 1'000'000;
#endif
constexpr std::uint32_t kAdmitted = 20'000;
const std::string kSeed(64, '7');

/// A pre-queue of a million without the records around it: only what is decided.
class ManyPeople : public ::testing::Test {
 protected:
  ManyPeople() : state(store) {
    context.say_to(said);
    QueueConfigured ask;
    ask.queue = QueueId{"main"};
    ask.set = kEveryQueueField;
    ask.programme = ProgrammeId{"flu"};
    ask.opens_at = kStoryBegins + 2h;
    ask.closes_at = kNever;
    ask.rate_per_second = 5000;
    ask.inside_max = kPeople;
    ask.session_seconds = 600;
    const std::string commitment = to_hex(sha256(bytes_of(*from_hex(kSeed))));
    ask.prequeue = PrequeueSettings{kStoryBegins, kStoryBegins + 1h, commitment, ""};
    EXPECT_EQ(answer(state, ask, {}, context).status, 200);
    ProgrammeConfigured programme;
    programme.programme = ProgrammeId{"flu"};
    programme.version = 1;
    programme.queue = QueueId{"main"};
    state.programmes.apply(programme);
  }
  void join(std::uint32_t number) {
    const std::string person = "person-" + std::to_string(number);
    const Outcome outcome =
        answer(state, TicketRequested{QueueId{"main"}, PersonId{person}}, {}, context);
    ASSERT_EQ(outcome.ticket, number);
  }
  void leave(std::uint32_t number) {
    const std::string person = "person-" + std::to_string(number);
    ASSERT_EQ(answer(state, TicketReturned{QueueId{"main"}, PersonId{person}}, {}, context).status,
              204);
  }
  Lane& lane() { return *state.lane(QueueId{"main"}); }

  support::Said said;
  support::FakeContext context{{kQueueTopic, 0}};
  Store store;
  QueueState state;
};

TEST_F(ManyPeople, AreDrawnAndAdmittedInTheOrderOfTheirPlaces) {
  for (std::uint32_t i = 1; i <= kPeople; ++i) join(i);
  for (std::uint32_t i = 1; i <= kPeople; i += 1000) leave(i);
  context.set_time({kStoryBegins + 1h, 0ms});
  const PrequeueDrawn draw{QueueId{"main"}, kSeed, ""};
  ASSERT_EQ(answer(state, draw, {}, context).status, 200);
  EXPECT_EQ(lane().line.waiting(), kPeople - kPeople / 1000);

  LogTime time{kStoryBegins + 2h, 0ms};
  Place last = 0;
  std::uint32_t admitted = 0;
  while (admitted < kAdmitted) {
    context.set_time(time);
    said.effects.clear();
    admit(state, lane(), context);
    ASSERT_LE(said.effects.size(), kLooksMax);
    for (const Admitted& one : said.effects_of<Admitted>()) {
      ASSERT_GT(one.place, last);
      ASSERT_EQ(lane().place_of(static_cast<TicketNo>(one.ticket)), one.place);
      last = static_cast<Place>(one.place);
      ++admitted;
    }
    time.now = time.now + 100ms;
  }
  EXPECT_EQ(lane().inside, admitted);
  EXPECT_LE(last - admitted, kPeople / 1000) << "only who gave the ticket back was left out";
  const std::uint32_t waiting = lane().line.waiting();
  const std::uint32_t ahead = lane().line.ahead_of(kPeople);
  state.rebuild();
  EXPECT_EQ(lane().line.waiting(), waiting);
  EXPECT_EQ(lane().line.ahead_of(kPeople), ahead);
  EXPECT_EQ(lane().inside, admitted);
}

}  // namespace
}  // namespace jari::queue
