#include "engine/base/printable.h"

#include <gtest/gtest.h>

namespace jari {
namespace {

TEST(Printable, LeavesWhatPeopleWrite) {
  for (const std::string_view text : {"", "O'Brien & 자리 — ½ 🎫", "C:\\new"}) {
    EXPECT_EQ(printable(text), text);
    EXPECT_FALSE(has_control(text));
  }
}

TEST(Printable, ShowsWhatWouldBeginALineOrMoveTheCursor) {
  EXPECT_EQ(printable("fine\nok: 7 records"), "fine\\x0aok: 7 records");
  EXPECT_EQ(printable("\x1b[2K\x7f"), "\\x1b[2K\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2K"),
            "\\u009b2K");
  EXPECT_EQ(printable("a\xe2\x80\xa8z"), "a\\u2028z");
  for (const std::string_view text : {"\n", "a\x1b", "\x7f", "\xc2\x85", "\xe2\x80\xa9"}) {
    EXPECT_TRUE(has_control(text));
  }
}

TEST(Printable, ShowsBytesThatAreNoText) {
  EXPECT_EQ(printable("a\x9b\xff"), "a\\x9b\\xff");
  EXPECT_EQ(printable("\xed\x9e"), "\\xed\\x9e");
  EXPECT_EQ(printable("\xc0\x8a"), "\\xc0\\x8a");
}

}  // namespace
}  // namespace jari
