// What is counted has a bounded number of rows, whatever happens.
#include "consumers/api/figures.h"

#include <gmock/gmock.h>

#include "engine/metrics/prometheus_metrics.h"

namespace jari::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Counted {
  metrics::PrometheusMetrics metrics;
  Figures figures{metrics};
  LogIdentity log;

  Counted() { log.topics = {{"queue", 2, false}, {"bookings", 2, false}}; }
  void count(PartitionRef where, std::string_view what, std::string_view label) {
    figures.counted(where, log, what, label, 1);
  }
};

TEST(Figures, CountDecisionsByTypeAndCode) {
  Counted counted;
  counted.count({1, 0}, "decisions", "BookingRequested granted");
  counted.count({1, 1}, "decisions", "BookingRequested granted");
  EXPECT_THAT(counted.figures.exposition(),
              HasSubstr("jari_decisions_total{code=\"granted\",type=\"BookingRequested\"} 2"));
}

TEST(Figures, CountWhatIsParkedByTopicAndLeaveOutWhy) {
  Counted counted;
  counted.count({0, 0}, "parked", "stopped before offset 17");
  counted.count({0, 1}, "parked", "stopped before offset 4711");
  EXPECT_THAT(counted.figures.exposition(), HasSubstr("jari_parked_total{topic=\"queue\"} 2"));
  EXPECT_THAT(counted.figures.exposition(), Not(HasSubstr("4711")));
}

TEST(Figures, CountWhatElseTheEngineSaysByItsLabel) {
  Counted counted;
  counted.count({1, 0}, "streams", "sent-again");
  EXPECT_THAT(counted.figures.exposition(),
              HasSubstr("jari_streams_total{topic=\"bookings\",what=\"sent-again\"} 1"));
}

}  // namespace
}  // namespace jari::api
