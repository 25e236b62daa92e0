// What is the same for everybody is asked for once, and never served for longer than it is true.
#include "consumers/api/published.h"

#include <gtest/gtest.h>

namespace jari::api {
namespace {

constexpr std::uint64_t kChanges = 7;  // that had been applied when a copy was made
constexpr milliseconds kMade{10'000};

struct Shown {
  Published published;

  CallPtr call(std::uint64_t changes = kChanges) {
    auto made = std::make_unique<Call>();
    made->published_as = "/v1/queues/q?";
    made->changes_seen = changes;
    return made;
  }
  Published::Found find(std::uint64_t changes, milliseconds now) {
    CallPtr asking = call();
    return published.find(asking, kLive, changes, now);
  }
  /// Asked for and answered.
  void make(std::uint64_t changes, milliseconds now) {
    EXPECT_EQ(find(changes, now).copy, nullptr);
    EXPECT_TRUE(published.put(*call(changes), std::make_shared<Copy>(), now).empty());
  }
};

TEST(Published, IsServedWhileNothingHasChanged) {
  Shown shown;
  shown.make(kChanges, kMade);
  EXPECT_NE(shown.find(kChanges, kMade + kLive.same_age_max - milliseconds{1}).copy, nullptr);
}

TEST(Published, IsAskedForAnewAfterAMomentThoughNothingHasChanged) {  // or nothing was heard
  Shown shown;
  shown.make(kChanges, kMade);
  const auto found = shown.find(kChanges, kMade + kLive.same_age_max);
  EXPECT_EQ(found.copy, nullptr);
  EXPECT_FALSE(found.is_kept);
}

TEST(Published, IsAskedForAnewWhenSomethingHasChanged) {
  Shown shown;
  shown.make(kChanges, kMade);
  EXPECT_EQ(shown.find(kChanges + 1, kMade).copy, nullptr);
}

TEST(Published, AnOlderOneIsServedOnceItWasMadeAnewTooOften) {
  Shown shown;
  std::uint64_t changes = kChanges;
  for (std::uint32_t i = 0; i < kLive.renewals_max; ++i) shown.make(++changes, kMade);
  EXPECT_NE(shown.find(changes + 1, kMade).copy, nullptr);
  EXPECT_EQ(shown.find(changes + 1, kMade + kLive.age_max).copy, nullptr);
}

TEST(Published, WhoComesWhileSomebodyAsksIsAnsweredWithThem) {
  Shown shown;
  EXPECT_EQ(shown.find(kChanges, kMade).copy, nullptr);
  EXPECT_TRUE(shown.find(kChanges, kMade).is_kept);
  EXPECT_EQ(shown.published.put(*shown.call(), std::make_shared<Copy>(), kMade).size(), 1U);
}

TEST(Published, ARefusalIsNotKept) {
  Shown shown;
  shown.make(kChanges, kMade);
  EXPECT_EQ(shown.find(kChanges + 1, kMade).copy, nullptr);
  EXPECT_TRUE(shown.published.put(*shown.call(), nullptr, kMade).empty());
  EXPECT_EQ(shown.find(kChanges, kMade).copy, nullptr);
}

}  // namespace
}  // namespace jari::api
