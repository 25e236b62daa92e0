// The parts of a member, each alone: when rows are sent again, who claims what, whose clock agrees,
// which rows wait.

#include <gmock/gmock.h>

#include "engine/runtime/ownership.h"
#include "engine/runtime/peer_clocks.h"
#include "engine/runtime/sending_stream.h"
#include "engine/runtime/waiting_rows.h"
#include "tests/engine/runtime/one_partition.h"

namespace jari::toy {
namespace {

using ::testing::ElementsAre;

TEST(SendingStream, SendsEachRowOnceWhileAllIsWell) {
  SendingStream stream;
  EXPECT_EQ(stream.next(), 1U);
  stream.sent(5);
  EXPECT_EQ(stream.next(), 6U);
  EXPECT_EQ(stream.on_its_way(), 5U);
  stream.delivered(5, 3);
  EXPECT_EQ(stream.on_its_way(), 0U);
  EXPECT_FALSE(stream.look(5, 15, {0, 15, 9, 0}));
  EXPECT_EQ(stream.next(), 6U);
}

TEST(SendingStream, SendsAgainAfterAnErrorBehindWhatWasAccepted) {
  SendingStream stream;
  stream.sent(5);
  stream.failed();
  EXPECT_TRUE(stream.look(2, 15, {0, 15, 2, 0}));
  EXPECT_EQ(stream.next(), 3U);
  EXPECT_FALSE(stream.look(2, 15, {0, 15, 3, 0}));
}

TEST(SendingStream, SendsAgainOnceItsFollowerHasReadPastTheDelivery) {
  SendingStream stream;
  stream.sent(5);
  stream.delivered(5, 3);
  EXPECT_FALSE(stream.look(0, 12, {0, 12, 2, 0}));  // this end may be older than the delivery
  EXPECT_FALSE(stream.look(0, 12, {0, 15, 3, 0}));  // this one is not; it is to be reached first
  EXPECT_FALSE(stream.look(0, 14, {0, 20, 4, 0}));
  EXPECT_TRUE(stream.look(2, 15, {0, 20, 5, 0}));
  EXPECT_EQ(stream.next(), 3U);
}

TEST(SendingStream, LooksAtTheNewestDeliveryToo) {
  SendingStream stream;
  stream.sent(3);
  stream.delivered(3, 3);
  stream.sent(6);
  stream.delivered(6, 3);
  EXPECT_FALSE(stream.look(3, 13, {0, 13, 3, 0}));
  EXPECT_FALSE(stream.look(3, 13, {0, 16, 5, 0}));
  EXPECT_TRUE(stream.look(3, 16, {0, 16, 6, 0}));
  EXPECT_EQ(stream.next(), 4U);
}

constexpr Hash128 kA{1, 0};
constexpr Hash128 kB{2, 0};
constexpr Hash128 kC{3, 0};

/// Everybody claims in turns until nobody wants to.
std::vector<std::size_t> spread(std::vector<OwnedPartition> all,
                                const std::vector<Hash128>& nodes) {
  for (bool is_moving = true; is_moving;) {
    is_moving = false;
    for (const Hash128& node : nodes) {
      const auto where = next_to_claim(all, node);
      if (!where) continue;
      is_moving = true;
      for (auto& one : all) {
        if (one.where == *where) one.process = node;
      }
    }
  }
  std::vector<std::size_t> shares;
  for (const Hash128& node : nodes) {
    shares.push_back(static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const auto& one) { return one.process == node; })));
  }
  return shares;
}

TEST(Ownership, IsEvenWithinEachTopicAndOverAll) {
  std::vector<OwnedPartition> all;
  for (PartitionNo i = 0; i < 7; ++i) all.push_back({{0, i}, kA});
  for (PartitionNo i = 0; i < 4; ++i) all.push_back({{1, i}, kA});
  all.push_back({{2, 0}, kA});
  EXPECT_THAT(spread(all, {kA}), ElementsAre(12U));
  EXPECT_THAT(spread(all, {kA, kB}), ElementsAre(6U, 6U));
  EXPECT_THAT(spread(all, {kA, kB, kC}), ElementsAre(4U, 4U, 4U));
}

TEST(Ownership, RestsWhereOneMoveWouldChangeNothing) {
  const std::vector<OwnedPartition> all{{{0, 0}, kA}, {{0, 1}, kA}, {{0, 2}, kB}};
  EXPECT_EQ(next_to_claim(all, kB), std::nullopt);
  EXPECT_EQ(next_to_claim(all, kA), std::nullopt);
  EXPECT_NE(next_to_claim(all, kC), std::nullopt);
}

