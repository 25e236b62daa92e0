// Streams between partitions as they apply them: what is lost, repeated, reordered or forged on the
// way changes nothing, and what does not fit can be repaired.

#include <gmock/gmock.h>

#include "engine/runtime/partition.h"
#include "tests/engine/runtime/one_partition.h"

namespace jari::toy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr PartitionRef kHere{kWork, 1};
constexpr PartitionRef kThere{kWork, 2};
const std::string kPlaceHere = place_in(kHere);
const std::string kPlaceThere = place_in(kThere);

Asked an_operator() {
  Asked asked;
  asked.role = Role::Operator;
  asked.by = "ops";
  asked.reason = "a tail was lost";
  return asked;
}

class TwoPartitions : public ::testing::Test {
 protected:
  /// What `here` says to `there`, in order, each parcel one row.
  std::vector<std::string> rows(std::uint32_t count) {
    here_.sent.clear();
    EXPECT_FALSE(here_.ask(kSend, {kPlaceHere, kPlaceThere, count, 0}));
    return here_.sent[kThere];
  }
  [[nodiscard]] std::uint64_t arrived() { return there_.at(kPlaceThere).arrived; }
  [[nodiscard]] OutgoingRow outgoing() const { return here_.partition.streams().outgoing(kThere); }
  /// The same record, from another place.
  template <class Change>
  std::string changed(const std::string& record, Change&& change) {
    auto envelope = read_envelope(bytes_of(record)).value();
    change(*envelope.stream);
    return std::string(text_of(write_envelope(builder_, envelope)));
  }

  OnePartition here_{kHere};
  OnePartition there_{kThere};
  flat::Builder builder_;
};

TEST_F(TwoPartitions, DropWhatIsRepeated) {
  const auto said = rows(3);
  there_.take(said);
  there_.take(said);
  EXPECT_EQ(arrived(), 3U);
  EXPECT_EQ(there_.counts["streams repeated"], 3U);
}

TEST_F(TwoPartitions, IgnoreWhatComesEarlyUntilItComesAgain) {
  const auto said = rows(3);
  there_.take({said[2], said[0]});
  EXPECT_EQ(arrived(), 1U);
  EXPECT_EQ(there_.counts["streams early"], 1U);
  there_.take({said[1], said[2]});
  EXPECT_EQ(arrived(), 3U);
}

TEST_F(TwoPartitions, RefuseWhatDoesNotContinueTheChainUntilAnOperatorRepairsIt) {
  const auto said = rows(3);
  const auto forked = [](StreamPlace& place) { place.prev_hash = Hash128{6, 6}; };
  there_.take({said[0], changed(said[1], forked)});
  EXPECT_EQ(arrived(), 1U);
  EXPECT_EQ(there_.counts["streams misfit"], 1U);
  EXPECT_FALSE(there_.ask(kSend, {kPlaceThere, kPlaceThere, 1, 0}));  // it goes on
  EXPECT_EQ(there_.at(kPlaceThere).sent, 1U);

  const auto third = read_envelope(bytes_of(said[2])).value();
  const StreamSet repair{kHere, 2, third.stream->prev_hash};
  EXPECT_FALSE(there_.own(RecordKind::StreamSet, repair, an_operator()));
  there_.take({said[2]});
  EXPECT_EQ(arrived(), 2U);  // what was given up stays so
}

TEST_F(TwoPartitions, RefuseWhatIsOfAnotherLogOrForAnotherPartitionOrFromNone) {
  const auto said = rows(1);
  there_.take({changed(said[0],
                       [](StreamPlace& place) {
                         place.incarnation = Hash128{3, 3};
                       }),
               changed(said[0], [](StreamPlace& place) { place.destination = kHere; }),
               changed(said[0],
                       [](StreamPlace& place) {
                         place.source = {kWork, 77};
                       }),
               changed(said[0],
                       [](StreamPlace& place) {
                         place.source = {kFacts, 0};
                       }),
               changed(said[0], [](StreamPlace& place) {
                 place.source = {200, 0};
               })});
  EXPECT_EQ(arrived(), 0U);
  EXPECT_EQ(there_.counts["streams foreign"], 5U);
  there_.take(said);
  EXPECT_EQ(arrived(), 1U);
}

TEST_F(TwoPartitions, AcknowledgeByWhatTheySayBack) {
  there_.take(rows(3));
  EXPECT_EQ(outgoing().acked, 0U);
  EXPECT_FALSE(there_.ask(kSend, {kPlaceThere, kPlaceHere, 1, 0}));
  here_.take(there_.sent[kHere]);
  EXPECT_EQ(outgoing().acked, 3U);
}

