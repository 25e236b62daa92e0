// A place and a dose, or neither: what a person's partition asks of a site.

#include "tests/consumers/inventory/site_story.h"

namespace jari::inventory {
namespace {

constexpr auto kEarly = static_cast<std::uint32_t>(Override::TooEarlyForNextDose);
constexpr auto kLate = static_cast<std::uint32_t>(Override::TooLateForNextDose);
constexpr auto kStarted = static_cast<std::uint32_t>(Override::SlotStarted);

Day day(std::int32_t from_first) {
  return {kFirstDay.count + from_first};
}

struct ReserveStory : SiteStory {
  void open() {
    site();
    stock(10);
    stock(10, "b");
    slot({.slot = "am"});
    slot({.slot = "pm", .hours = 30});
  }
};

TEST_F(ReserveStory, TakesAPlaceAndADoseAndSaysWhenItIs) {
  open();
  const Said& said = reserve({1});
  const auto yes = said.effects_of<ReservationGranted>();
  ASSERT_EQ(yes.size(), 1U);
  EXPECT_EQ(said.effects[0].to, home({1}));
  EXPECT_EQ(yes[0].appointment.text, Asker{1}.appointment());
  EXPECT_EQ(yes[0].person.text, "p1");
  EXPECT_EQ(yes[0].slot.text, "am");
  EXPECT_EQ(yes[0].starts_at, support::kStoryBegins + std::chrono::hours{24});
  EXPECT_EQ(yes[0].starts_on, day(1));
  EXPECT_EQ(yes[0].length_seconds, 3600U);
  EXPECT_EQ(yes[0].zone, kZone);
  EXPECT_EQ(places(), (Four{9, 0, 1, 0}));
  EXPECT_EQ(doses(), (Four{9, 0, 1, 0}));
  EXPECT_EQ(story.context().counted("decisions", "Reserve granted"), 1U);
}

// Each row has everything against it from its own line on; the first that applies is said.
TEST_F(ReserveStory, IsRefusedInTheOrderOfTheRules) {
  site();
  slot({.slot = "gone", .capacity = 0, .hours = 1});
  withdraw("gone", false);
  slot({.slot = "begun", .capacity = 0, .hours = 1});
  slot({.slot = "full", .capacity = 0});
  slot({.slot = "am"});
  story.pass(std::chrono::hours{2});
  struct Row {
    Wanted wanted;
    Code code;
  };
  const Row rows[] = {
      {{.slot = "gone", .site = "x"}, Code::UnknownSite},
      {{.slot = "x"}, Code::UnknownSlot},
      {{.slot = "gone", .not_before = day(9)}, Code::SlotWithdrawn},
      {{.slot = "gone", .overrides = kStarted}, Code::SlotWithdrawn},
      {{.slot = "begun", .not_before = day(9)}, Code::SlotStarted},
      {{.slot = "begun", .not_before = day(9), .overrides = kStarted}, Code::TooEarlyForNextDose},
      {{.slot = "begun", .not_before = day(9), .overrides = kStarted | kEarly}, Code::SlotFull},
      {{.slot = "full", .not_before = day(2)}, Code::TooEarlyForNextDose},
      {{.slot = "full", .not_after = day(0)}, Code::TooLateForNextDose},
      {{.slot = "full", .not_after = day(0), .overrides = kEarly}, Code::TooLateForNextDose},
      {{.slot = "full", .not_after = day(0), .overrides = kLate}, Code::SlotFull},
      {{.slot = "full"}, Code::SlotFull},
      {{.slot = "am"}, Code::OutOfStock},
  };
  Offset number = 0;
  for (const Row& row : rows) {
    EXPECT_EQ(code_of(reserve({++number}, row.wanted)), row.code) << "row " << number;
    EXPECT_EQ(code_of(hold({1000 + number}, row.wanted)), row.code) << "hold, row " << number;
  }
  stock(0);
  EXPECT_EQ(code_of(reserve({100})), Code::OutOfStock);
  EXPECT_EQ(story.context().counted("decisions", "Reserve slot-full"), 3U);
}

TEST_F(ReserveStory, CountsBothEndsOfTheDoseInterval) {
  open();
  struct Row {
    std::int32_t not_before;
    std::int32_t not_after;
    Code code;
  };
  const Row rows[] = {{1, 1, Code::None},
                      {0, 5, Code::None},
                      {2, 5, Code::TooEarlyForNextDose},
                      {-5, 0, Code::TooLateForNextDose}};
  Offset number = 0;
  for (const Row& row : rows) {
    const Said& said =
        reserve({++number}, {.not_before = day(row.not_before), .not_after = day(row.not_after)});
    EXPECT_EQ(code_of(said), row.code);
    if (row.code == Code::None) continue;
    const auto no = said.effects_of<ReservationRefused>()[0];
    EXPECT_EQ(no.not_before, day(row.not_before));
    EXPECT_EQ(no.not_after, day(row.not_after));
  }
}

TEST_F(ReserveStory, TwoHundredAtTheLastTenPlacesAndSevenDoses) {
  site();
  slot({.capacity = 10});
  slot({.slot = "pm", .capacity = 10, .hours = 30});
  stock(7);
  stock(100, "b");
  std::map<Code, int> first;
  for (Offset i = 1; i <= 200; ++i) ++first[code_of(reserve({i}))];
  EXPECT_EQ(first, (std::map<Code, int>{{Code::None, 7}, {Code::OutOfStock, 193}}));
  std::map<Code, int> then;
  for (Offset i = 201; i <= 400; ++i) ++then[code_of(reserve({i}, {.product = "b"}))];
  EXPECT_EQ(then, (std::map<Code, int>{{Code::None, 3}, {Code::SlotFull, 197}}));
  EXPECT_EQ(places(), (Four{0, 0, 10, 0}));
  EXPECT_EQ(oversold(), 0U);
}

TEST_F(ReserveStory, IsGivenBackOnceAndOnlyWhereItStands) {
  open();
  reserve({1});
  release({1}, "pm");
  release({2});
  EXPECT_EQ(places(), (Four{9, 0, 1, 0}));
  EXPECT_TRUE(release({1}).effects.empty());
  release({1});
  EXPECT_EQ(places(), (Four{10, 0, 0, 0}));
  EXPECT_EQ(doses(), (Four{10, 0, 0, 0}));
}

TEST_F(ReserveStory, MovesWithItsOwnDoseWhereNoneIsFree) {
  open();
  stock(-9);
  reserve({1});
  EXPECT_EQ(doses(), (Four{0, 0, 1, 0}));
  EXPECT_EQ(code_of(reserve({1}, {.slot = "pm", .replaces = "am"})), Code::None);
  EXPECT_EQ(places("am"), (Four{10, 0, 0, 0}));
  EXPECT_EQ(places("pm"), (Four{9, 0, 1, 0}));
  EXPECT_EQ(doses(), (Four{0, 0, 1, 0}));
  stock(-1, "a", true);
  EXPECT_EQ(code_of(reserve({1}, {.slot = "am", .replaces = "pm"})), Code::None);
  EXPECT_EQ(doses(), (Four{0, 0, 1, 1}));
  EXPECT_EQ(oversold(), 0U);
}

TEST_F(ReserveStory, MovesToAnotherProductOnlyWhereThatHasADose) {
  open();
  stock(-10, "b");
  reserve({1});
  const Wanted other{.slot = "pm", .product = "b", .replaces = "am"};
  EXPECT_EQ(code_of(reserve({1}, other)), Code::OutOfStock);
  EXPECT_EQ(places("am"), (Four{9, 0, 1, 0}));
  stock(1, "b");
  EXPECT_EQ(code_of(reserve({1}, other)), Code::None);
  EXPECT_EQ(doses("a"), (Four{10, 0, 0, 0}));
  EXPECT_EQ(doses("b"), (Four{0, 0, 1, 0}));
  EXPECT_EQ(places("am"), (Four{10, 0, 0, 0}));
}

TEST_F(ReserveStory, LeavesTheOldPlaceWhereTheNewOneIsFull) {
  open();
  slot({.slot = "pm", .capacity = 0, .hours = 30});
  reserve({1});
  EXPECT_EQ(code_of(reserve({1}, {.slot = "pm", .replaces = "am"})), Code::SlotFull);
  EXPECT_EQ(places("am"), (Four{9, 0, 1, 0}));
}

TEST_F(ReserveStory, CountsAPlaceGivenUpLongAgoAsNone) {
  open();
  stock(-10);
  EXPECT_EQ(code_of(reserve({1}, {.slot = "pm", .replaces = "am"})), Code::OutOfStock);
  stock(1);
  EXPECT_EQ(code_of(reserve({1}, {.slot = "pm", .replaces = "am"})), Code::None);
  EXPECT_EQ(places("am"), (Four{10, 0, 0, 0}));
}

TEST_F(ReserveStory, KeepsThePlacesOfOneAppointmentAtTwoSitesApart) {
  open();
  site("t");
  slot({.slot = "am", .site = "t"});
  stock(1, "a", false, "t");
  reserve({1});
  EXPECT_EQ(code_of(reserve({1}, {.site = "t"})), Code::None);
  EXPECT_EQ(places("am", "s"), (Four{9, 0, 1, 0}));
  EXPECT_EQ(places("am", "t"), (Four{9, 0, 1, 0}));
  release({1}, "am", "s");
  EXPECT_EQ(places("am", "s"), (Four{10, 0, 0, 0}));
  EXPECT_EQ(places("am", "t"), (Four{9, 0, 1, 0}));
}

TEST_F(ReserveStory, GivesTheDoseOfWhoDidNotComeToAnotherButNotThePlace) {
  open();
  stock(-9);
  reserve({1});
  missed({1});
  missed({1});
  EXPECT_EQ(places(), (Four{9, 0, 1, 0}));
  EXPECT_EQ(doses(), (Four{1, 0, 0, 0}));
  EXPECT_EQ(code_of(reserve({2})), Code::None);
  came_after_all({1});
  came_after_all({1});
  EXPECT_EQ(doses(), (Four{0, 0, 2, 1}));
  EXPECT_EQ(code_of(reserve({3})), Code::OutOfStock);
  missed({3});
  came_after_all({3});
  missed({1});
  release({1});
  EXPECT_EQ(doses(), (Four{0, 0, 1, 0}));
  EXPECT_EQ(places(), (Four{9, 0, 1, 0}));
  EXPECT_EQ(oversold(), 0U);
}

TEST_F(ReserveStory, TakesNothingThatHasNoIds) {
  open();
  Reserve said;
  said.site = SiteId{"s"};
  said.slot = SlotId{"am"};
  said.appointment = AppointmentId{"x"};
  EXPECT_EQ(ask(said).applied, Applied::DeadLetter);
  EXPECT_EQ(places(), (Four{10, 0, 0, 0}));
}

}  // namespace
}  // namespace jari::inventory
