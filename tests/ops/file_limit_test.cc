#include "ops/jari/file_limit.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

namespace jari::ops {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kWanted = 16'384;

TEST(FileLimit, WhereThereIsRoomConnectionsGetWhatTheyWant) {
  const auto connections = connections_within(1 << 20, 1, kWanted);
  ASSERT_TRUE(connections.has_value());
  EXPECT_EQ(*connections, kWanted);
}

TEST(FileLimit, WhatTheLogAndTheStateNeedIsKeptBack) {
  const auto connections = connections_within(1024, 1, kWanted);
  ASSERT_TRUE(connections.has_value());
  EXPECT_EQ(*connections, 1024 - files_kept_back(1));
  EXPECT_GE(files_kept_back(1), 128 + 64U) << "the tables that the two hold open";
  EXPECT_GT(files_kept_back(8), files_kept_back(1));
}

TEST(FileLimit, NextToNothingIsRefusedWithWhatToRaise) {
  const std::uint64_t least = files_kept_back(1) + kConnectionsMin;
  EXPECT_TRUE(connections_within(least, 1, kWanted).has_value());
  const auto refused = connections_within(least - 1, 1, kWanted);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::BadArgument);
  EXPECT_THAT(refused.error().detail, HasSubstr(std::to_string(least - 1)));
  EXPECT_THAT(refused.error().detail, HasSubstr("raise the hard limit"));
}

TEST(FileLimit, TheSoftLimitIsRaisedToTheHardOne) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = before.rlim_max / 2;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_file_limit(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace jari::ops
