// Slots withdrawn in the middle of the sale: done at once, told in bounded portions.

#include <set>

#include "tests/consumers/inventory/site_story.h"

namespace jari::inventory {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct WithdrawalStory : SiteStory {
  void open(std::int64_t doses = 10, std::uint32_t capacity = 10) {
    site();
    stock(doses);
    slot({.slot = "am", .capacity = capacity});
    slot({.slot = "pm", .capacity = capacity, .hours = 30});
  }
  /// One that asks from another partition of bookings.
  static Asker elsewhere(Asker who, Offset from) {
    while (Asker{from}.home() == who.home()) ++from;
    return {from};
  }
  static std::vector<std::string> cancelled(const Said& said) {
    std::vector<std::string> out;
    for (const AppointmentWithdrawn& one : said.effects_of<AppointmentWithdrawn>()) {
      out.emplace_back(one.person.text);
    }
    return out;
  }
  static std::vector<HoldEnd> ends_of(const Said& said) {
    std::vector<HoldEnd> out;
    for (const HoldEnded& one : said.effects_of<HoldEnded>()) out.push_back(one.why);
    return out;
  }
};

TEST_F(WithdrawalStory, KeepsWhoIsBookedAndEndsHolds) {
  open();
  reserve({1});
  hold({2});
  const Said& said = withdraw("am", false);
  EXPECT_EQ(said.outcome().status, 200);
  EXPECT_EQ(said.outcome().version, 2U);
  EXPECT_THAT(ends_of(said), ElementsAre(HoldEnd::Withdrawn));
  EXPECT_THAT(cancelled(said), IsEmpty());
  EXPECT_EQ(places(), (Four{9, 0, 1, 0}));
  EXPECT_EQ(doses(), (Four{9, 0, 1, 0}));
  EXPECT_EQ(consumer().view().booked_by(SiteId{"s"}, SlotId{"am"}).size(), 1U);
  EXPECT_TRUE(consumer().view().slot(SiteId{"s"}, SlotId{"am"})->is_withdrawn);
  EXPECT_EQ(code_of(reserve({3})), Code::SlotWithdrawn);
  EXPECT_EQ(code_of(hold({3})), Code::SlotWithdrawn);
}

TEST_F(WithdrawalStory, SaysSoToAHoldUntilItsOwnDeadline) {
  open();
  hold({1}, {}, 60'000);
  withdraw("am", false);
  EXPECT_EQ(code_of(confirm({1})), Code::SlotWithdrawn);
  EXPECT_EQ(code_of(reserve({1}, {.hold = Asker{1}.hold()})), Code::SlotWithdrawn);
  slot({});
  EXPECT_EQ(code_of(confirm({1})), Code::SlotWithdrawn);
  EXPECT_THAT(ends_of(story.pass(1min)), IsEmpty());
  EXPECT_EQ(code_of(confirm({1})), Code::HoldExpired);
}

TEST_F(WithdrawalStory, CancelsWhoIsBookedAndFreesPlacesAndDosesAtOnce) {
  open(3);
  reserve({1});
  reserve({2});
  reserve({3}, {.slot = "pm"});
  missed({2});
  const Said& said = withdraw("am", true);
  const auto told = said.effects_of<AppointmentWithdrawn>();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].site.text, "s");
  EXPECT_EQ(told[0].slot.text, "am");
  for (const support::Sent& one : said.effects) {
    const std::string person{one.as<AppointmentWithdrawn>().person.text};
    EXPECT_EQ(one.to, story.context().home_of(kBookingsTopic, person));
  }
  EXPECT_EQ(places(), (Four{10, 0, 0, 0}));
  EXPECT_EQ(doses(), (Four{2, 0, 1, 0}));
  missed({1});
  came_after_all({2});
  release({1});
  EXPECT_EQ(doses(), (Four{2, 0, 1, 0}));
  EXPECT_THAT(consumer().view().booked_by(SiteId{"s"}, SlotId{"am"}), IsEmpty());
}

TEST_F(WithdrawalStory, MayBeSaidAgain) {
  open();
  reserve({1});
  EXPECT_EQ(withdraw("am", false).outcome().version, 2U);
  EXPECT_EQ(withdraw("am", false).outcome().version, 2U);
  EXPECT_THAT(cancelled(withdraw("am", true)), ElementsAre("p1"));
  const Said& again = withdraw("am", true);
  EXPECT_EQ(again.outcome().status, 200);
  EXPECT_THAT(cancelled(again), IsEmpty());
  EXPECT_EQ(withdraw("am", false).outcome().status, 200);
}

TEST_F(WithdrawalStory, CancelsNobodyOnceTheSlotHasBegun) {
  open();
  reserve({1});
  story.pass(24h);
  EXPECT_EQ(withdraw("am", true).outcome().code, Code::SlotStarted);
  EXPECT_FALSE(consumer().view().slot(SiteId{"s"}, SlotId{"am"})->is_withdrawn);
  EXPECT_EQ(withdraw("am", false).outcome().status, 200);
  EXPECT_EQ(withdraw("am", true).outcome().code, Code::SlotStarted);
  EXPECT_EQ(places(), (Four{9, 0, 1, 0}));
}

