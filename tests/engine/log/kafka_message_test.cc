#include "engine/log/kafka/kafka_message.h"

#include <gmock/gmock.h>

#include "engine/log/kafka/kafka_settings.h"
#include "engine/record/flat.h"

namespace jari {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr PartitionRef kHere{1, 258};
constexpr Hash128 kThisLog{1, 2};

std::string record_of(RecordKind kind, Role asked_by = Role::Nobody, std::string_view body = "{}") {
  Envelope envelope;
  envelope.kind = kind;
  envelope.body = bytes_of(body);
  if (asked_by != Role::Nobody) {
    envelope.asked = Asked{};
    envelope.asked->role = asked_by;
    envelope.asked->by = "somebody";
  }
  flat::Builder builder;
  return std::string{text_of(write_envelope(builder, envelope))};
}

struct Aligned {
  explicit Aligned(std::string_view bytes) : words(bytes.size() / 8 + 1), size(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(words.data()));
  }
  [[nodiscard]] Bytes bytes() const { return std::as_bytes(std::span{words}).first(size); }
  std::vector<std::uint64_t> words;
  std::size_t size;
};

class Seal : public ::testing::Test {
 protected:
  Seal() {
    ours_.set_incarnation(kThisLog);
    theirs_.set_incarnation(kThisLog);
  }
  bool is_forged(const std::string& record, std::string_view seal, PartitionRef where = kHere,
                 bool is_sink = false, Offset offset = 7) {
    const Aligned aligned(record);
    return ours_.is_forged({where, offset, aligned.bytes()}, is_sink, bytes_of(seal));
  }
  std::string seal_of(const std::string& record) { return *ours_.of(kHere, bytes_of(record)); }

  KafkaSeal ours_{"our key"};
  KafkaSeal theirs_{"another key"};
};

TEST_F(Seal, IsAskedOfWhateverOnlyNodesAppend) {
  for (std::uint8_t kind = 2; kind <= 13; ++kind) {
    const std::string record = record_of(static_cast<RecordKind>(kind));
    EXPECT_TRUE(is_forged(record, "")) << int{kind};
    EXPECT_TRUE(is_forged(record, std::string(kSealBytes, 'x'))) << int{kind};
    EXPECT_TRUE(is_forged(record, *theirs_.of(kHere, bytes_of(record)))) << int{kind};
    EXPECT_FALSE(is_forged(record, seal_of(record))) << int{kind};
  }
}

TEST_F(Seal, IsNotAskedOfAPersonsRequestAndOfWhatIsNoRecord) {
  EXPECT_FALSE(is_forged(record_of(RecordKind::Request, Role::Person), ""));
  EXPECT_FALSE(is_forged("these bytes are no record", ""));
}

// Found by kafka_forged_test.py: a request in `outcomes` was exported as an outcome.
TEST_F(Seal, IsAskedOfWhateverStandsInASink) {
  const std::string record = record_of(RecordKind::Request, Role::Person);
  EXPECT_TRUE(is_forged(record, "", kHere, true));
  EXPECT_FALSE(is_forged(record, seal_of(record), kHere, true));
  EXPECT_FALSE(is_forged("these bytes are no record", "", kHere, true));
}

TEST_F(Seal, IsAskedOfAnOperatorsRequestWhichTheDoorHasLetIn) {
  const std::string record = record_of(RecordKind::Request, Role::Operator);
  EXPECT_TRUE(is_forged(record, ""));
  EXPECT_FALSE(is_forged(record, seal_of(record)));
  EXPECT_TRUE(is_forged(record_of(RecordKind::Request), ""));
}

TEST_F(Seal, HoldsForOneRecordInOnePlaceOfOneLog) {
  const std::string record = record_of(RecordKind::Effect);
  const std::string seal = seal_of(record);
  EXPECT_FALSE(is_forged(record, seal));
  EXPECT_TRUE(is_forged(record, seal, {1, 259}));
  EXPECT_TRUE(is_forged(record, seal, {1, 2}));
  EXPECT_TRUE(is_forged(record, seal, {2, 258}));
  EXPECT_TRUE(is_forged(record_of(RecordKind::Tick), seal));
  EXPECT_TRUE(is_forged(record, seal.substr(1)));
  ours_.set_incarnation({1, 3});
  EXPECT_TRUE(is_forged(record, seal));
}

TEST_F(Seal, OfAGenesisIsTakenBeforeTheLogHasAName) {
  KafkaSeal maker("our key");
  const std::string genesis = record_of(RecordKind::Genesis);
  EXPECT_FALSE(is_forged(genesis, *maker.of(kHere, bytes_of(genesis)), kHere, false, 0));
  const std::string claim = record_of(RecordKind::Claim);
  EXPECT_TRUE(is_forged(claim, *maker.of(kHere, bytes_of(claim))));
}

