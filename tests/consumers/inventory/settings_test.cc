// What operators say of sites, slots and stock.

#include "tests/consumers/inventory/site_story.h"

namespace jari::inventory {
namespace {

using testing::ElementsAre;

struct OperatorsStory : SiteStory {};

TEST_F(OperatorsStory, PublishASiteAndChangeIt) {
  const Outcome first = site().outcome();
  EXPECT_EQ(first.decision, Decision::Granted);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.version, 1U);
  EXPECT_EQ(first.site.text, "s");
  EXPECT_EQ(site("s", "Europe/Berlin", "south").outcome().version, 2U);
  const auto shown = consumer().view().site(SiteId{"s"});
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->zone, "Europe/Berlin");
  EXPECT_EQ(shown->region, "south");
  EXPECT_EQ(shown->version, 2U);
}

TEST_F(OperatorsStory, AreRefusedWhereAnotherVersionStands) {
  EXPECT_EQ(site("s", kZone, "north", 3).outcome().code, Code::StaleVersion);
  site();
  EXPECT_EQ(site("s", kZone, "north", 1).outcome().version, 2U);
  const Outcome stale = site("s", kZone, "north", 1).outcome();
  EXPECT_EQ(stale.code, Code::StaleVersion);
  EXPECT_EQ(stale.status, 409);
  slot({});
  EXPECT_EQ(slot({.expects_version = 7}).outcome().code, Code::StaleVersion);
  EXPECT_EQ(slot({.expects_version = 1}).outcome().version, 2U);
}

TEST_F(OperatorsStory, MustBeOperatorsAndSayWhy) {
  SitePublished said;
  said.site = SiteId{"s"};
  said.name = "A clinic";
  said.region = "north";
  said.zone = kZone;
  EXPECT_EQ(story.request(said, support::a_person("eve", "k")).outcome().code, Code::ScopeRequired);
  const Outcome outcome = story.request(said, an_operator("ann", "k", "")).outcome();
  EXPECT_EQ(outcome.code, Code::InvalidRequest);
  EXPECT_EQ(outcome.field, "reason");
  EXPECT_FALSE(consumer().view().site(SiteId{"s"}));
}

TEST_F(OperatorsStory, HaveTheirKeysCountedWithTheSite) {
  for (std::uint32_t i = 0; i < requests::kLiveKeysMax; ++i)
    ASSERT_EQ(site().outcome().status, 200);
  EXPECT_EQ(site().outcome().code, Code::SlowDown);
  EXPECT_EQ(slot({}).outcome().code, Code::SlowDown);
  EXPECT_EQ(site("other").outcome().status, 200);
  story.pass(std::chrono::hours{24});
  EXPECT_EQ(site().outcome().status, 200);
}

