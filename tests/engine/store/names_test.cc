#include "engine/store/names.h"

#include <string>

#include <gtest/gtest.h>

namespace jari {
namespace {

TEST(Names, AreTheSameForTheSameText) {
  Names names;
  const Name one = names.intern("one");
  EXPECT_EQ(names.intern(std::string{"one"}), one);
  EXPECT_NE(names.intern("two"), one);
  EXPECT_EQ(names.text(one), "one");
  EXPECT_EQ(names.size(), 3U);  // with the empty one
}

TEST(Names, KnowTheEmptyTextFromTheBeginning) {
  Names names;
  EXPECT_TRUE(names.intern("").empty());
  EXPECT_TRUE(Name{}.empty());
  EXPECT_EQ(names.text(Name{}), "");
  EXPECT_EQ(names.find(""), Name{});
}

TEST(Names, AreNotMadeByLookingForThem) {
  Names names;
  EXPECT_EQ(names.find("one"), std::nullopt);
  EXPECT_EQ(names.size(), 1U);
  const Name one = names.intern("one");
  EXPECT_EQ(names.find("one"), one);
}

TEST(Names, StayWhereTheyAreWhenManyMoreCome) {
  Names names;
  const std::string_view first = names.text(names.intern("the first"));
  const std::string longer(100'000, 'x');
  const Name long_name = names.intern(longer);
  for (int i = 0; i < 50'000; ++i) names.intern("name " + std::to_string(i));
  EXPECT_EQ(first, "the first");
  EXPECT_EQ(first.data(), names.text(*names.find("the first")).data());
  EXPECT_EQ(names.text(long_name), longer);
  for (int i = 0; i < 50'000; ++i) {
    const std::string text = "name " + std::to_string(i);
    ASSERT_EQ(names.text(*names.find(text)), text);
  }
}

}  // namespace
}  // namespace jari
