// What the query service reads: lists in their order, one page at a time.

#include "tests/consumers/inventory/site_story.h"

namespace jari::inventory {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct ViewStory : SiteStory {
  std::vector<std::string> sites(std::string_view region, std::string_view after = {},
                                 std::size_t limit = 100) {
    std::vector<std::string> out;
    for (const SiteView& one : consumer().view().sites(region, SiteId{after}, limit)) {
      out.emplace_back(one.site.text);
    }
    return out;
  }
  std::vector<std::string> slots(std::int64_t from, std::int64_t to,
                                 const Counts::SlotPlace& after = {}, std::size_t limit = 100) {
    std::vector<std::string> out;
    for (const SlotView& one :
         consumer().view().slots(SiteId{"s"}, times(from, to), after, limit)) {
      out.emplace_back(one.slot.text);
    }
    return out;
  }
  static Instant hour(std::int64_t hours) {
    return support::kStoryBegins + std::chrono::hours{hours};
  }
  static Times times(std::int64_t from, std::int64_t to) { return {hour(from), hour(to)}; }
};

TEST_F(ViewStory, ListsSitesByRegionInTheOrderOfTheirIds) {
  site("c", kZone, "north");
  site("a", kZone, "south");
  site("b", kZone, "north");
  site("d", kZone, "north");
  EXPECT_THAT(sites(""), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(sites("north"), ElementsAre("b", "c", "d"));
  EXPECT_THAT(sites("north", "", 2), ElementsAre("b", "c"));
  EXPECT_THAT(sites("north", "c"), ElementsAre("d"));
  EXPECT_THAT(sites("nort"), IsEmpty());
  site("c", kZone, "south");
  EXPECT_THAT(sites("north"), ElementsAre("b", "d"));
  EXPECT_THAT(sites("south"), ElementsAre("a", "c"));
  story.restart();
  EXPECT_THAT(sites("south"), ElementsAre("a", "c"));
}

TEST_F(ViewStory, ShowsASiteAsItWasPublished) {
  SitePublished said;
  said.site = SiteId{"s"};
  said.name = "Bathgate Pharmacy";
  said.region = "bronx";
  said.zone = "America/New_York";
  said.address = "1800 Bathgate Ave";
  said.phone = "+1 212 555 0100";
  said.has_place = true;
  said.latitude = 40'844'000;
  said.longitude = -73'895'000;
  say(said);
  const auto shown = consumer().view().site(SiteId{"s"});
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->address, said.address);
  EXPECT_EQ(shown->phone, said.phone);
  EXPECT_EQ(shown->latitude, said.latitude);
  EXPECT_EQ(shown->longitude, said.longitude);
  EXPECT_FALSE(consumer().view().site(SiteId{"x"}));
}

TEST_F(ViewStory, ListsSlotsByTheirStartsAndThenTheirIds) {
  site();
  slot({.slot = "late", .hours = 30});
  slot({.slot = "b", .hours = 24});
  slot({.slot = "a", .hours = 24});
  slot({.slot = "early", .hours = 12});
  EXPECT_THAT(slots(0, 100), ElementsAre("early", "a", "b", "late"));
  EXPECT_THAT(slots(24, 30), ElementsAre("a", "b"));
  EXPECT_THAT(slots(0, 100, {}, 2), ElementsAre("early", "a"));
  EXPECT_THAT(slots(0, 100, {hour(24), "a"}), ElementsAre("b", "late"));
  slot({.slot = "early", .hours = 48});
  EXPECT_THAT(slots(0, 100), ElementsAre("a", "b", "late", "early"));
  story.restart();
  EXPECT_THAT(slots(0, 100), ElementsAre("a", "b", "late", "early"));
  EXPECT_THAT(consumer().view().slots(SiteId{"x"}, times(0, 100), {}, 100), IsEmpty());
  const auto shown = consumer().view().slot(SiteId{"s"}, SlotId{"a"});
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->ends_at, hour(25));
  EXPECT_EQ(shown->starts_on, (Day{kFirstDay.count + 1}));
  EXPECT_FALSE(consumer().view().slot(SiteId{"s"}, SlotId{"x"}));
}

TEST_F(ViewStory, ShowsStockInTheOrderOfTheProducts) {
  site();
  stock(3, "b");
  stock(2, "a");
  slot({});
  hold({1}, {.product = "b"});
  const auto stock = consumer().view().stock(SiteId{"s"});
  ASSERT_EQ(stock.size(), 2U);
  EXPECT_EQ(stock[0].product.text, "a");
  EXPECT_EQ(stock[1].product.text, "b");
  EXPECT_EQ(four(stock[1].doses), (Four{2, 1, 0, 0}));
  EXPECT_THAT(consumer().view().stock(SiteId{"x"}), IsEmpty());
}

TEST_F(ViewStory, ListsTheFirstThousandWhoAreBooked) {
  site();
  stock(2000);
  slot({.capacity = 2000});
  for (Offset i = 1; i <= kBookedByMax + 1; ++i) EXPECT_EQ(code_of(reserve({i})), Code::None);
  EXPECT_EQ(consumer().view().booked_by(SiteId{"s"}, SlotId{"am"}).size(), kBookedByMax);
  EXPECT_THAT(consumer().view().booked_by(SiteId{"s"}, SlotId{"pm"}), IsEmpty());
}

TEST_F(ViewStory, FindsFreeSlotsOfSitesThatHaveADose) {
  const auto found = [&](std::int64_t from, std::int64_t to, std::string_view product = "a") {
    std::vector<std::tuple<std::string, Instant, std::uint64_t>> out;
    for (const AvailableSite& one : consumer().view().availability(
             ProductId{product}, "north", times(from, to), now(), SiteId{}, 100)) {
      out.emplace_back(one.site.site.text, one.next_slot_at, one.available);
    }
    return out;
  };
  using One = std::tuple<std::string, Instant, std::uint64_t>;
  site();
  site("t");
  site("elsewhere", kZone, "south");
  slot({.slot = "am", .capacity = 2, .hours = 24});
  slot({.slot = "pm", .capacity = 2, .hours = 30});
  slot({.slot = "am", .capacity = 2, .hours = 24, .site = "t"});
  EXPECT_THAT(found(0, 100), IsEmpty());
  stock(3);
  stock(1, "a", false, "t");
  EXPECT_THAT(found(0, 100), ElementsAre(One{"s", hour(24), 3}, One{"t", hour(24), 1}));
  EXPECT_THAT(found(25, 100), ElementsAre(One{"s", hour(30), 2}));
  EXPECT_THAT(found(0, 100, "b"), IsEmpty());
  reserve({1});
  reserve({2});
  reserve({3}, {.site = "t"});
  EXPECT_THAT(found(0, 100), ElementsAre(One{"s", hour(30), 1}));
  withdraw("pm", false);
  EXPECT_THAT(found(0, 100), IsEmpty());
  slot({.slot = "pm", .capacity = 2, .hours = 30});
  story.pass(30h);
  EXPECT_THAT(found(0, 100), IsEmpty());
}

}  // namespace
}  // namespace jari::inventory
