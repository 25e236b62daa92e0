// The state's files as a loss of power may leave them: the newest cut off, or with zeros where its
// end never got to the disk. What is loaded is a prefix of the batches; or nothing is, and the
// error says what to do. (kill -9 tears nothing: what was written stands in the page cache.)

#include <algorithm>
#include <filesystem>
#include <functional>
#include <vector>

#include <gmock/gmock.h>

#include "engine/store/rocks_disk.h"
#include "tests/engine/log/temporary_directory.h"
#include "tests/engine/store/numbered_batches.h"

namespace jari {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::uint64_t kFiles = 6;  // fewer than are put together into one
constexpr std::uint64_t kBatchesOfAFile = 40;
constexpr std::uintmax_t kLengths = 40;

class TornState : public ::testing::Test {
 protected:
  struct Torn {
    std::size_t refused = 0;
    std::vector<std::uint64_t> opened;  // with the batches up to this one
  };
  using Tear = std::function<void(const fs::path& file, std::uintmax_t length)>;

  void SetUp() override {
    auto disk = open_rocks_disk(directory_ / "whole", {});
    ASSERT_TRUE(disk.has_value());
    for (std::uint64_t file = 0; file < kFiles; ++file) {
      for (std::uint64_t i = 1; i <= kBatchesOfAFile; ++i) {
        disk.value()->write(numbered_batch(file * kBatchesOfAFile + i));
      }
      ASSERT_TRUE(disk.value()->flush().has_value());
    }
  }

  /// The newest file of the state with such a name: numbers are padded, so it is the last.
  [[nodiscard]] std::string newest(std::string_view start, std::string_view end) const {
    std::string found;
    for (const auto& entry : fs::directory_iterator(directory_ / "whole/state")) {
      const std::string name = entry.path().filename();
      if (name.starts_with(start) && name.ends_with(end)) found = std::max(found, name);
    }
    return found;
  }

  /// Tears the file at some tens of its lengths, and tries to go on with each.
  Torn tear(const std::string& name, const Tear& how) {
    Torn torn;
    const std::uintmax_t size = fs::file_size(directory_ / "whole/state/" + name);
    for (std::uintmax_t i = 0; i < kLengths; ++i) {
      const std::uintmax_t length = i + 1 < kLengths ? size * i / kLengths : size - 1;
      SCOPED_TRACE(name + " torn at byte " + std::to_string(length) + " of " +
                   std::to_string(size));
      fs::remove_all(directory_ / "torn");
      fs::copy(directory_ / "whole", directory_ / "torn", fs::copy_options::recursive);
      how(directory_ / "torn/state/" + name, length);
      go_on(torn);
    }
    return torn;
  }

  void go_on(Torn& torn) {
    auto disk = open_rocks_disk(directory_ / "torn", {});
    auto rows = disk ? load_rows_of(**disk) : Result<NumberedRows>{disk.error()};
    if (!rows) {
      ++torn.refused;
      EXPECT_EQ(rows.error().code, ErrorCode::BadBytes) << rows.error().detail;
      EXPECT_THAT(rows.error().detail, HasSubstr(directory_ / "torn/state"));
      EXPECT_THAT(rows.error().detail, HasSubstr("remove that folder and start again"));
      return;
    }
    const std::uint64_t last = number_in(*rows);
    torn.opened.push_back(last);
    ASSERT_EQ(*rows, rows_after(last)) << "not a prefix of the batches";
    disk.value()->write(numbered_batch(last + 1));
    const auto flushed = disk.value()->flush();
    ASSERT_TRUE(flushed.has_value()) << flushed.error().detail;
    EXPECT_EQ(rows_of(**disk), rows_after(last + 1));
  }

  static void cut(const fs::path& file, std::uintmax_t length) { fs::resize_file(file, length); }
  static void zero(const fs::path& file, std::uintmax_t length) {
    const std::uintmax_t size = fs::file_size(file);
    fs::resize_file(file, length);
    fs::resize_file(file, size);  // a hole reads as zeros
  }

  TemporaryDirectory directory_;
};

TEST_F(TornState, InItsNewestRowsIsRefused) {
  const std::string file = newest("", ".sst");
  EXPECT_EQ(tear(file, cut).refused, kLengths);
  EXPECT_EQ(tear(file, zero).refused, kLengths);
}

TEST_F(TornState, InItsListOfFilesIsAnEarlierOneOrRefused) {
  const std::string file = newest("MANIFEST-", "");
  const Torn shorter = tear(file, cut);
  EXPECT_THAT(shorter.opened, testing::Not(testing::IsEmpty()));
  const Torn holed = tear(file, zero);
  for (const Torn& torn : {shorter, holed}) {
    EXPECT_THAT(torn.opened, testing::Each(testing::Lt(kFiles * kBatchesOfAFile)));
    EXPECT_GT(torn.refused, 0U);
  }
}

TEST_F(TornState, InWhatPointsToItIsRefused) {
  EXPECT_EQ(tear("CURRENT", cut).refused, kLengths);
}

TEST_F(TornState, HasNoLogOfItsOwnThatCouldBeTorn) {
  EXPECT_EQ(fs::file_size(directory_ / "whole/state/" + newest("", ".log")), 0U);
}

// What was being written when the power went is no part of the state yet.
TEST_F(TornState, InAFileThatIsNotTakenInYetIsAllThatWas) {
  const std::string file = newest("", ".sst");
  const Torn torn = tear(file, [&](const fs::path& whole, std::uintmax_t length) {
    fs::copy(whole, whole.parent_path() / "run");
    cut(whole.parent_path() / "run", length);
  });
  EXPECT_THAT(torn.opened, testing::Each(kFiles * kBatchesOfAFile));
  EXPECT_EQ(torn.opened.size(), kLengths);
}

}  // namespace
}  // namespace jari
