// How much of the log a start reads: what stands behind the state that was written last, however
// long the log is.

#include <gmock/gmock.h>

#include "engine/runtime/node_parts.h"
#include "tests/engine/runtime/node_world.h"

namespace jari::toy {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Gt;
using ::testing::Lt;

using Places = std::map<PartitionRef, Offset>;

/// A log that remembers which records it was read for.
class ReadLog final : public Log {
 public:
  explicit ReadLog(Log& log) : log_(log) {}
  [[nodiscard]] const LogIdentity& identity() const override { return log_.identity(); }
  void append(LogBatch batch, Done done) override { log_.append(std::move(batch), done); }
  void flush() override { log_.flush(); }
  [[nodiscard]] Offset end(PartitionRef where) const override { return log_.end(where); }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override {
    return log_.read(from, [&](const LogRecord& record) {
      records[record.where].push_back(record.offset);
      return visit(record);
    });
  }
  std::map<PartitionRef, std::vector<Offset>> records;

 private:
  Log& log_;
};

class Start : public ::testing::Test {
 protected:
  /// So many requests, each of them a commit with its effect and its fact.
  void live_through(int requests) {
    for (int i = 0; i < requests; ++i) {
      world_.clock.pass(milliseconds{10});
      world_.send("p" + std::to_string(i % 7), "q" + std::to_string(i % 5), 2, "r");
      world_.settle();
    }
  }
  [[nodiscard]] Places ends() const {
    Places all;
    for (const PartitionRef where : world_.log.identity().partitions()) {
      all[where] = world_.log.end(where);
    }
    return all;
  }
  /// Up to where the state on disk has each partition and sink.
  [[nodiscard]] Places written() const {
    Places all;
    const auto loaded = world_.disk->load(
        [&](PartitionRef where, std::uint8_t table, std::string_view, std::string_view row) {
          if (table == kPositionTable) all[where] = read_position(row).value().next_offset;
          return Result<void>{};
        });
    EXPECT_TRUE(loaded.has_value());
    return all;
  }
  /// The process is gone, and another starts with what is on disk.
  void start_again() {
    world_.node.reset();
    world_.log.crash();
    NodeOptions options;
    options.process = {++world_.lives, 1};
    options.settings = {kWork, 0};
    options.make_consumer = world_.make_toy;
    options.wake = [] {};
    Node node(log_, *world_.disk, world_.clock, std::move(options));
    ASSERT_TRUE(node.start());
  }
  /// Of each partition the record before its state's place, which shows that it is the log of this
  /// state, and all behind it; of a sink what is behind it.
  void expect_read_from(const Places& state) {
    for (const auto& [where, end] : ends()) {
      const bool is_looked_at = log_.identity().has_consumer(where) && state.at(where) > 0;
      std::vector<Offset> wanted;
      for (Offset at = state.at(where) - (is_looked_at ? 1 : 0); at < end; ++at) {
        wanted.push_back(at);
      }
      EXPECT_EQ(log_.records[where], wanted) << where.topic << "/" << where.partition;
    }
  }
  [[nodiscard]] std::size_t records_read() const {
    std::size_t all = 0;
    for (const auto& [where, offsets] : log_.records) all += offsets.size();
    return all;
  }
  static std::size_t sum_of(const Places& places) {
    std::size_t all = 0;
    for (const auto& [where, end] : places) all += end;
    return all;
  }

  World world_;
  ReadLog log_{world_.log};
};

TEST_F(Start, AppliesNothingWhereTheStateHasAllOfTheLog) {
  live_through(50);
  world_.node->close();
  world_.settle();
  ASSERT_EQ(written(), ends());
  start_again();
  expect_read_from(ends());
  EXPECT_EQ(records_read(), World::kPartitions);  // looked at, and applied already
}

TEST_F(Start, AppliesWhatIsBehindTheStateHoweverLongTheLogIs) {
  std::vector<std::size_t> tails;
  for (const int before : {20, 1'000}) {
    live_through(before);
    auto state = copy_of(*world_.disk);
    const Places last = written();
    ASSERT_EQ(last, ends());
    live_through(7);
    world_.disk = std::move(state);  // all that was written behind since is lost
    log_.records.clear();
    start_again();
    expect_read_from(last);
    tails.push_back(records_read() - World::kPartitions);
    EXPECT_EQ(tails.back(), sum_of(ends()) - sum_of(last));
    ASSERT_TRUE(world_.live());
  }
  EXPECT_GT(sum_of(ends()), 4'000U);
  EXPECT_THAT(tails, Each(AllOf(Gt(20U), Lt(100U)))) << "seven requests with what they cause";
}

}  // namespace
}  // namespace jari::toy
