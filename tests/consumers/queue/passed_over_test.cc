#include <algorithm>

#include "tests/consumers/queue/queue_story.h"

namespace jari::queue {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// People of two bookings partitions, told apart by the partition.
class FullStreamStory : public QueueStory {
 protected:
  FullStreamStory() { story.context().set_partitions(kBookingsTopic, 2); }
  std::string person_of(PartitionNo partition) {
    for (;;) {
      const std::string one = "q" + std::to_string(++drawn_);
      if (home_of(PersonId{one}).partition == partition) return one;
    }
  }
  PartitionRef bookings(PartitionNo partition) { return {kBookingsTopic, partition}; }

 private:
  int drawn_ = 0;
};

TEST_F(FullStreamStory, WhoCannotBeToldIsPassedOverAndFirstOnceThereIsRoom) {
  open_queue();
  const std::string a = person_of(0), b = person_of(1), c = person_of(0), d = person_of(1);
  for (const std::string& one : {a, b, c, d}) joins(PersonId{one});
  story.room(bookings(0), 0);
  EXPECT_THAT(admitted_in(900ms), ElementsAre(b, d));
  EXPECT_EQ(ticket(PersonId{a}).state, TicketState::Waiting);
  EXPECT_EQ(ticket(PersonId{a}).place, 1U);
  EXPECT_EQ(ticket(PersonId{c}).ahead, 1U);
  const std::string e = person_of(1);
  joins(PersonId{e});
  story.room(bookings(0), 1);
  EXPECT_THAT(admitted_in(1s), ElementsAre(a, e)) << "the room is for one";
  EXPECT_EQ(view().now_serving, 5U);
  story.room(bookings(0), 9);
  EXPECT_THAT(admitted_in(1s), ElementsAre(c));
}

TEST_F(FullStreamStory, NobodyIsPassedOverWhileNobodyCanBeTold) {
  open_queue();
  const std::string a = person_of(0), b = person_of(1);
  for (const std::string& one : {a, b}) joins(PersonId{one});
  story.room(bookings(0), 0);
  story.room(bookings(1), 0);
  const Hash128 before = story.store().digest();
  EXPECT_THAT(admitted_in(1s), IsEmpty());
  EXPECT_EQ(story.store().digest(), before);
  story.room(bookings(0), 9);
  story.room(bookings(1), 9);
  EXPECT_THAT(admitted_in(1s), ElementsAre(a, b));
}

TEST_F(FullStreamStory, WhoWasPassedOverMayGiveTheTicketBack) {
  open_queue();
  const std::string a = person_of(0), b = person_of(1), c = person_of(0);
  for (const std::string& one : {a, b, c}) joins(PersonId{one});
  story.room(bookings(0), 0);
  EXPECT_THAT(admitted_in(900ms), ElementsAre(b));
  EXPECT_EQ(leaves(PersonId{a}).outcome().status, 204);
  EXPECT_EQ(view().waiting, 1U);
  story.restart();
  story.room(bookings(0), 9);
  EXPECT_THAT(admitted_in(1s), ElementsAre(c));
  EXPECT_EQ(view().waiting, 0U);
}

TEST_F(FullStreamStory, WhoWasPassedOverIsFirstAfterAPauseToo) {
  open_queue();
  const std::string a = person_of(0), b = person_of(1), c = person_of(1);
  for (const std::string& one : {a, b, c}) joins(PersonId{one});
  given_set(QueueField::InsideMax, [](auto& ask) { ask.inside_max = 1; });
  story.room(bookings(0), 0);
  ASSERT_THAT(admitted_in(900ms), ElementsAre(b));
  given_set(QueueField::Paused, [](auto& ask) { ask.paused = true; });
  story.room(bookings(0), 9);
  leaves(PersonId{b});
  EXPECT_THAT(admitted_in(1s), IsEmpty());
  story.restart();
  given_set(QueueField::Paused, [](auto& ask) { ask.paused = false; });
  EXPECT_THAT(admitted_in(1s), ElementsAre(a));
  EXPECT_EQ(view().now_serving, 2U) << "the highest place admitted, not the last";
  leaves(PersonId{a});
  EXPECT_THAT(admitted_in(1s), ElementsAre(c));
}

TEST_F(FullStreamStory, DrawnPlacesAreKeptByThosePassedOver) {
  const std::string seed(64, '7');
  const std::string commitment = to_hex(sha256(bytes_of(*from_hex(seed))));
  auto ask = whole();
  ask.opens_at = now() + 2h;
  ask.inside_max = 100;
  ask.rate_per_second = 100;
  ask.prequeue = PrequeueSettings{now(), now() + 1h, commitment, ""};
  set(ask);
  publish_programme();
  for (int i = 0; i < 40; ++i) joins(PersonId{person_of(static_cast<PartitionNo>(i % 2))});
  story.pass(1h);
  story.request(PrequeueDrawn{kMain, seed, ""}, an_operator("ann", "draw"));
  story.room(bookings(0), 0);
  const auto places_in = [&](milliseconds gap) {
    std::vector<std::uint64_t> out;
    for (const Admitted& one : story.pass(gap).effects_of<Admitted>()) out.push_back(one.place);
    return out;
  };
  const auto told = places_in(1h + 900ms);
  EXPECT_THAT(told, SizeIs(20));
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  story.restart();
  story.room(bookings(0), 100);
  const auto passed = places_in(1s);
  EXPECT_THAT(passed, SizeIs(20));
  EXPECT_TRUE(std::is_sorted(passed.begin(), passed.end()));
  EXPECT_EQ(view().waiting, 0U);
}

TEST_F(FullStreamStory, RatesAndPlacesCountForThePassedOverToo) {
  open_queue();
  std::vector<std::string> line;
  for (int i = 0; i < 8; ++i) line.push_back(person_of(0));
  for (const std::string& one : line) joins(PersonId{one});
  const std::string last = person_of(1);
  joins(PersonId{last});
  story.room(bookings(0), 0);
  EXPECT_THAT(admitted_in(900ms), ElementsAre(last));
  story.room(bookings(0), 100);
  EXPECT_THAT(admitted_in(900ms), ElementsAre(line[0], line[1], line[2], line[3]));
}

}  // namespace
}  // namespace jari::queue
