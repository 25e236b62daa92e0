// Places and doses set aside until a deadline.

#include "tests/consumers/inventory/site_story.h"

namespace jari::inventory {
namespace {

using namespace std::chrono_literals;

struct HoldsStory : SiteStory {
  void open(std::int64_t doses = 10, std::uint32_t capacity = 10) {
    site();
    stock(doses);
    slot({.slot = "am", .capacity = capacity});
    slot({.slot = "pm", .capacity = capacity, .hours = 30});
  }
  static std::vector<HoldEnd> ends_of(const Said& said) {
    std::vector<HoldEnd> out;
    for (const HoldEnded& one : said.effects_of<HoldEnded>()) out.push_back(one.why);
    return out;
  }
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(HoldsStory, SetAPlaceAndADoseAside) {
  open(1);
  const auto yes = hold({1}).effects_of<HoldGranted>();
  ASSERT_EQ(yes.size(), 1U);
  EXPECT_EQ(yes[0].hold.text, Asker{1}.hold());
  EXPECT_EQ(yes[0].length_ms, 60'000U);
  EXPECT_EQ(places(), (Four{9, 1, 0, 0}));
  EXPECT_EQ(doses(), (Four{0, 1, 0, 0}));
  EXPECT_EQ(code_of(hold({2})), Code::OutOfStock);
  EXPECT_EQ(code_of(reserve({2})), Code::OutOfStock);
}

TEST_F(HoldsStory, EndAtTheirDeadlineAndNotBefore) {
  open();
  hold({1}, {}, 60'000);
  EXPECT_EQ(consumer().next_deadline(story.time()), now() + 60s);
  EXPECT_THAT(ends_of(story.pass(59'999ms)), IsEmpty());
  const Said& said = story.pass(1ms);
  EXPECT_THAT(ends_of(said), ElementsAre(HoldEnd::Expired));
  EXPECT_EQ(said.effects[0].to, home({1}));
  EXPECT_EQ(places(), (Four{10, 0, 0, 0}));
  EXPECT_EQ(code_of(confirm({1})), Code::HoldExpired);
}

TEST_F(HoldsStory, LoseNoTimeInAnOutage) {
  open();
  hold({1}, {}, 60'000);
  story.outage(10min);
  EXPECT_THAT(ends_of(story.pass(59'999ms)), IsEmpty());
  EXPECT_EQ(code_of(confirm({1})), Code::None);
}

TEST_F(HoldsStory, AreSweptInTheOrderOfTheirDeadlines) {
  open();
  hold({1}, {}, 50'000);
  hold({2}, {}, 10'000);
  hold({3}, {}, 30'000);
  std::vector<std::string> order;
  for (const HoldEnded& one : story.pass(1min).effects_of<HoldEnded>()) {
    order.emplace_back(one.person.text);
  }
  EXPECT_THAT(order, ElementsAre("p2", "p3", "p1"));
}

TEST_F(HoldsStory, AreOverForEveryDecisionBeforeTheyAreSwept) {
  site();
  stock(kHoldsMax + 10);
  slot({.capacity = kHoldsMax + 10});
  for (Offset i = 1; i <= kHoldsMax; ++i) hold({i}, {}, 1'000);
  hold({kHoldsMax + 1}, {}, 1'001);
  EXPECT_EQ(ends_of(story.pass(2s)).size(), kHoldsMax);
  EXPECT_EQ(places(), (Four{kHoldsMax + 9, 1, 0, 0}));
  EXPECT_EQ(code_of(confirm({kHoldsMax + 1})), Code::HoldExpired);
  EXPECT_LE(consumer().next_deadline(story.time()), now());
  EXPECT_THAT(ends_of(story.pass(0ms)), ElementsAre(HoldEnd::Expired));
  EXPECT_EQ(places(), (Four{kHoldsMax + 10, 0, 0, 0}));
}

TEST_F(HoldsStory, BecomeTheAppointmentWhileTheyLive) {
  open(1, 1);
  hold({1});
  const auto yes = confirm({1}).effects_of<ReservationGranted>();
  ASSERT_EQ(yes.size(), 1U);
  EXPECT_EQ(yes[0].appointment.text, Asker{1}.appointment());
  EXPECT_EQ(places(), (Four{0, 0, 1, 0}));
  EXPECT_EQ(doses(), (Four{0, 0, 1, 0}));
  EXPECT_EQ(code_of(confirm({1})), Code::HoldExpired);
  EXPECT_THAT(ends_of(story.pass(1h)), IsEmpty());
}

TEST_F(HoldsStory, AreConfirmedAlsoWhereALossLeftTooFew) {
  open(1, 1);
  hold({1});
  stock(-1, "a", true);
  slot({.capacity = 0});
  EXPECT_EQ(code_of(confirm({1})), Code::None);
  EXPECT_EQ(places(), (Four{0, 0, 1, 1}));
  EXPECT_EQ(oversold(), 0U);
}

TEST_F(HoldsStory, ConfirmOnlyForWhoHasThemAndBeforeTheSlotBegins) {
  open();
  hold({1}, {}, 1'000'000'000);
  const std::string id = Asker{1}.hold();
  EXPECT_EQ(
      code_of(ask(HoldConfirmed{HoldId{id}, AppointmentId{"a0-9"}, PersonId{"eve"}, SiteId{"s"}})),
      Code::HoldExpired);
  story.pass(24h);
  EXPECT_EQ(code_of(confirm({1})), Code::SlotStarted);
  EXPECT_EQ(places(), (Four{9, 1, 0, 0}));
}

TEST_F(HoldsStory, OfThatSlotAndProductAreUsedByABooking) {
  open(1, 1);
  const std::string id = Asker{1}.hold();
  hold({1});
  EXPECT_EQ(code_of(reserve({2}, {.hold = id})), Code::SlotFull);  // somebody else's
  EXPECT_EQ(code_of(reserve({1}, {.slot = "pm", .hold = id})), Code::OutOfStock);
  EXPECT_EQ(code_of(reserve({1}, {.hold = id})), Code::None);
  EXPECT_EQ(places(), (Four{0, 0, 1, 0}));
  EXPECT_EQ(doses(), (Four{0, 0, 1, 0}));
}

TEST_F(HoldsStory, ThatAreOverDoNotHelpABooking) {
  open(1, 1);
  const std::string id = Asker{1}.hold();
  hold({1}, {}, 1'000);
  story.pass(1s);
  EXPECT_EQ(code_of(reserve({2})), Code::None);
  EXPECT_EQ(code_of(reserve({1}, {.hold = id})), Code::SlotFull);
}

TEST_F(HoldsStory, AreReplacedInOneStep) {
  open(1, 1);
  const std::string first = Asker{1}.hold();
  const std::string second = "h" + std::to_string(Asker{1}.home()) + "-77";
  hold({1});
  HoldRequested other;
  other.hold = HoldId{second};
  other.person = PersonId{"p1"};
  other.site = SiteId{"s"};
  other.slot = SlotId{"pm"};
  other.product = ProductId{"b"};
  other.length_ms = 1'000;
  other.replaces = HoldId{first};
  EXPECT_EQ(code_of(ask(other)), Code::OutOfStock);
  EXPECT_EQ(places("am"), (Four{0, 1, 0, 0}));
  other.product = ProductId{"a"};
  EXPECT_EQ(code_of(ask(other)), Code::None);
  EXPECT_EQ(places("am"), (Four{1, 0, 0, 0}));
  EXPECT_EQ(places("pm"), (Four{0, 1, 0, 0}));
  EXPECT_EQ(doses(), (Four{0, 1, 0, 0}));
  EXPECT_EQ(code_of(confirm({1})), Code::HoldExpired);
}

TEST_F(HoldsStory, AreLetGoByTheirOwnersOnly) {
  open();
  hold({1});
  const std::string id = Asker{1}.hold();
  EXPECT_THAT(ends_of(ask(HoldReleaseRequested{HoldId{id}, PersonId{"eve"}, SiteId{"s"}})),
              IsEmpty());
  EXPECT_EQ(places(), (Four{9, 1, 0, 0}));
  EXPECT_THAT(ends_of(let_go({1})), ElementsAre(HoldEnd::Released));
  EXPECT_THAT(ends_of(let_go({1})), IsEmpty());
  EXPECT_EQ(places(), (Four{10, 0, 0, 0}));
}

TEST_F(HoldsStory, GiveTheirPlacesBackAlsoWhereNobodyCanBeTold) {
  open();
  const Asker stuck{1};
  Offset other = 2;
  while (Asker{other}.home() == stuck.home()) ++other;
  story.room(home(stuck), 0);
  hold(stuck, {}, 1'000);
  hold({other}, {}, 2'000);
  const auto told = story.pass(3s).effects_of<HoldEnded>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].person.text, Asker{other}.person());
  EXPECT_EQ(places(), (Four{10, 0, 0, 0}));
  EXPECT_LE(consumer().next_deadline(story.time()), now());
  EXPECT_EQ(code_of(confirm(stuck)), Code::HoldExpired);
  EXPECT_THAT(ends_of(let_go(stuck)), IsEmpty());
  EXPECT_THAT(ends_of(story.pass(1s)), IsEmpty());
  story.room(home(stuck), 100);
  EXPECT_THAT(ends_of(story.pass(1s)), ElementsAre(HoldEnd::Expired));
  EXPECT_THAT(ends_of(story.pass(1s)), IsEmpty());
}

}  // namespace
}  // namespace jari::inventory