// Two that make a log at once: the first record that stands in a partition is its genesis.
TEST_F(Seal, OfAGenesisCountsWhereAPartitionBeginsOnly) {
  KafkaSeal maker("our key");
  const std::string genesis = record_of(RecordKind::Genesis);
  const std::string seal = *maker.of(kHere, bytes_of(genesis));
  EXPECT_FALSE(is_forged(genesis, seal, kHere, true, 0));
  EXPECT_TRUE(is_forged(genesis, seal, kHere, true, 1));
  EXPECT_TRUE(is_forged(genesis, seal, kHere, false, 1));
}

TEST_F(Seal, IsNotAskedWithoutAKey) {
  KafkaSeal none("");
  EXPECT_FALSE(none.of(kHere, bytes_of(record_of(RecordKind::Tick))).has_value());
  const Aligned tick(record_of(RecordKind::Tick));
  EXPECT_FALSE(none.is_forged({kHere, 7, tick.bytes()}, false, {}));
}

TEST(Row, IsItsDocumentAndTheRestAndTheSameBytesAgain) {
  const std::string body = R"({"appointment": "a", "state": "booked"})";
  const std::string record = record_of(RecordKind::Row, Role::Nobody, body);
  const Aligned kept(record);
  const auto row = row_of(kept.bytes());
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(text_of(row->document), body);
  EXPECT_EQ(record_of_row(row->document, bytes_of(row->rest)), record);
}

TEST(Row, IsNoneWithoutABody) {
  EXPECT_FALSE(row_of(Aligned("no record").bytes()).has_value());
  EXPECT_FALSE(row_of(Aligned(record_of(RecordKind::Row, Role::Nobody, "")).bytes()).has_value());
}

TEST(Row, DoesNotComeOfARestThatDoesNotFit) {
  EXPECT_EQ(record_of_row(bytes_of("{}"), bytes_of("abc")), std::nullopt);
  EXPECT_EQ(record_of_row(bytes_of("{}"), bytes_of(std::string_view{"\x05\0\0\0rest", 8})),
            std::nullopt);
  EXPECT_EQ(record_of_row(bytes_of("{}"), bytes_of(std::string_view{"\x04\0\0\0rest", 8})),
            "rest{}");
}

TEST(KafkaProperties, AreKeysAndValuesALine) {
  const auto read = parse_kafka_properties(
      "# how we are let in\n\n  security.protocol = SASL_SSL\r\nsasl.password=a=b # c\n!x\nssl.ca="
      "/etc/ca");
  ASSERT_TRUE(read.has_value()) << read.error().detail;
  EXPECT_EQ(*read, (KafkaProperties{{"security.protocol", "SASL_SSL"},
                                    {"sasl.password", "a=b # c"},
                                    {"ssl.ca", "/etc/ca"}}));
  EXPECT_EQ(parse_kafka_properties("\n\nfalse\n").error().detail, "line 3: a line is KEY=VALUE");
}

TEST(KafkaProperties, MayNotBreakWhatTheLogPromises) {
  for (const char* key :
       {"acks", "enable.idempotence", "partitioner", "isolation.level", "enable.auto.commit",
        "auto.offset.reset", "message.timeout.ms", "transactional.id", "client.rack",
        "max.in.flight", "allow.auto.create.topics", "test.mock.num.brokers"}) {
    const auto read = parse_kafka_properties(std::string{"x=1\n"} + key + "=1");
    ASSERT_FALSE(read.has_value()) << key;
    EXPECT_EQ(read.error().code, ErrorCode::BadArgument);
    EXPECT_THAT(read.error().detail,
                HasSubstr(std::string{"line 2: "} + key + " is not to be set: "));
  }
}

TEST(KafkaProperties, WinOverOursButTheBrokersOfTheFlagOverThem) {
  KafkaSettings settings;
  settings.more = {{"linger.ms", "7"}, {"bootstrap.servers", "elsewhere:1"}};
  auto all = properties_of(KafkaRole::Writer, settings);
  EXPECT_EQ(all.back(), (std::pair<std::string, std::string>{"bootstrap.servers", "elsewhere:1"}));
  EXPECT_THAT(all, Contains(Pair("acks", "all")));
  EXPECT_THAT(all, Contains(Pair("linger.ms", "7")));
  settings.brokers = "here:1";
  EXPECT_EQ(properties_of(KafkaRole::Follower, settings).back().second, "here:1");
}

}  // namespace
}  // namespace jari
