#include "engine/base/result.h"

#include <cstdio>
#include <memory>

#include <gtest/gtest.h>

#include "engine/base/fields.h"

namespace jari {
namespace {

TEST(Result, IsAValueOrAnError) {
  const Result<int> value = 7;
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(*value, 7);
  const Result<int> error = Error{ErrorCode::Io, "the disk is gone"};
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().code, ErrorCode::Io);
  EXPECT_EQ(error.error().detail, "the disk is gone");
}

TEST(Result, OfNothingIsGoodUnlessItIsAnError) {
  EXPECT_TRUE(Result<void>{}.has_value());
  const Result<void> error = Error{ErrorCode::DiskFull, "full"};
  EXPECT_FALSE(error.has_value());
  EXPECT_EQ(error.error().code, ErrorCode::DiskFull);
}

TEST(Result, HandsItsValueOn) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 3);
}

TEST(Result, StopsWhoReadsTheWrongSide) {
  const Result<int> error = Error{ErrorCode::Io, ""};
  EXPECT_DEATH(static_cast<void>(*error), "CHECK");
  const Result<int> value = 7;
  EXPECT_DEATH(static_cast<void>(value.error()), "CHECK");
  const Result<void> bad = Error{ErrorCode::Io, ""};
  EXPECT_DEATH(bad.value(), "CHECK");
  EXPECT_DEATH(static_cast<void>(Result<void>{}.error()), "CHECK");
}

TEST(Check, SaysWhatAndWhereAndCallsTheHookOnce) {
  CHECK(1 + 1 == 2);
  EXPECT_DEATH(CHECK(1 + 1 == 3), "broken invariant at .*result_test.cc:.*1 \\+ 1 == 3");
  const auto hook = [](void* context, std::string_view what) noexcept {
    std::fprintf(stderr, "hook %s: %.*s", static_cast<const char*>(context),
                 static_cast<int>(what.size()), what.data());
    CHECK(false);
  };
  char name[] = "of this thread";
  EXPECT_DEATH(
      {
        set_check_hook(hook, name);
        CHECK(name[0] == 'x');
      },
      "hook of this thread: name\\[0\\] == 'x'");
}

struct Place {
  int row = 1;
  std::string_view name = "x";
  JARI_FIELDS(Place, row, name)
};

TEST(Fields, AreNamedInTheirOrder) {
  std::string names;
  Place place;
  for_each_field(place, [&](std::string_view name, auto& member) {
    names.append(name).append(" ");
    if constexpr (std::is_same_v<std::decay_t<decltype(member)>, int>) member = 5;
  });
  EXPECT_EQ(names, "row name ");
  EXPECT_EQ(place.row, 5);
  EXPECT_EQ(kFieldCount<Place>, 2U);
}

}  // namespace
}  // namespace jari
