#include "engine/runtime/streams.h"

#include <gmock/gmock.h>

namespace jari {
namespace {

constexpr PartitionRef kSource{0, 1};
constexpr PartitionRef kDestination{1, 2};
constexpr Hash128 kLog{1, 2};

struct Side {
  explicit Side(PartitionRef here) : streams(store, here) {}
  Store store;
  Streams streams;
};

Hash128 content(std::uint64_t number) {
  return {number, 99};
}

TEST(Streams, AcceptOnlyTheNextWithTheRightHash) {
  Side source(kSource);
  Side destination(kDestination);
  const StreamPlace first = source.streams.send(kDestination, content(1), 10, kLog);
  const StreamPlace second = source.streams.send(kDestination, content(2), 10, kLog);
  EXPECT_EQ(destination.streams.judge(second, kLog), Verdict::Early);
  EXPECT_EQ(destination.streams.judge(first, kLog), Verdict::Accepted);
  destination.streams.accept(first, content(1));
  EXPECT_EQ(destination.streams.judge(first, kLog), Verdict::Repeated);
  StreamPlace forked = second;
  forked.prev_hash = content(7);
  EXPECT_EQ(destination.streams.judge(forked, kLog), Verdict::Misfit);
  EXPECT_EQ(destination.streams.judge(second, Hash128{3, 4}), Verdict::Foreign);
  EXPECT_EQ(destination.streams.judge(second, kLog), Verdict::Accepted);
}

TEST(Streams, TwoEffectsOfOneRecordAreTwoPlaces) {  // a watermark of source offsets would lose one
  Side source(kSource);
  const StreamPlace a = source.streams.send(kDestination, content(1), 10, kLog);
  const StreamPlace b = source.streams.send(kDestination, content(1), 10, kLog);
  EXPECT_EQ(a.cause, b.cause);
  EXPECT_EQ(b.seq, a.seq + 1);
}

TEST(Streams, AcknowledgeNeverGoesBackAndNeverBeyondWhatWasSent) {
  Side source(kSource);
  for (std::uint64_t i = 1; i <= 5; ++i) {
    EXPECT_EQ(source.streams.send(kDestination, content(i), i, kLog).seq, i);
  }
  EXPECT_EQ(source.streams.acknowledge(kDestination, 3), Verdict::Accepted);
  EXPECT_EQ(source.streams.acknowledge(kDestination, 2), Verdict::Repeated);
  EXPECT_EQ(source.streams.acknowledge(kDestination, 6), Verdict::AckBeyond);
  EXPECT_EQ(source.streams.unacknowledged(kDestination), 2U);
}

TEST(Streams, TheReverseStreamsLastTravelsWithEachRow) {
  Side source(kSource);
  Side destination(kDestination);
  const StreamPlace there = source.streams.send(kDestination, content(1), 1, kLog);
  destination.streams.accept(there, content(1));
  const StreamPlace back = destination.streams.send(kSource, content(2), 5, kLog);
  EXPECT_EQ(back.reverse_last, 1U);
}

TEST(Streams, AnOperatorRepairsAStream) {
  Side destination(kDestination);
  destination.streams.set(kSource, 41, content(41));
  StreamPlace next;
  next.incarnation = kLog;
  next.source = kSource;
  next.destination = kDestination;
  next.seq = 42;
  next.prev_hash = content(41);
  EXPECT_EQ(destination.streams.judge(next, kLog), Verdict::Accepted);
}

}  // namespace
}  // namespace jari
