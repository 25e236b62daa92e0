#include <array>
#include <csignal>
#include <random>

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/log/embedded/embedded_log.h"
#include "tests/engine/log/log_writer.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari {
namespace {

constexpr int kRounds = 30;

/// A program that appends, and the end of the pipe on which it says what is durable.
class Child {
 public:
  Child(const std::string& dir, std::uint64_t seed) {
    std::array<int, 2> ends{};
    CHECK(::pipe(ends.data()) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::string program = JARI_CRASH_CHILD;
    std::string directory = dir;
    std::string number = std::to_string(seed);
    std::array<char*, 4> arguments{program.data(), directory.data(), number.data(), nullptr};
    CHECK(::posix_spawn(&id_, program.c_str(), &actions, nullptr, arguments.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    answers_ = ends[0];
  }
  ~Child() { ::close(answers_); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// The number of the next batch that it says is durable; nothing once it is gone.
  std::optional<Offset> next_answer() {
    Offset number = 0;
    if (::read(answers_, &number, sizeof number) != sizeof number) return std::nullopt;
    return number;
  }
  void kill() { ::kill(id_, SIGKILL); }
  [[nodiscard]] bool was_killed() {
    int status = 0;
    ::waitpid(id_, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

 private:
  pid_t id_ = 0;
  int answers_ = -1;
};

/// Reads the whole log: every partition has the same batches, each whole.
Offset end_of_whole_log(const std::string& dir) {
  auto opened = EmbeddedLog::open(dir, identity_for_tests());
  EXPECT_TRUE(opened.has_value()) << opened.error().detail;
  if (!opened) return 0;
  Log& log = **opened;
  const Offset end = log.end({0, 0});
  std::vector<LogPlace> places;
  for (const PartitionRef where : {PartitionRef{0, 0}, {1, 1}, {2, 0}, {1, 2}}) {
    EXPECT_EQ(log.end(where), end);
    places.push_back({where, 1});
  }
  const auto read = log.read(places, [&](const LogRecord& record) {
    if (record.where != PartitionRef{1, 2}) {
      EXPECT_EQ(text_of(record.bytes), std::to_string(record.offset));
    }
    return true;
  });
  EXPECT_TRUE(read.has_value()) << read.error().detail;
  return end;
}

TEST(EmbeddedLogCrash, KeepsEveryBatchThatWasAnsweredWhenItIsKilled) {
  constexpr std::uint64_t kSeed = 4711;
  std::mt19937_64 random(kSeed);
  const TemporaryDirectory directory;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", round " + std::to_string(round));
    Child child(directory / "d", random());
    Offset answered = 0;
    std::uint64_t answers_left = random() % 600;
    for (std::optional<Offset> answer; (answer = child.next_answer());) {
      answered = *answer;
      if (answers_left-- == 0) child.kill();  // and hear what it said until it was gone
    }
    ASSERT_TRUE(child.was_killed());
    ASSERT_GT(end_of_whole_log(directory / "d"), answered);
  }
}

}  // namespace
}  // namespace jari
