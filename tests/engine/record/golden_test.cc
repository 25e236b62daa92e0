#include "tests/golden/golden.h"

#include <gtest/gtest.h>

#include "engine/record/own_records.h"
#include "tests/engine/record/filler.h"

namespace jari {
namespace {

class GoldenEngineRecords : public ::testing::Test {
 protected:
  template <HasFields T>
  void expect_kept(std::string_view name) {
    SCOPED_TRACE(name);
    const auto at = file_.find(name);
    if (at == file_.end()) {
      ADD_FAILURE() << "engine_records_1.txt lacks it; add:\n" << block_of<T>(name);
      return;
    }
    T read{};
    ASSERT_TRUE(flat::read_root(at->second.bytes.view(), read));
    EXPECT_EQ(golden::says(read), at->second.says);
    file_.erase(at);
  }
  [[nodiscard]] std::size_t left() const { return file_.size(); }

 private:
  template <HasFields T>
  static std::string block_of(std::string_view name) {
    schema_match::Filler filler;
    T record{};
    filler.fill(record);
    flat::Builder builder;
    return golden::block(name, {}, flat::write_root(builder, record), golden::says(record));
  }
  std::map<std::string, golden::Golden, std::less<>> file_ =
      golden::read_file(JARI_SOURCE_DIR "/tests/golden/engine_records_1.txt");
};

TEST_F(GoldenEngineRecords, AreReadAsFormatOneWroteThem) {
  expect_kept<Envelope>("Envelope");
  expect_kept<Genesis>("Genesis");
  expect_kept<Tick>("Tick");
  expect_kept<Claim>("Claim");
  expect_kept<Ack>("Ack");
  expect_kept<Barrier>("Barrier");
  expect_kept<TimeJump>("TimeJump");
  expect_kept<StreamSet>("StreamSet");
  expect_kept<Disputed>("Disputed");
  expect_kept<Reissue>("Reissue");
  EXPECT_EQ(left(), 0U) << "no kind is ever taken out";
}

}  // namespace
}  // namespace jari
