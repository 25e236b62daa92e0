#include "tests/golden/golden.h"

#include <gtest/gtest.h>

#include "consumers/model/record.h"
#include "tests/engine/record/filler.h"

namespace jari {
namespace {

class GoldenRecords : public ::testing::Test {
 protected:
  template <std::size_t Index>
  void expect_kept() {
    using T = std::variant_alternative_t<Index, Record>;
    SCOPED_TRACE(name_of(Index));
    const auto at = file_.find(name_of(Index));
    if (at == file_.end()) {
      ADD_FAILURE() << "records_1.txt lacks it; add:\n" << block_of<T>();
      return;
    }
    const Bytes bytes = at->second.bytes.view();
    const Record record = decode(Index, bytes);
    ASSERT_EQ(record.index(), Index);
    EXPECT_EQ(golden::says(std::get<T>(record)), at->second.says);
    EXPECT_EQ(to_text(hash_of_body(Index, bytes)), at->second.hash);
  }
  template <std::size_t... Index>
  void expect_all_kept(std::index_sequence<Index...>) {
    (expect_kept<Index + 1>(), ...);
  }
  [[nodiscard]] std::size_t count() const { return file_.size(); }

 private:
  template <class T>
  static std::string block_of() {
    schema_match::Filler filler;
    T record;
    filler.fill(record);
    Encoder encoder;
    return golden::block(name_of(kTypeOf<T>), hash_of_record(record), encoder.encode(record),
                         golden::says(record));
  }
  std::map<std::string, golden::Golden, std::less<>> file_ =
      golden::read_file(JARI_SOURCE_DIR "/tests/golden/records_1.txt");
};

TEST_F(GoldenRecords, AreReadAndHashedAsVersionOneWroteThem) {
  constexpr std::size_t kTypes = kRecordTypesEnd - 1;
  expect_all_kept(std::make_index_sequence<kTypes>{});
  EXPECT_EQ(count(), kTypes) << "no type is ever taken out";
}

}  // namespace
}  // namespace jari
