// kill -9 while the state is being written: what is loaded again is always a prefix of the batches
// written, never half a batch, and never less than what flush() had promised.

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/store/rocks_disk.h"
#include "tests/engine/log/temporary_directory.h"
#include "tests/engine/store/numbered_batches.h"

namespace jari {
namespace {

constexpr std::uint64_t kFlushEvery = 400;  // batches
constexpr const char* kDirectory = "JARI_CRASH_TEST_DIRECTORY";
constexpr const char* kPipe = "JARI_CRASH_TEST_PIPE";

std::unique_ptr<StateDisk> open_small(const std::string& directory) {
  RocksDiskOptions settings;
  settings.run_bytes = 256 << 10;
  settings.flush_every = std::chrono::milliseconds{5};
  auto opened = open_rocks_disk(directory, settings);
  if (!opened) ADD_FAILURE() << opened.error().detail;
  CHECK(opened.has_value());
  return std::move(opened).value();
}

/// What the pipe carries after each batch.
struct Progress {
  std::uint64_t written = 0;
  std::uint64_t durable = 0;
};

// The one that is killed: runs only where the other test starts it.
TEST(StateDiskCrash, DISABLED_WritesUntilItIsKilled) {
  const char* directory = std::getenv(kDirectory);
  ASSERT_NE(directory, nullptr) << "this is started by StateDiskCrash.LeavesAPrefix";
  const int pipe = std::atoi(std::getenv(kPipe));
  const auto disk = open_small(directory);
  Progress progress;
  progress.durable = number_in(rows_of(*disk));
  for (std::uint64_t number = progress.durable + 1;; ++number) {
    disk->write(numbered_batch(number));
    progress.written = number;
    if (number % kFlushEvery == 0) {
      const auto flushed = disk->flush();
      ASSERT_TRUE(flushed.has_value()) << flushed.error().detail;
      progress.durable = number;
    }
    ASSERT_EQ(::write(pipe, &progress, sizeof progress), ssize_t{sizeof progress});
  }
}

/// Starts the other, lets it write about `batches`, kills it; what it said last.
Progress write_and_kill(const std::string& directory, std::uint64_t batches) {
  int ends[2] = {};
  CHECK(::pipe(ends) == 0);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    ::setenv(kDirectory, directory.c_str(), 1);
    ::setenv(kPipe, std::to_string(ends[1]).c_str(), 1);
    ::execl("/proc/self/exe", "state_disk_crash_test", "--gtest_also_run_disabled_tests",
            "--gtest_filter=*WritesUntilItIsKilled", "--gtest_brief=1", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  Progress progress;
  Progress last;
  for (std::uint64_t i = 0; i < batches; ++i) {
    if (::read(ends[0], &progress, sizeof progress) != ssize_t{sizeof progress}) break;
    last = progress;
  }
  ::kill(child, SIGKILL);
  while (::read(ends[0], &progress, sizeof progress) == ssize_t{sizeof progress}) last = progress;
  ::close(ends[0]);
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself: status " << status;
  return last;
}

/// One batch, on disk when it returns.
void write_batch(const std::string& directory, std::uint64_t number) {
  const auto disk = open_small(directory);
  disk->write(numbered_batch(number));
  disk->flush().value();
}

// RocksDB takes a file in under a second name, and only then drops the first.
TEST(StateDiskCrash, KeepsAFileThatItWasKilledOverTakingIn) {
  const TemporaryDirectory directory;
  write_batch(directory.path(), 1);
  const std::filesystem::path state = std::filesystem::path(directory.path()) / "state";
  for (const auto& file : std::filesystem::directory_iterator(state)) {
    if (file.path().extension() != ".sst" || std::filesystem::exists(state / "run")) continue;
    std::filesystem::create_hard_link(file.path(), state / "run");
  }
  ASSERT_TRUE(std::filesystem::exists(state / "run"));
  write_batch(directory.path(), 2);
  EXPECT_EQ(rows_of(*open_small(directory.path())), rows_after(2));
}

TEST(StateDiskCrash, LeavesAPrefix) {
  constexpr std::uint64_t kSeed = 20210712;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random{kSeed};
  const TemporaryDirectory directory;
  std::uint64_t before = 0;
  for (int round = 0; round < 12; ++round) {
    const Progress said = write_and_kill(directory.path(), 50 + random() % 2'000);
    const auto disk = open_small(directory.path());
    const NumberedRows rows = rows_of(*disk);
    const std::uint64_t number = number_in(rows);
    EXPECT_GE(number, said.durable) << "round " << round << ": what was flushed is gone";
    EXPECT_GE(number, before) << "round " << round << ": what had been loaded is gone";
    EXPECT_LE(number, said.written + 1) << "round " << round;
    ASSERT_EQ(rows, rows_after(number)) << "round " << round << ": not a prefix of the batches";
    before = number;
  }
  EXPECT_GT(before, 0U);
}

}  // namespace
}  // namespace jari