TEST_F(OperatorsStory, AreToldWhichFieldIsWrong) {
  const auto field_of = [&](auto change) {
    SitePublished said;
    said.site = SiteId{"s"};
    said.name = "A clinic";
    said.region = "north";
    said.zone = kZone;
    change(said);
    const Outcome outcome = say(said).outcome();
    return std::string{outcome.code == Code::InvalidRequest ? outcome.field : "none"};
  };
  const std::string long_text(kTextBytesMax + 1, 'x');
  EXPECT_EQ(field_of([](SitePublished& said) { said.name = ""; }), "name");
  EXPECT_EQ(field_of([&](SitePublished& said) { said.name = long_text; }), "name");
  EXPECT_EQ(field_of([](SitePublished& said) { said.region = ""; }), "region");
  EXPECT_EQ(field_of([](SitePublished& said) { said.zone = "a\"b"; }), "zone");
  EXPECT_EQ(field_of([&](SitePublished& said) { said.address = long_text; }), "address");
  EXPECT_EQ(field_of([&](SitePublished& said) { said.phone = long_text; }), "phone");
  EXPECT_EQ(field_of([](SitePublished& said) {
              said.has_place = true;
              said.latitude = 90'000'001;
            }),
            "latitude");
  EXPECT_EQ(field_of([](SitePublished& said) {
              said.has_place = true;
              said.longitude = -180'000'001;
            }),
            "longitude");
  site();
  EXPECT_EQ(slot({.capacity = kCapacityMax + 1}).outcome().field, "capacity");
  EXPECT_EQ(slot({.length_seconds = 59}).outcome().field, "length_seconds");
  EXPECT_EQ(slot({.length_seconds = 86'401}).outcome().field, "length_seconds");
  EXPECT_EQ(stock(kDosesChangeMax + 1).outcome().field, "doses");
  EXPECT_EQ(stock(1, "no id!").outcome().field, "product");
  EXPECT_EQ(stock(1, std::string(60'000, 'x')).outcome().field, "product");
  EXPECT_EQ(slot({.slot = std::string(60'000, 'x')}).outcome().field, "slot");
  EXPECT_EQ(withdraw(std::string(60'000, 'x'), false).outcome().code, Code::UnknownSlot);
  EXPECT_EQ(stock(1, std::string(70'000, 'x')).applied, Applied::DeadLetter) << "no record at all";
}

TEST_F(OperatorsStory, HearOfAnUnknownSiteOrSlot) {
  EXPECT_EQ(slot({}).outcome().code, Code::UnknownSite);
  EXPECT_EQ(stock(1).outcome().code, Code::UnknownSite);
  EXPECT_EQ(withdraw("am", false).outcome().code, Code::UnknownSite);
  site();
  EXPECT_EQ(withdraw("am", false).outcome().code, Code::UnknownSlot);
  EXPECT_EQ(withdraw("am", false).outcome().status, 404);
}

TEST_F(OperatorsStory, PublishSlotsInTheZoneThatTheSiteHasNow) {
  site();
  slot({.slot = "before"});
  site("s", "Europe/Berlin");
  EXPECT_EQ(slot({}).outcome().code, Code::StaleVersion);
  EXPECT_EQ(slot({.zone = "Europe/Berlin"}).outcome().code, Code::None);
  EXPECT_EQ(consumer().view().slot(SiteId{"s"}, SlotId{"before"})->zone, kZone);
  EXPECT_EQ(consumer().view().slot(SiteId{"s"}, SlotId{"am"})->zone, "Europe/Berlin");
}

TEST_F(OperatorsStory, MoveASlotOnlyWhileNobodyIsInIt) {
  site();
  stock(10);
  slot({});
  EXPECT_EQ(slot({.hours = 48}).outcome().code, Code::None);
  reserve({1});
  EXPECT_EQ(slot({.hours = 24}).outcome().code, Code::SlotBooked);
  EXPECT_EQ(slot({.hours = 48, .length_seconds = 1800}).outcome().code, Code::SlotBooked);
  EXPECT_EQ(slot({.capacity = 3, .hours = 48}).outcome().code, Code::None);
  release({1});
  hold({2});
  EXPECT_EQ(slot({.hours = 24}).outcome().code, Code::SlotBooked);
  let_go({2});
  EXPECT_EQ(slot({.hours = 24}).outcome().code, Code::None);
}

TEST_F(OperatorsStory, CutCapacityBelowWhatIsBookedAndNothingIsSoldUntilThereIsRoom) {
  site();
  stock(10);
  slot({.capacity = 3});
  for (Offset i = 1; i <= 3; ++i) EXPECT_EQ(code_of(reserve({i})), Code::None);
  EXPECT_EQ(slot({.capacity = 1}).outcome().code, Code::None);
  EXPECT_EQ(places(), (Four{0, 0, 3, 2}));
  EXPECT_EQ(consumer().view().booked_by(SiteId{"s"}, SlotId{"am"}).size(), 3U);
  release({1});
  EXPECT_EQ(code_of(reserve({4})), Code::SlotFull);
  release({2});
  EXPECT_EQ(code_of(reserve({4})), Code::SlotFull);
  release({3});
  EXPECT_EQ(code_of(reserve({4})), Code::None);
  EXPECT_EQ(oversold(), 0U);
}

TEST_F(OperatorsStory, TakeDosesAwayNotBelowWhatIsTakenUnlessTheyAreLost) {
  site();
  EXPECT_EQ(stock(-1).outcome().code, Code::BelowBooked);
  EXPECT_EQ(stock(5).outcome().code, Code::None);
  slot({});
  reserve({1});
  reserve({2});
  hold({3});
  EXPECT_EQ(stock(-3).outcome().code, Code::BelowBooked);
  EXPECT_EQ(doses(), (Four{2, 1, 2, 0}));
  EXPECT_EQ(stock(-3, "a", true).outcome().code, Code::None);
  EXPECT_EQ(doses(), (Four{0, 1, 2, 1}));
  const auto gone = stock(-3, "a", true);  // two are there
  EXPECT_EQ(gone.outcome().code, Code::InvalidRequest);
  EXPECT_EQ(gone.outcome().field, "doses");
  EXPECT_EQ(stock(-3).outcome().code, Code::BelowBooked);
  EXPECT_EQ(code_of(reserve({4})), Code::OutOfStock);
  EXPECT_EQ(stock(1).outcome().code, Code::None);
  EXPECT_EQ(code_of(reserve({4})), Code::OutOfStock);
  stock(1);
  EXPECT_EQ(code_of(reserve({4})), Code::None);
  EXPECT_EQ(oversold(), 0U);
}

TEST_F(OperatorsStory, GetTheSameAnswerForTheSameKey) {
  site();
  const StockChanged more{SiteId{"s"}, ProductId{"a"}, 5, false};
  const Said& first = say(more, "same");
  const Said& again = say(more, "same");
  EXPECT_EQ(first.rows.size(), 1U);
  EXPECT_TRUE(again.rows.empty());
  EXPECT_EQ(again.outcome().status, 200);
  EXPECT_EQ(again.outcome().product.text, "a");
  EXPECT_EQ(doses(), (Four{5, 0, 0, 0}));
  const Said& other = say(StockChanged{SiteId{"s"}, ProductId{"a"}, 6, false}, "same");
  EXPECT_EQ(other.outcome().code, Code::IdempotencyKeyReused);
  EXPECT_EQ(doses(), (Four{5, 0, 0, 0}));
  EXPECT_EQ(story.context().counted("decisions", "StockChanged granted"), 1U);
  const Asked asked = an_operator("ann", "same");
  EXPECT_TRUE(consumer().view().remembered(requests::key_of(asked)).has_value());
  story.pass(requests::kKeepFor);
  EXPECT_FALSE(consumer().view().remembered(requests::key_of(asked)).has_value());
}

TEST_F(OperatorsStory, HearOfTheFormBeforeTheKey) {
  site();
  const StockChanged more{SiteId{"s"}, ProductId{"a"}, 5, false};
  say(more, "same");
  EXPECT_EQ(say(StockChanged{SiteId{"s"}, ProductId{"no id!"}, 5, false}, "same").outcome().field,
            "product");
  EXPECT_EQ(story.request(more, an_operator("ann", "same", "")).outcome().field, "reason");
  EXPECT_EQ(story.request(more, support::a_person("ann", "same")).outcome().code,
            Code::ScopeRequired);
  EXPECT_EQ(say(more, "no key!").outcome().field, "request");
  EXPECT_EQ(doses(), (Four{5, 0, 0, 0}));
}

struct MisplacedStory : SiteStory {
  MisplacedStory() : SiteStory({kInventoryTopic, 1}) { story.context().set_partitions(2, 4); }
};

TEST_F(MisplacedStory, IsRefusedAndChangesNothing) {
  std::string id = "s";
  while (partition_of(id, 4) == 1) id += "s";
  const Outcome outcome = site(id).outcome();
  EXPECT_EQ(outcome.code, Code::InvalidRequest);
  EXPECT_EQ(outcome.field, "site");
  EXPECT_FALSE(consumer().view().site(SiteId{id}));
}

TEST_F(OperatorsStory, AreNotObeyedInAnEffectNorPeopleInARequest) {
  EXPECT_EQ(story.effect(StockChanged{SiteId{"s"}, ProductId{"a"}, 5, false}).applied,
            Applied::DeadLetter);
  EXPECT_EQ(story
                .request(Release{AppointmentId{"a0-1"}, SiteId{"s"}, SlotId{"am"}},
                         an_operator("ann", "k"))
                .applied,
            Applied::DeadLetter);
  EXPECT_EQ(story.own(Release{AppointmentId{"a0-1"}, SiteId{"s"}, SlotId{"am"}}).applied,
            Applied::DeadLetter);
  EXPECT_EQ(
      story.request(SlotWithdrawn{SiteId{"no id!"}, SlotId{"am"}, false}, an_operator("ann", "k"))
          .applied,
      Applied::DeadLetter);
}

TEST_F(OperatorsStory, TheirProgrammesAreKept) {
  ProgrammeConfigured settings;
  settings.programme = ProgrammeId{"flu"};
  settings.version = 4;
  EXPECT_EQ(ask(settings).applied, Applied::Done);
  ASSERT_NE(consumer().view().programmes().find(ProgrammeId{"flu"}), nullptr);
  EXPECT_EQ(consumer().view().programmes().find(ProgrammeId{"flu"})->version, 4U);
}

}  // namespace
}  // namespace jari::inventory
