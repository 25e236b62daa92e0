// Two of the counter-examples that streams between partitions must survive in which the process
// ends in the midst of something: CE15, a decision; CE18, a flush of the state.

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <sstream>

#include <gmock/gmock.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/runtime/node_thread.h"
#include "engine/store/rocks_disk.h"
#include "tests/engine/log/temporary_directory.h"
#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

using ::testing::HasSubstr;

/// Effects in the partition, of whatever source.
std::size_t effects(ClusterWorld& world, PartitionRef where) {
  const auto records = world.records(where);
  return static_cast<std::size_t>(std::count_if(
      records.begin(), records.end(),
      [](const auto& one) { return read_envelope(bytes_of(one))->kind == RecordKind::Effect; }));
}

/// What a node is about to leave behind.
std::function<std::string()> at_the_end;

[[noreturn]] void tell_and_abort() {
  try {
    std::rethrow_exception(std::current_exception());
  } catch (const std::exception& why) {
    std::cerr << "ended by " << why.what() << ": " << at_the_end() << '\n';
  }
  std::abort();
}

// There is no memory while a record is decided: an error of this machine, which no decision may
// see. The process ends in the midst of it, before anything of it is told, written or sent. The
// other node decides it, and so does this one once it is started again.
TEST(CounterExampleDeathTest, CE15NoMemoryIsNoRefusal) {
  ClusterWorld world(2);
  world.begin();
  const std::size_t owner = world.owner(kHere);
  Process& first = world.node(owner);
  Process& other = world.node(1 - owner);
  const Offset request = world.cluster.end(kHere);
  world.cluster.put(kHere, bytes_of(request_record(kSend, {"here", "there", 3, 0}, "r")));
  first.clock.pass(milliseconds{50});  // the state is due to be written
  at_the_end = [&] {
    world.cluster.settle();
    std::ostringstream left;
    left << "sent " << first.toy("here").at("here").sent << " in memory, told " << first.told.size()
         << ", " << effects(world, kThere) << " effects, the request is "
         << (first.disk->durable(kHere) > request ? "" : "not ") << "in the state on disk";
    return left.str();
  };
  const auto die = [&] {
    std::set_terminate(tell_and_abort);
    first.toy("here").is_out_of_memory = true;
    CHECK(first.member->post([](Turn&) {}));  // it ends no sooner than it has taken a step
    NodeThread thread;  // as in the program: an exception that leaves it ends the process
    thread.start(*first.member);
    thread.stop();
  };
  EXPECT_DEATH(die(), HasSubstr("ended by std::bad_alloc: sent 3 in memory, told 0, 0 effects, "
                                "the request is not in the state on disk"));

  first.kill();
  world.run(milliseconds{5'000});
  EXPECT_EQ(world.owner(kHere), 1 - owner);
  EXPECT_EQ(other.told["r"], "sent here");
  ASSERT_TRUE(first.live(world.cluster));
  EXPECT_EQ(first.toy("here").requests, 1);
  world.run(milliseconds{3'000});
  EXPECT_EQ(first.toy("there").at("there").arrived, 3U);
  expect_exact(world, kPlaces);
}

constexpr const char* kDirectory = "JARI_COUNTER_EXAMPLE_DIRECTORY";
constexpr const char* kSteps = "JARI_COUNTER_EXAMPLE_STEPS";

/// The files of a state, whose process is killed at one of the steps by which they reach the disk:
/// when a file is synced, gets its name or loses it.
class MortalFiles final : public rocksdb::FileSystemWrapper {
 public:
  MortalFiles() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  /// From now on, so many steps.
  void live_for(int steps) { left_ = steps; }
  [[nodiscard]] const char* Name() const override { return "MortalFiles"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    auto made = FileSystemWrapper::NewWritableFile(path, options, file, debug);
    if (made.ok()) *file = std::make_unique<File>(std::move(*file), *this);
    return made;
  }
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
    step();
    return FileSystemWrapper::LinkFile(from, to, options, debug);
  }
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    step();
    return FileSystemWrapper::DeleteFile(path, options, debug);
  }

 private:
  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSWritableFile> file, MortalFiles& files)
        : FSWritableFileOwnerWrapper(std::move(file)), files_(files) {}
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
      files_.step();
      return FSWritableFileOwnerWrapper::Sync(options, debug);
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                            rocksdb::IODebugContext* debug) override {
      files_.step();
      return FSWritableFileOwnerWrapper::Fsync(options, debug);
    }

   private:
    MortalFiles& files_;
  };
  void step() {
    if (--left_ == 0) ::raise(SIGKILL);
  }
  std::atomic<int> left_ = 0;
};

