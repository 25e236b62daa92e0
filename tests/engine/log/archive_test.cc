#include "engine/log/archive/archive.h"

#include <gmock/gmock.h>

#include "engine/log/archive/segment_reader.h"
#include "engine/log/archive/segment_writer.h"
#include "engine/log/simulated/simulated_log.h"
#include "tests/engine/log/archive_world.h"

namespace jari {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr PartitionRef kQueue0{0, 0};
constexpr PartitionRef kBookings2{1, 2};

class ArchiveOfACluster : public ::testing::Test {
 protected:
  void expect_refused(ErrorCode code, const std::string& why) {
    const auto archived = archive_all(dir_, client_);
    ASSERT_FALSE(archived.has_value());
    EXPECT_EQ(archived.error().code, code) << archived.error().detail;
    EXPECT_THAT(archived.error().detail, HasSubstr(why));
  }
  /// And nothing was added.
  void expect_records(std::size_t count) {
    EXPECT_EQ(Archive::open(dir_).value()->line(kQueue0).end(), count);
  }

  TemporaryDirectory directory_;
  std::string dir_ = directory_ / "archive";
  SimulatedCluster cluster_{identity_for_tests()};
  SimulatedClient client_{cluster_};
};

TEST_F(ArchiveOfACluster, GivesTheRecordsThatTheLogHad) {
  put_records(cluster_, client_, 0, 500);
  EXPECT_EQ(archive_all(dir_, client_, 1'000).value(), 2 * 500U + 6);
  const auto archived = open_archive(dir_);
  EXPECT_EQ(texts_of(*archived), texts_of(client_));
  EXPECT_EQ(ends_of(*archived), ends_of(client_));
  EXPECT_EQ(archived->writers(), LogWriters::Many);
  EXPECT_EQ(archived->identity().incarnation, client_.identity().incarnation);
  EXPECT_GT(Archive::open(dir_).value()->line(kQueue0).segments.size(), 3U);
}

TEST_F(ArchiveOfACluster, ChainsItsRecordsAsThePartitionDoes) {
  put_records(cluster_, client_, 0, 100);
  must_archive(dir_, client_, 500);
  Sha256Chain chain;
  const auto texts = texts_of(client_);
  for (const auto& text : texts.at(kQueue0)) chain.step(bytes_of(text));
  const auto archive = Archive::open(dir_).value();
  EXPECT_EQ(archive->line(kQueue0).chain, chain.value());
  EXPECT_TRUE(archive->verify({kQueue0, 0}, 1'000).has_value());
}

TEST_F(ArchiveOfACluster, GoesOnWhereItEnded) {
  for (int run = 0; run < 5; ++run) {
    put_records(cluster_, client_, run * 100, 100);
    EXPECT_EQ(archive_all(dir_, client_).value(), 200U + (run == 0 ? 6 : 0));
  }
  EXPECT_EQ(archive_all(dir_, client_).value(), 0U);
  EXPECT_EQ(texts_of(*open_archive(dir_)), texts_of(client_));
}

// What a kill leaves: the finished segments, one that is not, and `ends` of before.
TEST_F(ArchiveOfACluster, GoesOnAfterAKillAtAnyMoment) {
  const std::string left = directory_ / "left";
  put_records(cluster_, client_, 0, 60);
  must_archive(dir_, client_, 300);
  for (int kill = 0; kill < 6; ++kill) {
    put_records(cluster_, client_, 60 + kill * 20, 20);
    {
      const auto archiver = Archiver::open(dir_, client_, {300}).value();
      ASSERT_TRUE(archiver->advance().has_value());
      std::filesystem::remove_all(left);
      std::filesystem::copy(dir_, left, std::filesystem::copy_options::recursive);
    }
    ASSERT_TRUE(std::filesystem::exists(left + "/queue-0/unfinished"));
    if (kill % 2 == 1) write_file(left + "/queue-0/unfinished", "half of a block");
    std::filesystem::remove_all(dir_);
    std::filesystem::rename(left, dir_);
    // Readers see what belonged together at the last close, and no more.
    EXPECT_EQ(open_archive(dir_)->end(kQueue0), 61U + std::size_t(kill) * 20);
    must_archive(dir_, client_, 300);
    ASSERT_EQ(texts_of(*open_archive(dir_)), texts_of(client_));
    EXPECT_FALSE(std::filesystem::exists(dir_ + "/queue-0/unfinished"));
  }
}

TEST_F(ArchiveOfACluster, IsWrittenByOneAtATime) {
  const auto first = Archiver::open(dir_, client_).value();
  expect_refused(ErrorCode::InUse, "another `jari archive` is at work in " + dir_);
}

TEST_F(ArchiveOfACluster, NeedsNoMoreOfTheLogThanItsLastRecord) {
  put_records(cluster_, client_, 0, 100);
  must_archive(dir_, client_);
  const auto before = texts_of(client_);
  cluster_.drop_before(kQueue0, 100);
  cluster_.drop_before(kBookings2, 101);  // not even that
  put_records(cluster_, client_, 100, 10);
  EXPECT_EQ(archive_all(dir_, client_).value(), 20U);
  const auto archived = open_archive(dir_, &client_);
  put_records(cluster_, client_, 110, 5);
  const auto texts = texts_of(*archived);
  ASSERT_THAT(texts.at(kQueue0), SizeIs(116));
  ASSERT_THAT(texts.at(kBookings2), SizeIs(116));
  EXPECT_TRUE(
      std::equal(before.at(kQueue0).begin(), before.at(kQueue0).end(), texts.at(kQueue0).begin()));
  EXPECT_EQ(texts.at(kQueue0).back(), "queue 114");
}

TEST_F(ArchiveOfACluster, RefusesALogThatBeginsBehindItsEnd) {
  put_records(cluster_, client_, 0, 100);
  must_archive(dir_, client_);
  cluster_.drop_before(kQueue0, 102);
  put_records(cluster_, client_, 100, 10);
  expect_refused(ErrorCode::LogGap, "what stood between is in neither");
  expect_records(101);
  const auto archived = open_archive(dir_, &client_);
  const LogPlace all{kQueue0, 0};
  const auto read = archived->read({&all, 1}, [](const LogRecord&) { return true; });
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::LogGap);
}

TEST_F(ArchiveOfACluster, RefusesToBeginWithoutTheFirstRecord) {
  put_records(cluster_, client_, 0, 10);
  cluster_.drop_before(kQueue0, 3);
  static_cast<void>(texts_of(client_, {{kQueue0, 5}}));
  expect_refused(ErrorCode::LogGap, "ends queue-0 at offset 0 and the log begins at 3");
}

TEST_F(ArchiveOfACluster, RefusesALogThatHasLostItsTail) {
  put_records(cluster_, client_, 0, 100);
  must_archive(dir_, client_);
  cluster_.truncate(kQueue0, 5);
  static_cast<void>(texts_of(client_, {{kQueue0, 90}}));
  expect_refused(ErrorCode::LogMismatch, "up to offset 101 and the log only up to 96");
  expect_records(101);
}

TEST_F(ArchiveOfACluster, RefusesALogThatHasLostItsTailAndGrownAgain) {
  put_records(cluster_, client_, 0, 100);
  must_archive(dir_, client_);
  cluster_.truncate(kQueue0, 5);
  put_records(cluster_, client_, 500, 20);
  expect_refused(ErrorCode::LogMismatch, "offset 100 of queue-0 is another record in the log");
  expect_records(101);
  const auto archived = open_archive(dir_, &client_);
  const LogPlace all{kQueue0, 0};
  const auto read = archived->read({&all, 1}, [](const LogRecord&) { return true; });
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::LogMismatch);
}

// Between two readings of one run: nothing of what came after the truncation is taken.
TEST_F(ArchiveOfACluster, NoticesATruncationWhileItFollows) {
  put_records(cluster_, client_, 0, 100);
  const auto archiver = Archiver::open(dir_, client_).value();
  ASSERT_TRUE(archiver->advance().has_value());
  cluster_.truncate(kQueue0, 5);
  put_records(cluster_, client_, 500, 20);
  const auto advanced = archiver->advance();
  ASSERT_FALSE(advanced.has_value());
  EXPECT_THAT(advanced.error().detail, HasSubstr("is another record in the log"));
  ASSERT_TRUE(archiver->close().has_value());
  expect_records(101);
}

TEST_F(ArchiveOfACluster, RefusesAnotherLog) {
  put_records(cluster_, client_, 0, 10);
  must_archive(dir_, client_);
  LogIdentity anew = identity_for_tests();
  anew.incarnation = {7, 7};
  SimulatedCluster other_cluster(anew);
  SimulatedClient other(other_cluster);
  const auto archived = archive_all(dir_, other);
  ASSERT_FALSE(archived.has_value());
  EXPECT_EQ(archived.error().code, ErrorCode::LogMismatch);
  EXPECT_THAT(archived.error().detail, HasSubstr("this one is " + to_text(anew.incarnation)));
  const auto opened = ArchivedLog::open(dir_, std::make_unique<BorrowedLog>(other));
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::LogMismatch);
}

/// A row of the stream from one partition to another, caused by that offset.
std::string row_caused_by(PartitionRef source, PartitionRef destination, Offset cause) {
  Envelope envelope;
  envelope.kind = RecordKind::Effect;
  envelope.stream = StreamPlace{{}, source, destination, 1, {}, cause, 0};
  flat::Builder builder;
  return std::string(text_of(write_envelope(builder, envelope)));
}

TEST_F(ArchiveOfACluster, IsWholeOnlyWithTheCausesOfWhatItTook) {
  const auto archiver = Archiver::open(dir_, client_).value();
  ASSERT_TRUE(archiver->advance().has_value());
  EXPECT_TRUE(archiver->is_whole());
  cluster_.put(kBookings2, bytes_of(row_caused_by(kQueue0, kBookings2, 3)));
  ASSERT_TRUE(archiver->advance().has_value());
  EXPECT_FALSE(archiver->is_whole());
  put_records(cluster_, client_, 0, 2);
  ASSERT_TRUE(archiver->advance().has_value());
  EXPECT_FALSE(archiver->is_whole());
  put_records(cluster_, client_, 2, 1);
  ASSERT_TRUE(archiver->advance().has_value());
  EXPECT_TRUE(archiver->is_whole());
}

TEST_F(ArchiveOfACluster, SaysThatThereIsNone) {
  const auto opened = ArchivedLog::open(dir_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::NotFound);
  EXPECT_THAT(opened.error().detail, HasSubstr("there is no archive in " + dir_));
}

TEST_F(ArchiveOfACluster, SaysThatItsFirstRunWasStopped) {
  put_records(cluster_, client_, 0, 100);
  {
    const auto archiver = Archiver::open(dir_, client_, {300}).value();
    ASSERT_TRUE(archiver->advance().has_value());
  }
  ASSERT_GT(Archive::open(dir_).value()->line(kQueue0).end(), 0U);
  const auto opened = ArchivedLog::open(dir_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::NotFound);
  EXPECT_THAT(opened.error().detail, HasSubstr("run it again"));
  EXPECT_EQ(texts_of(*open_archive(dir_, &client_)),
            texts_of(client_));  // with the log it is whole
}

TEST_F(ArchiveOfACluster, TakesNoRecords) {
  must_archive(dir_, client_);
  std::optional<Result<void>> answer;
  open_archive(dir_)->append({}, [&](Result<void> result) { answer = std::move(result); });
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->error().code, ErrorCode::BadArgument);
}

// What the log said of a record that only nodes may append is kept with it.
TEST(Segment, KeepsThatARecordIsForged) {
  const TemporaryDirectory directory;
  SegmentAbout about;
  about.where = kQueue0;
  about.genesis = genesis_record(identity_for_tests());
  auto writer = SegmentWriter::begin(directory / "queue-0", about).value();
  for (Offset offset = 0; offset < 20; ++offset) {
    const std::string text = "record " + std::to_string(offset);
    std::vector<std::uint64_t> aligned(text.size() / 8 + 1);
    std::copy_n(text.data(), text.size(), reinterpret_cast<char*>(aligned.data()));
    const Bytes bytes = std::as_bytes(std::span{aligned}).first(text.size());
    writer->add({kQueue0, offset, bytes, offset % 3 == 0}).value();
  }
  ASSERT_TRUE(writer->finish().has_value());
  const auto reader = SegmentReader::open(directory / ("queue-0/" + segment_name(0))).value();
  Offset next = 0;
  const auto read = reader->read(0, 20, [&](const LogRecord& record) {
    EXPECT_EQ(record.is_forged, next % 3 == 0);
    EXPECT_EQ(text_of(record.bytes), "record " + std::to_string(next));
    EXPECT_EQ(record.offset, next++);
    return true;
  });
  EXPECT_TRUE(read.value());
  EXPECT_EQ(next, 20U);
}

}  // namespace
}  // namespace jari
