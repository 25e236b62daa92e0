#include "tests/engine/log/kafka_world.h"
#include "tests/engine/log/log_conformance.h"
#include "tests/engine/log/many_writers_conformance.h"

namespace jari {
namespace {

class KafkaHarness final : public LogHarness {
 public:
  explicit KafkaHarness(const LogIdentity& identity)
      : options_(new_kafka_log(identity)), log_(open_kafka_log(options_)) {}
  Log& log() override { return *log_; }
  [[nodiscard]] bool has_threads() const override { return true; }
  void settle() override {
    log_->flush();
    hear(*log_);
  }
  void reopen() override {
    settle();
    crash();
  }
  void crash() override {
    log_.reset();
    log_ = open_kafka_log(options_);
  }

 private:
  KafkaLogOptions options_;
  std::unique_ptr<KafkaLog> log_;
};

class TwoProcesses final : public ManyWritersHarness {
 public:
  explicit TwoProcesses(const LogIdentity& identity)
      : options_(new_kafka_log(identity)),
        first_(open_kafka_log(options_)),
        second_(open_kafka_log(options_)) {}
  Log& first() override { return *first_; }
  Log& second() override { return *second_; }
  void kill_second() override {
    second_.reset();
    second_ = open_kafka_log(options_);
  }
  void settle() override {
    first_->flush();
    second_->flush();
  }
  void trim(PartitionRef where, Offset begin) override {
    const LogPlace place{where, begin};
    const auto begins = trim_kafka_log(options_, {&place, 1});
    ASSERT_TRUE(begins.has_value()) << begins.error().detail;
    EXPECT_EQ(begins->front(), begin);
  }

 private:
  KafkaLogOptions options_;
  std::unique_ptr<KafkaLog> first_;
  std::unique_ptr<KafkaLog> second_;
};

INSTANTIATE_TEST_SUITE_P(Kafka, LogConformance,
                         ::testing::Values(log_kind<KafkaHarness>("OneBroker")), name_of);
INSTANTIATE_TEST_SUITE_P(Kafka, ManyWritersConformance,
                         ::testing::Values(many_writers_kind<TwoProcesses>("OneBroker")),
                         many_writers_name);

}  // namespace
}  // namespace jari