TEST(PeerClocks, AgreeWithinFiveSecondsAndTheLastTen) {
  PeerClocks peers;
  const Instant wall{1'000'000};
  EXPECT_FALSE(peers.agree(wall, milliseconds{500}));
  peers.note(kA, wall + milliseconds{4'000}, milliseconds{500});
  EXPECT_TRUE(peers.agree(wall, milliseconds{500}));
  EXPECT_FALSE(peers.agree(wall - milliseconds{2'000}, milliseconds{500}));
  EXPECT_FALSE(peers.agree(wall + milliseconds{9'500}, milliseconds{500}));
  EXPECT_TRUE(peers.agree(wall + milliseconds{10'000}, milliseconds{10'500}));
  EXPECT_FALSE(peers.agree(wall + milliseconds{10'001}, milliseconds{10'501}));
}

TEST(PeerClocks, TakeTheLatestThatANodeHasSaidOfLate) {
  PeerClocks peers;
  peers.note(kA, Instant{1'000'000}, milliseconds{500});
  peers.note(kA, Instant{400'000}, milliseconds{600});  // it holds its ticks back
  EXPECT_TRUE(peers.agree(Instant{1'000'100}, milliseconds{600}));
}

/// Rows as a partition says them, and what of them a disk has.
class WaitingRowsTest : public ::testing::Test {
 protected:
  void say(std::uint64_t seq) {
    Envelope row;
    row.kind = RecordKind::Effect;
    row.stream = StreamPlace{};
    row.stream->destination = kTo;
    row.stream->seq = seq;
    rows_.add(row);
  }
  std::size_t drain() {
    StateBatch batch;
    rows_.drain(batch);
    std::size_t changes = 0;
    batch.for_each([&](std::string_view key, const std::string_view* row) {
      ++changes;
      if (row == nullptr) {
        disk_.erase(std::string(key.substr(4)));
      } else {
        disk_[std::string(key.substr(4))] = *row;
      }
    });
    return changes;
  }
  static constexpr PartitionRef kTo{1, 2};
  WaitingRows rows_;
  std::map<std::string, std::string> disk_;
};

TEST_F(WaitingRowsTest, AreOnDiskUntilTheyAreAcknowledged) {
  for (std::uint64_t seq = 1; seq <= 3; ++seq) say(seq);
  EXPECT_EQ(drain(), 3U);
  rows_.trim(kTo, 2);
  EXPECT_EQ(drain(), 2U);
  EXPECT_EQ(disk_.size(), 1U);
  WaitingRows again;
  for (const auto& [key, row] : disk_) EXPECT_TRUE(again.load(key, row));
  ASSERT_EQ(again.to(kTo).size(), 1U);
  EXPECT_EQ(again.to(kTo).begin()->first, 3U);
  EXPECT_EQ(again.to(kTo).begin()->second.record, rows_.to(kTo).begin()->second.record);
}

TEST_F(WaitingRowsTest, AreFoundDamagedOnDisk) {
  say(1);
  drain();
  auto& [key, row] = *disk_.begin();
  for (std::size_t at = 0; at < row.size(); ++at) {
    std::string damaged = row;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(WaitingRows().load(key, damaged)) << "byte " << at;
  }
  EXPECT_FALSE(WaitingRows().load(key, row.substr(1)));
  std::string other_key = key;
  other_key.back() = static_cast<char>(other_key.back() ^ 1);
  EXPECT_FALSE(WaitingRows().load(other_key, row));
  EXPECT_TRUE(WaitingRows().load(key, row));
}

TEST_F(WaitingRowsTest, AcknowledgedBeforeTheirBatchNeverReachIt) {
  say(1);
  say(2);
  rows_.trim(kTo, 1);
  EXPECT_EQ(drain(), 1U);
  EXPECT_EQ(disk_.size(), 1U);
}

TEST_F(WaitingRowsTest, AreCountedByTheMemoryThatTheyTake) {
  EXPECT_EQ(rows_.bytes_to(kTo.topic), 0U);
  say(1);
  const std::size_t one = rows_.bytes_to(kTo.topic);
  EXPECT_EQ(one, rows_.to(kTo).begin()->second.record.size() + kWaitingRowBytes);
  say(2);
  say(2);  // the same: made again while a log is read anew
  EXPECT_EQ(rows_.bytes_to(kTo.topic), 2 * one);
  EXPECT_EQ(rows_.bytes_to(kTo.topic + 1), 0U);
  drain();
  rows_.trim(kTo, 1);
  EXPECT_EQ(rows_.bytes_to(kTo.topic), one);
  WaitingRows again;
  for (const auto& [key, row] : disk_) EXPECT_TRUE(again.load(key, row));
  EXPECT_EQ(again.bytes_to(kTo.topic), 2 * one);
  again.trim(kTo, 2);
  EXPECT_EQ(again.bytes_to(kTo.topic), 0U);
}

TEST_F(WaitingRowsTest, AreFoundMissing) {
  OnePartition one({kWork, 0});
  const std::string here = place_in({kWork, 0});
  const std::string there = place_in({kWork, 1});
  EXPECT_FALSE(one.ask(kSend, {here, there, 2, 0}));
  EXPECT_FALSE(rows_.is_whole(one.partition.streams()));
  WaitingRows whole;
  for (const auto& [to, records] : one.sent) {
    for (const std::string& record : records) whole.add(read_envelope(bytes_of(record)).value());
  }
  EXPECT_TRUE(whole.is_whole(one.partition.streams()));
  whole.trim({kWork, 1}, 1);
  EXPECT_FALSE(whole.is_whole(one.partition.streams()));
  EXPECT_FALSE(whole.load("x", "y"));
}

}  // namespace
}  // namespace jari::toy
