#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>

#include <gmock/gmock.h>

#include "engine/log/kafka/kafka_writer.h"
#include "engine/record/flat.h"
#include "tests/engine/log/kafka_admin.h"
#include "tests/engine/log/kafka_world.h"

namespace jari {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

constexpr PartitionRef kQueue0{0, 0};
constexpr PartitionRef kOutcomes{2, 0};
constexpr seconds kSoon{20};

/// What the log's thread has answered.
class Answer {
 public:
  Log::Done done() {
    return [this](Result<void> result) {
      const std::lock_guard lock(mutex_);
      result_.emplace(std::move(result));
      is_given_.notify_all();
    };
  }
  Result<void> wait() {
    std::unique_lock lock(mutex_);
    is_given_.wait_for(lock, kSoon, [&] { return result_.has_value(); });
    CHECK(result_.has_value());
    return *std::exchange(result_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::condition_variable is_given_;
  std::optional<Result<void>> result_;
};

Result<void> append(Log& log, PartitionRef where, std::string_view record,
                    bool is_perishable = false) {
  LogBatch batch;
  batch.is_perishable = is_perishable;
  LogSection& section = batch.sections.emplace_back();
  section.where = where;
  section.base_offset = kAnyOffset;
  section.add(bytes_of(record));
  Answer answer;
  log.append(std::move(batch), answer.done());
  return answer.wait();
}

struct Seen {
  std::string text;
  bool is_forged = false;
  bool operator==(const Seen&) const = default;
};

Result<std::vector<Seen>> read_at(Log& log, PartitionRef where, Offset at) {
  std::vector<Seen> seen;
  const LogPlace place{where, at};
  auto read = log.read({&place, 1}, [&](const LogRecord& record) {
    seen.push_back({std::string{text_of(record.bytes)}, record.is_forged});
    return true;
  });
  if (!read) return read.error();
  return seen;
}

/// Asks again until it holds, with no other pause than what asking costs.
template <class Holds>
bool comes(const Holds& holds) {
  for (const auto until = steady_clock::now() + kSoon; steady_clock::now() < until;) {
    if (holds()) return true;
  }
  return false;
}

std::string record_of(RecordKind kind, Role asked_by, std::string_view body) {
  Envelope envelope;
  envelope.kind = kind;
  envelope.body = bytes_of(body);
  if (asked_by != Role::Nobody) {
    envelope.asked = Asked{};
    envelope.asked->role = asked_by;
  }
  flat::Builder builder;
  return std::string{text_of(write_envelope(builder, envelope))};
}

void ops_kafka(const std::string& what) {
  const char* const dir = std::getenv("JARI_KAFKA_DIR");
  CHECK(dir != nullptr);
  const std::string command =
      std::string{JARI_SOURCE_DIR} + "/ops/kafka --dir " + dir + " " + what + " >&2";
  CHECK(std::system(command.c_str()) == 0);
}

TEST(KafkaLog, ReadsOnWithoutWaitingAndSaysWhenThereIsMore) {
  KafkaLogOptions options = new_kafka_log(identity_for_tests());
  std::mutex mutex;
  std::condition_variable has_arrived;
  std::size_t arrivals = 0;
  options.arrived = [&] {
    const std::lock_guard lock(mutex);
    ++arrivals;
    has_arrived.notify_all();
  };
  const auto log = open_kafka_log(options);
  EXPECT_EQ(read_at(*log, kQueue0, 0)->size(), 1U);  // followed from here on
  for (Offset i = 1; i <= 20; ++i) {
    std::unique_lock lock(mutex);
    const std::size_t before = arrivals;
    lock.unlock();
    EXPECT_THAT(*read_at(*log, kQueue0, i), IsEmpty());
    append(*log, kQueue0, std::to_string(i)).value();
    lock.lock();
    ASSERT_TRUE(has_arrived.wait_for(lock, kSoon, [&] { return arrivals > before; }));
    lock.unlock();
    std::vector<Seen> seen;
    ASSERT_TRUE(comes([&] {
      seen = *read_at(*log, kQueue0, i);
      return !seen.empty();
    }));
    EXPECT_THAT(seen, ElementsAre(Seen{std::to_string(i), false}));
  }
  EXPECT_TRUE(comes([&] {  // as last heard of
    return read_at(*log, kQueue0, 21)->empty() && log->end(kQueue0) == 21;
  }));
}

TEST(KafkaLog, TakesAllThatHasComeAtOnceWithoutHearingOfItsEnd) {
  constexpr std::size_t kRounds = 20;
  constexpr std::size_t kEach = 50;
  const auto log = open_kafka_log(new_kafka_log(identity_for_tests()));
  EXPECT_EQ(read_at(*log, kQueue0, 0)->size(), 1U);  // followed from here on
  Offset next = 1;
  std::size_t reads = 0;
  for (std::size_t round = 0; round < kRounds; ++round) {
    LogBatch batch;
    LogSection& section = batch.sections.emplace_back();
    section.where = kQueue0;
    section.base_offset = kAnyOffset;
    for (std::size_t i = 0; i < kEach; ++i) section.add(bytes_of(std::to_string(i)));
    Answer answer;
    log->append(std::move(batch), answer.done());
    answer.wait().value();
    for (const Offset end = next + kEach; next < end;) {
      const auto seen = read_at(*log, kQueue0, next);
      ASSERT_TRUE(seen.has_value());
      next += seen->size();
      if (!seen->empty()) ++reads;
    }
  }
  EXPECT_LT(reads, kRounds * kEach / 5);  // it would be one each, but for those whose end is heard
}

TEST(KafkaLog, HandsARecordOutAgainThatWasNotTaken) {
  const auto log = open_kafka_log(new_kafka_log(identity_for_tests()));
  for (const char* text : {"one", "two", "three"}) append(*log, kQueue0, text).value();
  std::vector<Offset> seen;
  const auto stop_at_once = [&](const LogRecord& record) {
    seen.push_back(record.offset);
    return false;
  };
  for (const Offset at : {1, 1, 2, 2, 3}) {
    const LogPlace place{kQueue0, at};
    log->read({&place, 1}, stop_at_once).value();
  }
  EXPECT_THAT(seen, ElementsAre(1, 1, 2, 2, 3));
}

TEST(KafkaLog, LooksUpElsewhereAndGoesOnWhereItFollows) {
  const auto log = open_kafka_log(new_kafka_log(identity_for_tests()));
  for (int i = 1; i <= 50; ++i) append(*log, kQueue0, std::to_string(i)).value();
  EXPECT_EQ(read_at(*log, kQueue0, 1)->size(), 50U);
  append(*log, kQueue0, "51").value();
  EXPECT_EQ(read_at(*log, kQueue0, 50)->size(), 2U);
  EXPECT_THAT(*read_at(*log, kQueue0, 51), ElementsAre(Seen{"51", false}));
  EXPECT_THAT(*read_at(*log, kQueue0, 52), IsEmpty());
}

TEST(KafkaLog, TakesWhatIsPerishable) {
  const auto log = open_kafka_log(new_kafka_log(identity_for_tests()));
  append(*log, kQueue0, "a tick", true).value();
  EXPECT_THAT(*read_at(*log, kQueue0, 1), ElementsAre(Seen{"a tick", false}));
}

TEST(KafkaLog, RefusesARecordThatIsTooBigAndGoesOn) {
  const auto log = open_kafka_log(new_kafka_log(identity_for_tests()));
  const auto refused = append(*log, kQueue0, std::string(std::size_t{9} << 20, 'x'));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::BadArgument);
  append(*log, kQueue0, "small").value();
  EXPECT_THAT(*read_at(*log, kQueue0, 1), ElementsAre(Seen{"small", false}));
}

TEST(KafkaLog, SaysWhichRecordsOnlyNodesAppendAndNoneDid) {
  KafkaLogOptions options = new_kafka_log(identity_for_tests());
  const auto ours = open_kafka_log(options);
  options.seal_key.clear();
  const auto anybody = open_kafka_log(options);
  const std::string effect = record_of(RecordKind::Effect, Role::Nobody, "an admission");
  const std::string asked = record_of(RecordKind::Request, Role::Person, "a booking");
  append(*anybody, kQueue0, effect).value();
  append(*ours, kQueue0, effect).value();
  append(*anybody, kQueue0, asked).value();
  EXPECT_THAT(*read_at(*ours, kQueue0, 1),
              ElementsAre(Seen{effect, true}, Seen{effect, false}, Seen{asked, false}));
  const auto genesis = read_at(*ours, kQueue0, 0);
  EXPECT_FALSE(genesis->front().is_forged);
  options.seal_key = "another cluster's key";
  const auto stranger = KafkaLog::open(options);
  ASSERT_FALSE(stranger.has_value());
  EXPECT_EQ(stranger.error().code, ErrorCode::LogMismatch);
}

TEST(KafkaLog, ShowsDocumentsToAnybodyAndReadsTheirRecordsBack) {
  KafkaLogOptions options = new_kafka_log(identity_for_tests());
  options.shape_of = [](PartitionRef, Bytes) { return KafkaShape{"appointment-1", true}; };
  const auto log = open_kafka_log(options);
  const std::string row = record_of(RecordKind::Row, Role::Nobody, R"({"state": "booked"})");
  append(*log, kOutcomes, row).value();
  append(*log, kQueue0, row).value();  // no sink: the record itself
  EXPECT_THAT(*read_at(*log, kOutcomes, 1), ElementsAre(Seen{row, false}));
  EXPECT_THAT(*read_at(*log, kQueue0, 1), ElementsAre(Seen{row, false}));
  const std::string command = "kcat -q -e -C -b " + options.cluster.brokers + " -t " +
                              options.cluster.topic_prefix + "outcomes -o 1 -f '%k %s'";
  std::FILE* const kcat = ::popen(command.c_str(), "r");
  std::array<char, 256> line{};
  const std::size_t size = std::fread(line.data(), 1, line.size(), kcat);
  ASSERT_EQ(::pclose(kcat), 0);
  EXPECT_EQ((std::string_view{line.data(), size}), R"(appointment-1 {"state": "booked"})");
}

TEST(KafkaLog, TakesWhatComesFromANodeWhoseClockIsHoursOff) {
  constexpr std::int64_t kThreeHours = std::int64_t{3} * 3'600'000;
  const std::int64_t now = std::int64_t{1000} * std::time(nullptr);
  const KafkaLogOptions options = new_kafka_log(identity_for_tests());
  KafkaAdmin admin(options);
  for (const std::int64_t off : {kThreeHours, -kThreeHours}) {
    EXPECT_EQ(admin.append_at("queue", now + off), RD_KAFKA_RESP_ERR_NO_ERROR) << off;
    EXPECT_EQ(admin.append_at("outcomes", now + off), RD_KAFKA_RESP_ERR_NO_ERROR) << off;
  }
  admin.set_only("queue", "message.timestamp.type", "CreateTime");
  EXPECT_EQ(admin.append_at("queue", now + kThreeHours), RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP);
  EXPECT_THAT(KafkaLog::open(options).error().detail,
              HasSubstr("queue: message.timestamp.type is CreateTime, must be LogAppendTime"));
}

TEST(KafkaLog, DoesNotOpenOnWrongTopicsAndNamesEachLine) {
  KafkaLogOptions options = kafka_options(identity_for_tests());
  const auto none = KafkaLog::open(options);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::LogMismatch);
  EXPECT_THAT(none.error().detail, HasSubstr("bookings: there is no such topic"));
  EXPECT_TRUE(make_kafka_log(options, identity_for_tests()).has_value());
  EXPECT_THAT(*look_at_kafka_log(options), IsEmpty());
  options.replication = 3;
  const auto wrong = KafkaLog::open(options);
  ASSERT_FALSE(wrong.has_value());
  EXPECT_THAT(wrong.error().detail, HasSubstr("queue: replication is 1, must be at least 3"));
  EXPECT_THAT(wrong.error().detail,
              HasSubstr("queue: min.insync.replicas is 1, must be at least 2"));
}

TEST(KafkaLog, BeginsOnceAndFinishesABeginningThatWasStopped) {
  KafkaLogOptions options = kafka_options(identity_for_tests());
  LogIdentity other = identity_for_tests();
  other.incarnation = {0x3333, 0x4444};
  const auto incarnation = [&] { return make_kafka_log(options, other)->incarnation; };
  EXPECT_EQ(make_kafka_log(options, identity_for_tests())->incarnation,
            identity_for_tests().incarnation);
  EXPECT_EQ(incarnation(), identity_for_tests().incarnation);
  KafkaAdmin(options).delete_topic("bookings");
  EXPECT_FALSE(KafkaLog::open(options).has_value());
  EXPECT_EQ(incarnation(), identity_for_tests().incarnation);
  const auto log = open_kafka_log(options);
  EXPECT_EQ(log->identity().incarnation, identity_for_tests().incarnation);
  for (const auto& where : log->identity().partitions()) EXPECT_EQ(log->end(where), 1U);
}

TEST(KafkaLog, DoesNotTakeTopicsOfTwoLogsForOne) {
  KafkaLogOptions options = kafka_options(identity_for_tests());
  options.seal_key.clear();  // a seal would tell already
  KafkaLogOptions other_options = options;
  EXPECT_TRUE(make_kafka_log(options, identity_for_tests()).has_value());
  LogIdentity other = identity_for_tests();
  other.incarnation = {0x3333, 0x4444};
  KafkaAdmin admin(options);
  admin.delete_topic("queue");
  admin.delete_topic("bookings");
  admin.delete_topic("outcomes");
  EXPECT_EQ(make_kafka_log(options, other)->incarnation, other.incarnation);
  admin.delete_topic("outcomes");
  LogIdentity only_outcomes = identity_for_tests();
  only_outcomes.topics = {{"outcomes", 1, true}};
  other_options.topics = {{"outcomes", true}};
  EXPECT_TRUE(make_kafka_log(other_options, only_outcomes).has_value());
  const auto mixed = KafkaLog::open(options);
  ASSERT_FALSE(mixed.has_value());
  EXPECT_EQ(mixed.error().code, ErrorCode::LogMismatch);
  EXPECT_THAT(mixed.error().detail, HasSubstr("the topics were not made together"));
}

TEST(KafkaLog, SaysWhatIsNoLongerKept) {
  KafkaLogOptions options = new_kafka_log(identity_for_tests());
  auto log = open_kafka_log(options);
  for (int i = 1; i < 10; ++i) append(*log, kQueue0, std::to_string(i)).value();
  KafkaAdmin(options).drop_before("queue", 0, 5);
  const auto gap = read_at(*log, kQueue0, 1);
  ASSERT_FALSE(gap.has_value());
  EXPECT_EQ(gap.error().code, ErrorCode::LogGap);
  EXPECT_EQ(log->ends(kQueue0).begin, 5U);
  EXPECT_EQ(read_at(*log, kQueue0, 5)->size(), 5U);
  log.reset();
  EXPECT_EQ(open_kafka_log(options)->identity().incarnation, identity_for_tests().incarnation);
}

TEST(KafkaLog, NoticesTopicsThatAreMadeAnewUnderIt) {
  KafkaLogOptions options = new_kafka_log(identity_for_tests());
  const auto log = open_kafka_log(options);
  for (int i = 1; i < 10; ++i) append(*log, kQueue0, std::to_string(i)).value();
  EXPECT_EQ(read_at(*log, kQueue0, 1)->size(), 9U);
  const LogEnds before = log->ends(kQueue0);
  KafkaAdmin admin(options);
  for (const char* name : {"queue", "bookings", "outcomes"}) admin.delete_topic(name);
  LogIdentity other = identity_for_tests();
  other.incarnation = {0x3333, 0x4444};
  EXPECT_TRUE(make_kafka_log(options, other).has_value());
  ASSERT_TRUE(comes([&] {
    static_cast<void>(read_at(*log, kQueue0, 10).has_value());
    const LogEnds now = log->ends(kQueue0);
    return now.generation != before.generation && now.end == 1;
  }));
  std::optional<Hash128> incarnation;
  ASSERT_TRUE(comes([&] {
    const LogPlace first{kQueue0, 0};
    return log
        ->read({&first, 1},
               [&](const LogRecord& record) {
                 incarnation = read_genesis(record.bytes)->incarnation;
                 return false;
               })
        .has_value();
  }));
  EXPECT_EQ(incarnation, other.incarnation);
}

TEST(KafkaLog, SurvivesAppendsToATopicThatIsGone) {
  KafkaLogOptions options = new_kafka_log(identity_for_tests());
  const auto log = open_kafka_log(options);
  const std::string tick = record_of(RecordKind::Tick, Role::Nobody, "a tick");  // sealed
  append(*log, kQueue0, tick).value();
  KafkaAdmin(options).delete_topic("queue");
  for (const bool is_perishable : {false, true}) {
    ASSERT_TRUE(comes([&] { return !append(*log, kQueue0, tick, is_perishable); }));
  }
  append(*log, kOutcomes, tick).value();
}

TEST(KafkaWriter, ReplacesAClientThatHasFailedForGood) {
  const KafkaLogOptions options = new_kafka_log(identity_for_tests());
  KafkaWriterOptions its;
  its.settings = options.cluster;
  for (const auto& topic : options.topics) {
    its.topics.push_back(options.cluster.topic_prefix + topic.name);
    its.is_sink.push_back(topic.is_sink);
  }
  KafkaWriter writer(std::move(its));
  writer.start(kSoon).value();
  for (int i = 0; i < 3; ++i) {
    Answer answer;
    LogBatch batch;
    LogSection& section = batch.sections.emplace_back();
    section.where = kQueue0;
    section.add(bytes_of("after " + std::to_string(i)));
    writer.append(std::move(batch), answer.done());
    answer.wait().value();
    writer.break_client();
    writer.flush();
    while (writer.clients() < static_cast<std::size_t>(i) + 2) {  // the writer's thread makes it
    }
  }
  const auto log = open_kafka_log(options);
  EXPECT_EQ(read_at(*log, kQueue0, 1)->size(), 3U);
}

TEST(KafkaLog, DoesNotWaitWhileNobodyIsThereAndSaysThatItMayBeAnotherLog) {
  const auto log = open_kafka_log(new_kafka_log(identity_for_tests()));
  append(*log, kQueue0, "before").value();
  EXPECT_EQ(read_at(*log, kQueue0, 1)->size(), 1U);
  const LogEnds before = log->ends(kQueue0);
  ops_kafka("kill 1");
  ASSERT_TRUE(comes([&] {
    const auto read = read_at(*log, kQueue0, 2);
    return !read && read.error().code == ErrorCode::Unavailable;
  }));
  Answer durable;
  Answer perishable;
  for (Answer* answer : {&durable, &perishable}) {
    LogBatch batch;
    batch.is_perishable = answer == &perishable;
    LogSection& section = batch.sections.emplace_back();
    section.where = kQueue0;
    section.base_offset = kAnyOffset;
    section.add(bytes_of(batch.is_perishable ? "a tick" : "a request"));
    log->append(std::move(batch), answer->done());
  }
  EXPECT_EQ(perishable.wait().error().code, ErrorCode::Unavailable);  // given up
  ops_kafka("restart 1");
  durable.wait().value();  // tried until it stands
  ASSERT_TRUE(comes([&] {
    static_cast<void>(read_at(*log, kQueue0, 2).has_value());
    return log->ends(kQueue0).heard > before.heard + 1 &&
           log->ends(kQueue0).generation > before.generation;
  }));
  // Reading is what makes an end known.
  ASSERT_TRUE(
      comes([&] { return read_at(*log, kQueue0, 1).has_value() && log->end(kQueue0) >= 3; }));
  const auto seen = read_at(*log, kQueue0, 1);
  EXPECT_EQ(seen->front(), (Seen{"before", false}));
  EXPECT_EQ(seen->back(), (Seen{"a request", false}));
}

}  // namespace
}  // namespace jari
