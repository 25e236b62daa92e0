#include "ops/jari/progress.h"

#include <gtest/gtest.h>

namespace jari::ops {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ProgressText, SaysTheShareThePaceAndTheTimeLeft) {
  const Come come{3'500'000, 3'500'000, 10'000'000, milliseconds{3'500}};
  EXPECT_EQ(progress_bar(come, 100),
            "[#######-------------]  35 %  3,500,000 records  1,000,000/s  7 s left");
  EXPECT_EQ(progress_line(come), "35 %, 3,500,000 records, 1,000,000 a second, 7 s left");
}

TEST(ProgressText, TheShareMayBeOfBytesAndThePaceIsOfRecords) {
  const Come come{1'000, 500'000, 1'000'000, seconds{2}};
  EXPECT_EQ(progress_line(come), "50 %, 1,000 records, 500 a second, 2 s left");
}

TEST(ProgressText, WhereTheEndIsNotKnownNothingIsSaidOfIt) {
  const Come come{1'200'000, 1'200'000, 0, seconds{4}};
  EXPECT_EQ(progress_bar(come, 100), "1,200,000 records  300,000/s");
  EXPECT_EQ(progress_line(come), "1,200,000 records, 300,000 a second");
}

TEST(ProgressText, NothingIsDividedByNothing) {
  EXPECT_EQ(progress_bar({}, 100), "0 records  0/s");
  const Come begun{0, 0, 10, milliseconds{0}};
  EXPECT_EQ(progress_bar(begun, 100), "[--------------------]   0 %  0 records  0/s");
}

TEST(ProgressText, ALogThatGrewIsNeverMoreThanWhole) {
  const Come come{12, 12, 10, seconds{1}};
  EXPECT_EQ(progress_bar(come, 100), "[####################] 100 %  12 records  12/s  0 s left");
}

TEST(ProgressText, IsCutToTheTerminal) {
  const Come come{5, 5, 10, seconds{1}};
  EXPECT_EQ(progress_bar(come, 22), "[##########----------]");
  EXPECT_EQ(progress_bar(come, 0), "");
}

TEST(ProgressText, ALengthOfTimeIsToldInTwoUnits) {
  EXPECT_EQ(duration_text(seconds{0}), "0 s");
  EXPECT_EQ(duration_text(seconds{59}), "59 s");
  EXPECT_EQ(duration_text(seconds{60}), "1 min 00 s");
  EXPECT_EQ(duration_text(seconds{185}), "3 min 05 s");
  EXPECT_EQ(duration_text(seconds{7'620}), "2 h 07 min");
}

}  // namespace
}  // namespace jari::ops
