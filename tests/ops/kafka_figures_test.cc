#include "ops/jari/kafka_figures.h"

#include <gmock/gmock.h>

#include "engine/metrics/prometheus_metrics.h"

namespace jari::ops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string broker(int id, int retries) {
  return "\"127.0.0.1:9092/" + std::to_string(id) + "\":{\"nodeid\":" + std::to_string(id) +
         R"(,"outbuf_cnt":3,"outbuf_msg_cnt":40,"txretries":)" + std::to_string(retries) +
         R"(,"int_latency":{"p99":2500},"rtt":{"min":10,"p99":1500}})";
}

std::string statistics(const std::string& brokers) {
  return R"({"name":"jari#producer-1","brokers":{)" + brokers + R"(},"topics":{}})";
}

class FiguresOfKafka : public ::testing::Test {
 protected:
  void take(KafkaRole role, const std::string& text) {
    const auto taken = figures_.take(role, text);
    ASSERT_TRUE(taken) << taken.error().detail;
  }
  std::string shown() const { return metrics_.exposition(); }

  metrics::PrometheusMetrics metrics_;
  KafkaFigures figures_{metrics_, "jari."};
};

TEST_F(FiguresOfKafka, HaveALineForEachClientAndBroker) {
  take(KafkaRole::Writer, statistics(broker(1, 0) + "," + broker(2, 0)));
  take(KafkaRole::Follower, statistics(broker(2, 0)));
  for (const char* labels : {R"({broker="1",client="writer"})", R"({broker="2",client="writer"})",
                             R"({broker="2",client="follower"})"}) {
    EXPECT_THAT(shown(),
                HasSubstr(std::string{"jari_kafka_round_trip_p99_seconds"} + labels + " 0.0015"));
    EXPECT_THAT(shown(), HasSubstr(std::string{"jari_kafka_unsent_requests"} + labels + " 3"));
    EXPECT_THAT(shown(), HasSubstr(std::string{"jari_kafka_unsent_records"} + labels + " 40"));
  }
}

TEST_F(FiguresOfKafka, SayHowLongTicksWaitAndOfNothingElse) {
  for (const KafkaRole role : {KafkaRole::Writer, KafkaRole::Perishable, KafkaRole::Follower}) {
    take(role, statistics(broker(1, 0)));
  }
  constexpr auto kWait = "jari_kafka_send_wait_p99_seconds";
  EXPECT_THAT(shown(),
              HasSubstr(std::string{kWait} + R"({broker="1",client="perishable"} 0.0025)"));
  EXPECT_THAT(shown(), Not(HasSubstr(std::string{kWait} + R"({broker="1",client="writer"})")));
  EXPECT_THAT(shown(), Not(HasSubstr(std::string{kWait} + R"({broker="1",client="follower"})")));
}

TEST_F(FiguresOfKafka, CountRetriesOnAlsoWhereAClientWasMadeAnew) {
  for (const int retries : {5, 7, 2}) take(KafkaRole::Writer, statistics(broker(1, retries)));
  EXPECT_THAT(shown(), HasSubstr(R"(jari_kafka_retries_total{broker="1",client="writer"} 9)"));
}

TEST_F(FiguresOfKafka, LeaveOutAddressesThatAreNoBrokerYet) {
  take(KafkaRole::Writer, statistics(R"("127.0.0.1:9092/bootstrap":{"nodeid":-1})"));
  EXPECT_THAT(shown(), Not(HasSubstr("jari_kafka")));
}

TEST_F(FiguresOfKafka, AreBoundedInNumber) {
  std::string all = broker(0, 0);
  for (int id = 1; id < 100; ++id) all += "," + broker(id, 0);
  take(KafkaRole::Writer, statistics(all));
  EXPECT_THAT(shown(), HasSubstr(R"(jari_kafka_unsent_requests{broker="63",)"));
  EXPECT_THAT(shown(), Not(HasSubstr(R"(jari_kafka_unsent_requests{broker="64",)")));
}

TEST_F(FiguresOfKafka, SumUpWhatIsUnreadOfATopic) {
  const std::string text = R"({"brokers":{},"topics":{"jari.queue":{"partitions":{)"
                           R"("0":{"consumer_lag":5,"fetch_state":"active"},)"
                           R"("1":{"consumer_lag":7,"fetch_state":"offset-query"},)"
                           R"("-1":{"consumer_lag":-1,"fetch_state":"none"}}}}})";
  take(KafkaRole::Follower, text);
  EXPECT_THAT(shown(), HasSubstr(R"(jari_kafka_unread_records{topic="queue"} 12)"));
  EXPECT_THAT(shown(), HasSubstr(R"(jari_kafka_fetched_partitions{topic="queue"} 1)"));
}

TEST_F(FiguresOfKafka, OfWhoDoesNotFollowSayNothingOfTopics) {
  take(KafkaRole::Asker,
       R"({"brokers":{},"topics":{"jari.queue":{"partitions":{"0":{"consumer_lag":5}}}}})");
  EXPECT_THAT(shown(), Not(HasSubstr("jari_kafka")));
}

TEST_F(FiguresOfKafka, AreNotTakenOfWhatIsNoStatistics) {
  EXPECT_FALSE(figures_.take(KafkaRole::Writer, "{"));
  EXPECT_FALSE(figures_.take(KafkaRole::Writer, "{}"));
  EXPECT_THAT(shown(), Not(HasSubstr("jari_kafka")));
}

}  // namespace
}  // namespace jari::ops
