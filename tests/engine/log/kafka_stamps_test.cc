// CE9 of the counter-examples that streams between partitions must survive
// (tests/engine/runtime/counter_examples_log_test.cc): stamps of clients and of brokers run back,
// leap, and are others in a mirror. Whoever reads is handed the record, and nothing of them.

#include <array>
#include <cstdio>
#include <ctime>

#include <gmock/gmock.h>

#include "engine/record/flat.h"
#include "tests/engine/log/kafka_admin.h"
#include "tests/engine/log/kafka_world.h"

namespace jari {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::int64_t kHour = 3'600'000;  // ms
constexpr std::size_t kMessages = 4;
constexpr seconds kSoon{20};

std::string a_request() {
  Envelope envelope;
  envelope.kind = RecordKind::Request;
  envelope.body = bytes_of("the same");
  envelope.asked = Asked{};
  envelope.asked->role = Role::Person;
  flat::Builder builder;
  return std::string{text_of(write_envelope(builder, envelope))};
}

/// All that stands behind the genesis of `queue`, once there are so many.
std::vector<std::string> read(Log& log, std::size_t records) {
  std::vector<std::string> all;
  const auto until = steady_clock::now() + kSoon;
  while (all.size() < records && steady_clock::now() < until) {
    const LogPlace from{{0, 0}, 1 + all.size()};
    log.read({&from, 1},
             [&](const LogRecord& record) {
               all.emplace_back(text_of(record.bytes));
               return true;
             })
        .value();
  }
  return all;
}

/// The stamps of the same, as Kafka's own tool prints them.
std::string stamps_in(const KafkaLogOptions& options) {
  const std::string command = "kcat -q -e -C -b " + options.cluster.brokers + " -t " +
                              options.cluster.topic_prefix + "queue -p 0 -o 1 -f '%T '";
  std::FILE* const kcat = ::popen(command.c_str(), "r");
  std::array<char, 256> line{};
  const std::size_t size = std::fread(line.data(), 1, line.size(), kcat);
  EXPECT_EQ(::pclose(kcat), 0);
  return {line.data(), size};
}

TEST(KafkaStamps, AreNothingThatAReaderIsHanded) {
  const KafkaLogOptions options = new_kafka_log(identity_for_tests());
  const auto log = open_kafka_log(options);
  const std::string record = a_request();
  const std::int64_t now = std::int64_t{1000} * std::time(nullptr);
  KafkaAdmin admin(options);
  admin.set_only("queue", "message.timestamp.type", "CreateTime");  // stamps as clients say
  std::string stamps;
  for (const std::int64_t off : {-24 * kHour, kHour / 2, -3 * kHour}) {
    EXPECT_EQ(admin.append_at("queue", now + off, record), RD_KAFKA_RESP_ERR_NO_ERROR) << off;
    stamps += std::to_string(now + off) + ' ';
  }
  admin.set_only("queue", "message.timestamp.type", "LogAppendTime");  // or as brokers do
  EXPECT_EQ(admin.append_at("queue", now - kHour, record), RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_THAT(read(*log, kMessages), AllOf(SizeIs(kMessages), Each(record)));
  EXPECT_THAT(stamps_in(options), StartsWith(stamps));
}

}  // namespace
}  // namespace jari