constexpr int kRequests = 20;

/// The same to the byte on any disk: clock, names and faults are those of the test.
void ask(ClusterWorld& world, const std::function<void()>& flush) {
  for (int i = 0; i < kRequests; ++i) {
    world.send(0, "here", "there", 2, "r" + std::to_string(i));
    world.run(ClusterWorld::kStep);
    flush();
  }
}

// The one that is killed: runs only where the other test starts it.
TEST(CounterExample, DISABLED_CE18LivesUntilItIsKilled) {
  const char* directory = std::getenv(kDirectory);
  ASSERT_NE(directory, nullptr) << "this is started by CounterExample.CE18StateOfOneMoment";
  const auto files = std::make_shared<MortalFiles>();
  const auto env = rocksdb::NewCompositeEnv(files);
  RocksDiskOptions settings;
  settings.queued_bytes_max = 1;  // each batch is a file
  settings.env = env.get();
  ClusterWorld world(0);
  Process& process =
      world.add([&](Process& one) { one.disk = open_rocks_disk(directory, settings).value(); });
  world.begin();
  files->live_for(std::atoi(std::getenv(kSteps)));
  ask(world, [&] { ASSERT_TRUE(process.disk->flush().has_value()); });
}

/// Whether it was killed at that step of its disk: else it has come to its end.
bool live_and_be_killed(const std::string& directory, int steps) {
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    ::setenv(kDirectory, directory.c_str(), 1);
    ::setenv(kSteps, std::to_string(steps).c_str(), 1);
    ::execl("/proc/self/exe", "counter_examples_test", "--gtest_also_run_disabled_tests",
            "--gtest_filter=*CE18LivesUntilItIsKilled", "--gtest_brief=1", nullptr);
    ::_exit(127);
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

// What is on disk of the state is one moment: rows, rows that wait, and the place in the log. The
// process is killed at steps of its flushes, and goes on from what is there. That a kill -9
// leaves a prefix of the batches is told by StateDiskCrash.LeavesAPrefix
// (state_disk_crash_test.cc), what a loss of power may leave by torn_state_test.cc; here they are
// batches of the engine.
TEST(CounterExample, CE18StateOfOneMoment) {
  constexpr int kFirst = 20;  // steps of the disk; a file takes some four of them
  constexpr int kApart = 3;
  constexpr int kRounds = 10;
  std::set<int> replayed;  // requests
  for (int round = 0; round < kRounds; ++round) {
    const int steps = kFirst + round * kApart;
    SCOPED_TRACE("killed at step " + std::to_string(steps));
    const TemporaryDirectory directory;
    ASSERT_TRUE(live_and_be_killed(directory.path(), steps)) << "it has ended by itself";
    ClusterWorld world(1);
    world.begin();
    ask(world, [] {});
    Process& process = world.node(0);
    process.kill();
    process.disk = open_state_disk(directory.path()).value();
    const auto started = process.live(world.cluster);  // digest, last record and waiting rows fit
    ASSERT_TRUE(started) << started.error().detail;
    replayed.insert(process.toy("here").requests);
    world.run(milliseconds{5'000});
    EXPECT_EQ(process.toy("there").at("there").arrived, 2U * kRequests);
    expect_exact(world, kPlaces);
  }
  EXPECT_GT(replayed.size(), 2U) << "all were killed in the same flush";
  EXPECT_LT(*replayed.rbegin(), kRequests) << "there was nothing on disk";
}

}  // namespace
}  // namespace jari::toy
