#include "ops/jari/large_pages.h"

#include <gtest/gtest.h>

namespace jari::ops {
namespace {

constexpr std::string_view kWhoAsks = "always [madvise] never\n";

TEST(LargePages, AreAskedForWhereTheMachineGivesThemToWhoAsks) {
  EXPECT_EQ(tunables_for_large_pages("", kWhoAsks), "glibc.malloc.hugetlb=1");
}

TEST(LargePages, AreNotWhereAllHaveThemOrNobodyHas) {
  EXPECT_EQ(tunables_for_large_pages("", "[always] madvise never\n"), "");
  EXPECT_EQ(tunables_for_large_pages("", "always madvise [never]\n"), "");
  EXPECT_EQ(tunables_for_large_pages("", ""), "") << "a kernel without them";
}

TEST(LargePages, StandBesideWhatElseWasSet) {
  EXPECT_EQ(tunables_for_large_pages("glibc.malloc.arena_max=2", kWhoAsks),
            "glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1");
}

TEST(LargePages, WhoHasSetThemIsNotOverruled) {
  EXPECT_EQ(tunables_for_large_pages("glibc.malloc.hugetlb=0", kWhoAsks), "");
  EXPECT_EQ(tunables_for_large_pages("glibc.malloc.hugetlb=1", kWhoAsks), "")
      << "as in the program that was started again";
}

}  // namespace
}  // namespace jari::ops
