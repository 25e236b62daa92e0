#include "consumers/settings/programme_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/model/record.h"

namespace jari::settings {
namespace {

using testing::ElementsAre;

constexpr Instant at(std::int64_t ms) {
  return Instant{ms};
}

class ProgrammeTableTest : public ::testing::Test {
 protected:
  ProgrammeConfigured flu() {
    ProgrammeConfigured settings;
    settings.programme = ProgrammeId{"flu"};
    settings.version = 1;
    settings.name = "Flu, autumn";
    settings.queue = QueueId{"main"};
    settings.cohorts = {{CohortId{"old"}, at(100), at(200)},
                        {CohortId{"old"}, at(150), at(400)},
                        {CohortId{"old"}, at(900), at(950)},
                        {CohortId{"young"}, at(500), at(600)}};
    settings.products = {{ProductId{"a"}, 2, 21, 42, {ProductId{"b"}}},
                         {ProductId{"b"}, 1, 0, kNoLatestDay, {}}};
    return settings;
  }
  Name name(std::string_view text) { return store.names().intern(text); }

  Store store;
  ProgrammeTable table{store, 9};
};

TEST_F(ProgrammeTableTest, KeepsTheWholeSettingsAtTheirVersion) {
  EXPECT_EQ(table.find(ProgrammeId{"flu"}), nullptr);
  ASSERT_TRUE(table.apply(flu()));
  const ProgrammeRow* row = table.find(ProgrammeId{"flu"});
  ASSERT_NE(row, nullptr);
  auto expected = flu();
  expected.set = kEveryProgrammeField;
  EXPECT_EQ(hash_of_record(table.settings_of(name("flu"), *row)), hash_of_record(expected));
}

TEST_F(ProgrammeTableTest, TakesOnlyALaterVersion) {
  auto settings = flu();
  settings.version = 3;
  ASSERT_TRUE(table.apply(settings));
  const auto digest = store.digest();
  settings.name = "another";
  EXPECT_FALSE(table.apply(settings));
  settings.version = 2;
  EXPECT_FALSE(table.apply(settings));
  EXPECT_EQ(store.digest(), digest);
  settings.version = 4;
  EXPECT_TRUE(table.apply(settings));
  EXPECT_EQ(table.find(ProgrammeId{"flu"})->name, "another");
}

TEST_F(ProgrammeTableTest, FindsTheWindowThatHoldsAMomentAndClosesLast) {
  table.apply(flu());
  const ProgrammeRow& row = *table.find(ProgrammeId{"flu"});
  EXPECT_EQ(window_of(row, name("old"), at(99)), nullptr);
  EXPECT_EQ(window_of(row, name("old"), at(100))->closes_at, at(200));
  EXPECT_EQ(window_of(row, name("old"), at(150))->closes_at, at(400));
  EXPECT_EQ(window_of(row, name("old"), at(399))->closes_at, at(400));
  EXPECT_EQ(window_of(row, name("old"), at(400)), nullptr);
  EXPECT_EQ(window_of(row, name("nobody"), at(150)), nullptr);
}

TEST_F(ProgrammeTableTest, NamesTheNextOpeningOfACohort) {
  table.apply(flu());
  const ProgrammeRow& row = *table.find(ProgrammeId{"flu"});
  EXPECT_EQ(next_opening(row, name("old"), at(0)), at(100));
  EXPECT_EQ(next_opening(row, name("old"), at(100)), at(150));
  EXPECT_EQ(next_opening(row, name("old"), at(500)), at(900));
  EXPECT_EQ(next_opening(row, name("young"), at(500)), std::nullopt);
  EXPECT_EQ(next_opening(row, name("nobody"), at(0)), std::nullopt);
}

TEST_F(ProgrammeTableTest, KnowsWhichProductFollowsWhich) {
  table.apply(flu());
  const ProgrammeRow& row = *table.find(ProgrammeId{"flu"});
  const ProductRow* a = product_of(row, name("a"));
  const ProductRow* b = product_of(row, name("b"));
  ASSERT_NE(a, nullptr);
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(product_of(row, name("c")), nullptr);
  EXPECT_TRUE(may_follow(*a, name("a")));
  EXPECT_TRUE(may_follow(*a, name("b")));
  EXPECT_FALSE(may_follow(*b, name("a")));
}

TEST_F(ProgrammeTableTest, ListsProgrammesInTheOrderOfTheirTextsAlsoAfterLoading) {
  for (const std::string_view id : {"zoster", "flu", "covid"}) {
    auto settings = flu();
    settings.programme = ProgrammeId{id};
    table.apply(settings);
  }
  const auto texts = [&] {
    std::vector<std::string_view> out;
    for (const auto& [text, programme] : table.by_text()) out.push_back(text);
    return out;
  };
  EXPECT_THAT(texts(), ElementsAre("covid", "flu", "zoster"));
  table.rebuild();
  EXPECT_THAT(texts(), ElementsAre("covid", "flu", "zoster"));
}

}  // namespace
}  // namespace jari::settings
