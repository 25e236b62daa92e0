#include "ops/jari/import_memory.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <unistd.h>

#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Instant kMorning{1'795'600'000'000};
constexpr milliseconds kAnHour{3'600'000};

ImportWanted wanted(Instant now = kMorning) {
  return {now, "alice", "delivery", "0123456789abcdef0123456789abcdef", false};
}

ImportMemory ended() {
  ImportMemory memory = *plan_import(std::nullopt, wanted());
  memory.position = "SWZ";
  memory.line = 9;
  memory.has_ended = true;
  return memory;
}

TEST(ImportMemories, AreReadAsTheyWereWritten) {
  ImportMemory memory = ended();
  memory.refused = {{4, 1}, {7, 2}};
  const auto file = std::filesystem::temp_directory_path() /
                    ("jari-imports-" + std::to_string(::getpid())) / "memory";
  ASSERT_TRUE(write_import_memory(file.string(), memory));
  EXPECT_EQ(parse_import_memory(*read_text_file(file.string())), memory);
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(file).permissions(), perms::owner_read | perms::owner_write);
  std::filesystem::remove_all(file.parent_path());
  EXPECT_FALSE(write_import_memory("/proc/none/memory", memory));
}

TEST(ImportMemories, WhatIsNoneCountsAsNone) {
  for (const char* text : {"", "1795600000000", "{}", R"({"at":1})", "[1]"}) {
    EXPECT_FALSE(parse_import_memory(text)) << text;
  }
}

TEST(AnImport, OfANewFileBeginsWithItsHash) {
  const auto plan = plan_import(std::nullopt, wanted());
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->key_of(2), "0123456789abcdef01234567-2");
  EXPECT_EQ(plan->by, "alice");
  EXPECT_FALSE(plan->is_in(2));
}

TEST(AnImport, RepeatedWithinADayGoesOnWhereItStopped) {
  ImportMemory stopped = ended();
  stopped.has_ended = false;
  stopped.line = 5;
  const auto plan = plan_import(stopped, wanted(kMorning + 23 * kAnHour));
  ASSERT_TRUE(plan);
  EXPECT_EQ(*plan, stopped);
  EXPECT_TRUE(plan->is_in(5));
  EXPECT_FALSE(plan->is_in(6));
}

TEST(AnImport, ARefusedRowIsAskedAnewWithAKeyOfItsOwn) {
  ImportMemory memory = ended();
  memory.refused[4] = 1;
  EXPECT_FALSE(memory.is_in(4));
  EXPECT_EQ(memory.key_of(4), memory.key + "-4-1");
  EXPECT_TRUE(memory.is_in(5));
}

TEST(AnImport, ByAnotherOrForAnotherReasonSaysWhoseItWas) {
  ImportWanted other = wanted(kMorning + kAnHour);
  other.by = "bob";
  const auto by_another = plan_import(ended(), other);
  ASSERT_FALSE(by_another);
  EXPECT_THAT(by_another.error().detail, HasSubstr("imported by alice at " + to_text(kMorning)));
  EXPECT_THAT(by_another.error().detail, HasSubstr("--again"));
  other = wanted(kMorning + kAnHour);
  other.reason = "another";
  EXPECT_FALSE(plan_import(ended(), other));
}

TEST(AnImport, AfterADayAsksForAgain) {
  const Instant late = kMorning + 25 * kAnHour;
  const auto whole = plan_import(ended(), wanted(late));
  ASSERT_FALSE(whole);
  EXPECT_THAT(whole.error().detail, HasSubstr("--again"));
  EXPECT_THAT(whole.error().detail, Not(HasSubstr("after that line")));
  ImportMemory stopped = ended();
  stopped.has_ended = false;
  EXPECT_THAT(plan_import(stopped, wanted(late)).error().detail,
              HasSubstr("put the rows after that line into a file of their own"));
}

TEST(AnImport, AgainHasOtherKeys) {
  ImportWanted again = wanted(kMorning + kAnHour);
  again.again = true;
  again.by = "bob";
  const auto plan = plan_import(ended(), again);
  ASSERT_TRUE(plan);
  EXPECT_NE(plan->key, ended().key);
  EXPECT_FALSE(plan->is_in(2));
  EXPECT_LE(plan->key_of(10'000'000).size() + 9, 64U);  // with what a batch adds
}

}  // namespace
}  // namespace jari::ops