TEST_F(WithdrawalStory, TellsThoseWhosePartitionsHaveRoomAndTheOthersLater) {
  open();
  const Asker stuck{1};
  const Asker other = elsewhere(stuck, 2);
  const Asker holder = elsewhere(stuck, other.number + 1);
  story.room(home(stuck), 0);
  reserve(stuck);
  reserve(other);
  hold(holder);
  const Said& said = withdraw("am", true);
  EXPECT_THAT(cancelled(said), ElementsAre(other.person()));
  EXPECT_THAT(ends_of(said), ElementsAre(HoldEnd::Withdrawn));
  EXPECT_EQ(places(), (Four{10, 0, 0, 0}));
  EXPECT_LE(consumer().next_deadline(story.time()), now());
  EXPECT_THAT(story.pass(1s).effects, IsEmpty());
  story.restart();
  EXPECT_LE(consumer().next_deadline(story.time()), now());
  story.room(home(stuck), 10);
  EXPECT_THAT(cancelled(story.pass(1s)), ElementsAre(stuck.person()));
  story.pass(1h);  // the withdrawn hold's own deadline
  EXPECT_THAT(story.pass(1s).effects, IsEmpty());
  EXPECT_GT(consumer().next_deadline(story.time()), now());
}

TEST_F(WithdrawalStory, LeavesWhatWasBookedSinceTheSlotWasOpenedAgain) {
  open();
  const Asker stuck{1};
  story.room(home(stuck), 0);
  reserve(stuck);
  withdraw("am", true);
  EXPECT_EQ(slot({}).outcome().version, 3U);
  EXPECT_EQ(slot({.hours = 25}).outcome().code, Code::None);  // nobody is booked any more
  Offset late = 2;
  while (Asker{late}.home() != stuck.home()) ++late;
  EXPECT_EQ(code_of(reserve({late})), Code::None);
  story.room(home(stuck), 10);
  EXPECT_THAT(cancelled(story.pass(1s)), ElementsAre(stuck.person()));
  EXPECT_THAT(cancelled(story.pass(1s)), IsEmpty());
  EXPECT_EQ(places(), (Four{9, 0, 1, 0}));
  ASSERT_EQ(consumer().view().booked_by(SiteId{"s"}, SlotId{"am"}).size(), 1U);
}

TEST_F(WithdrawalStory, AgainBeforeTheFirstIsToldTellsEachOnce) {
  open();
  const Asker stuck{1};
  story.room(home(stuck), 0);
  reserve(stuck);
  hold({50}, {.slot = "pm"}, 3'600'000);
  withdraw("am", true);
  withdraw("pm", false);
  slot({});
  Offset late = 2;
  while (Asker{late}.home() != stuck.home()) ++late;
  reserve({late});
  withdraw("am", true);
  story.restart();
  story.room(home(stuck), 10);
  EXPECT_THAT(cancelled(story.pass(1s)), ElementsAre(stuck.person(), Asker{late}.person()));
  EXPECT_EQ(places(), (Four{10, 0, 0, 0}));
}

TEST_F(WithdrawalStory, DoesNotFollowAnAppointmentThatHasMovedAway) {
  open();
  const Asker stuck{1};
  story.room(home(stuck), 0);
  reserve(stuck);
  stock(-9);
  withdraw("am", true);
  EXPECT_EQ(doses(), (Four{1, 0, 0, 0}));
  // Its own place and dose are gone: it needs both, as anybody else.
  EXPECT_EQ(code_of(reserve(stuck, {.slot = "pm", .replaces = "am"})), Code::None);
  slot({});
  EXPECT_EQ(code_of(reserve(stuck, {.slot = "am", .replaces = "pm"})), Code::None);
  story.room(home(stuck), 10);
  EXPECT_THAT(story.pass(1s).effects, IsEmpty());
  EXPECT_EQ(places("am"), (Four{9, 0, 1, 0}));
  EXPECT_EQ(places("pm"), (Four{10, 0, 0, 0}));
  EXPECT_EQ(doses(), (Four{0, 0, 1, 0}));
}

TEST_F(WithdrawalStory, StillReachesAnAppointmentThatCouldNotMove) {
  open(1);
  const Asker stuck{1};
  story.room(home(stuck), 0);
  reserve(stuck);
  withdraw("am", true);
  reserve(elsewhere(stuck, 2), {.slot = "pm"});
  EXPECT_EQ(code_of(reserve(stuck, {.slot = "pm", .replaces = "am"})), Code::OutOfStock);
  story.room(home(stuck), 10);
  EXPECT_THAT(cancelled(story.pass(1s)), ElementsAre(stuck.person()));
}

TEST_F(WithdrawalStory, IsNotToldToWhoCancelledMeanwhile) {
  open();
  const Asker stuck{1};
  story.room(home(stuck), 0);
  reserve(stuck);
  withdraw("am", true);
  release(stuck);
  EXPECT_EQ(places(), (Four{10, 0, 0, 0}));
  story.room(home(stuck), 10);
  EXPECT_THAT(story.pass(1s).effects, IsEmpty());
}