TEST_F(TwoPartitions, TakeTheHighestAcknowledgementInWhateverOrderTheyCome) {
  EXPECT_THAT(rows(5), SizeIs(5));
  for (const std::uint64_t last : {2U, 4U, 3U, 4U}) {
    EXPECT_FALSE(here_.own(RecordKind::Ack, Ack{kThere, last}));
    EXPECT_FALSE(here_.partition.lost_tail());
  }
  EXPECT_EQ(outgoing().acked, 4U);
  EXPECT_EQ(outgoing().sent, 5U);
}

TEST_F(TwoPartitions, RefuseAnAcknowledgementOfWhatWasNeverSentAndSaySo) {
  EXPECT_THAT(rows(5), SizeIs(5));
  EXPECT_FALSE(here_.own(RecordKind::Ack, Ack{kThere, 6}));
  EXPECT_EQ(outgoing().acked, 0U);
  EXPECT_EQ(here_.counts["streams ack-beyond"], 1U);
  ASSERT_TRUE(here_.partition.lost_tail());
  EXPECT_EQ(*here_.partition.lost_tail(), kThere);
  EXPECT_FALSE(here_.own(RecordKind::Ack, Ack{kThere, 5}));
  EXPECT_EQ(outgoing().acked, 5U);
  EXPECT_FALSE(here_.partition.lost_tail());
}

TEST_F(TwoPartitions, RefuseAClientsRequestBeyondTheWindowAndTakeEverythingElse) {
  there_.take(rows(2'000));  // the window
  here_.decisions.clear();
  EXPECT_THAT(rows(1), IsEmpty());
  EXPECT_THAT(here_.decisions, ElementsAre("overloaded " + kPlaceHere));
  EXPECT_FALSE(there_.ask(kSend, {kPlaceThere, kPlaceHere, 1, 0}));
  here_.take(there_.sent[kHere]);  // an effect, which acknowledges all of it
  EXPECT_EQ(here_.at(kPlaceHere).arrived, 1U);
  EXPECT_THAT(rows(2'000), SizeIs(2'000));
  EXPECT_FALSE(here_.own(RecordKind::Ack, Ack{kThere, 2'001}));
  EXPECT_THAT(rows(1), SizeIs(1));
}

TEST_F(TwoPartitions, LeaveTheRestOfASweepForATickThatHasRoom) {
  EXPECT_FALSE(here_.ask(kLater, {kPlaceHere, kPlaceThere, 20, 1'000}));
  EXPECT_THAT(rows(2'000), SizeIs(2'000));
  here_.sent.clear();
  EXPECT_FALSE(here_.tick(kBegin + milliseconds{1'000}));
  EXPECT_THAT(here_.sent, IsEmpty());  // no room
  EXPECT_FALSE(here_.own(RecordKind::Ack, Ack{kThere, 2'000}));
  for (const std::size_t said : {8U, 16U, 20U, 20U}) {  // a bounded number each tick
    EXPECT_FALSE(here_.tick(here_.partition.time().now + milliseconds{5}));
    EXPECT_THAT(here_.sent[kThere], SizeIs(said));
  }
}

TEST_F(TwoPartitions, SayASinksDocumentsAgainFromTheState) {
  rows(1);
  const PartitionRef sink{kFacts, static_cast<PartitionNo>(partition_of(kPlaceHere, 2))};
  ASSERT_THAT(here_.sent[sink], SizeIs(1));
  here_.sent.clear();
  EXPECT_FALSE(here_.own(RecordKind::Reissue, Reissue{sink, 1}, an_operator()));
  ASSERT_THAT(here_.sent[sink], SizeIs(1));
  const auto again = read_envelope(bytes_of(here_.sent[sink][0])).value();
  EXPECT_EQ(text_of(again.body), "again from 1 " + kPlaceHere);
  EXPECT_EQ(again.stream->seq, 2U);  // the stream goes on
}

TEST_F(TwoPartitions, TakeAnOperatorsRecordOnlyWithANameAndAReason) {
  Asked nobody = an_operator();
  nobody.by = "";
  Asked no_reason = an_operator();
  no_reason.reason = "";
  const Hash128 digest = there_.partition.store().digest();
  EXPECT_FALSE(there_.own(RecordKind::StreamSet, StreamSet{kHere, 2, {}}));
  EXPECT_FALSE(there_.own(RecordKind::StreamSet, StreamSet{kHere, 2, {}}, nobody));
  EXPECT_FALSE(there_.own(RecordKind::Reissue, Reissue{{kFacts, 0}, 1}, no_reason));
  EXPECT_THAT(there_.dead_letters(), SizeIs(3));
  EXPECT_THAT(there_.dead_letters().back(), HasSubstr("without a name and a reason"));
  EXPECT_EQ(there_.partition.streams().incoming(kHere).last, 0U);
  EXPECT_NE(there_.partition.store().digest(), digest);
}

}  // namespace
}  // namespace jari::toy