TEST_F(WithdrawalStory, OfManyHoldsOwesEachItsNewsOverTheDeadline) {
  open();
  const Asker stuck{1};
  story.room(home(stuck), 0);
  hold(stuck, {}, 1'000);
  withdraw("am", false);
  EXPECT_THAT(story.pass(2s).effects, IsEmpty());
  story.restart();
  story.room(home(stuck), 10);
  EXPECT_THAT(ends_of(story.pass(1s)), ElementsAre(HoldEnd::Withdrawn));
  EXPECT_THAT(story.pass(1s).effects, IsEmpty());
  EXPECT_EQ(places(), (Four{10, 0, 0, 0}));
}

// 50,000 in one slot, windows that fill up in between, and a restart in the middle.
TEST(GreatWithdrawal, TellsEveryoneOnceOverManyTicks) {
  constexpr Offset kBooked = 50'000;
  Store store;
  auto consumer = std::make_unique<Inventory>(store);
  support::FakeContext context{{kInventoryTopic, 0}};
  Encoder encoder;
  Offset offset = 0;
  const auto apply = [&](RecordKind kind, const auto& body) {
    Envelope envelope;
    envelope.kind = kind;
    envelope.type = kTypeOf<std::decay_t<decltype(body)>>;
    envelope.version = kLogicVersion;
    envelope.body = encoder.encode(body);
    const std::string key = "key-" + std::to_string(offset);
    if (kind == RecordKind::Request) envelope.asked = an_operator("ann", key);
    context.set_offset(++offset);
    Said said;
    context.say_to(said);
    EXPECT_TRUE(consumer->open(envelope).has_value());
    EXPECT_EQ(consumer->apply({envelope, offset}, context), Applied::Done);
    return said;
  };
  SitePublished site;
  site.site = SiteId{"s"};
  site.name = "A stadium";
  site.region = "north";
  site.zone = kZone;
  apply(RecordKind::Request, site);
  SlotPublished slot;
  slot.site = site.site;
  slot.slot = SlotId{"am"};
  slot.starts_at = support::kStoryBegins + 24h;
  slot.starts_on = {kFirstDay.count + 1};
  slot.length_seconds = 3600;
  slot.capacity = kBooked;
  slot.zone = kZone;
  apply(RecordKind::Request, slot);
  apply(RecordKind::Request, StockChanged{site.site, ProductId{"a"}, kBooked, false});
  for (Offset i = 1; i <= kBooked; ++i) {
    const std::string person = Asker{i}.person();
    const std::string appointment = Asker{i}.appointment();
    Reserve reserve;
    reserve.appointment = AppointmentId{appointment};
    reserve.person = PersonId{person};
    reserve.site = site.site;
    reserve.slot = slot.slot;
    reserve.product = ProductId{"a"};
    ASSERT_TRUE(apply(RecordKind::Effect, reserve).effects[0].is<ReservationGranted>());
  }
  std::set<std::string> told;
  std::size_t portions = 0;
  const auto listen = [&](const Said& said) {
    EXPECT_LE(said.effects.size(), kNoticesMax);
    if (!said.effects.empty()) ++portions;
    for (const AppointmentWithdrawn& one : said.effects_of<AppointmentWithdrawn>()) {
      EXPECT_TRUE(told.emplace(one.person.text).second) << one.person.text;
    }
  };
  const auto tick = [&] {
    context.set_time({context.time().now + 100ms, {}});
    context.set_offset(++offset);
    Said said;
    context.say_to(said);
    consumer->on_tick(context);
    listen(said);
  };
  const auto open_windows = [&](std::uint32_t rows) {
    for (PartitionNo to = 0; to < 4; ++to) context.set_room({kBookingsTopic, to}, rows);
  };
  open_windows(3000);
  listen(apply(RecordKind::Request, SlotWithdrawn{site.site, slot.slot, true}));
  EXPECT_EQ(consumer->view().slot(site.site, slot.slot)->places.free(), kBooked);
  for (int i = 0; i < 10; ++i) tick();
  EXPECT_EQ(told.size(), 12'000U);
  EXPECT_LE(consumer->next_deadline(context.time()), context.time().now);

  support::StoredRows rows;
  store.drain(rows);
  Store second;
  auto restarted = std::make_unique<Inventory>(second);
  rows.load_into(second);
  restarted->rebuild();
  EXPECT_EQ(second.digest(), store.digest());
  consumer = std::move(restarted);
  open_windows(16'384);
  while (told.size() < kBooked && portions < 100) tick();
  EXPECT_EQ(told.size(), kBooked);
  EXPECT_LT(portions, 40U);
  EXPECT_TRUE(consumer->balances());
  EXPECT_EQ(second.digest(), second.digest_anew());
  tick();
  EXPECT_GT(consumer->next_deadline(context.time()), context.time().now);
}

}  // namespace
}  // namespace jari::inventory
