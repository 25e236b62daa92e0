// What whoever watches reads: each figure once, under its name and labels, as it was counted.

#include <gmock/gmock.h>

#include "engine/metrics/prometheus_metrics.h"

namespace jari::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, SayNothingOfWhatNobodyCounts) {
  EXPECT_EQ(PrometheusMetrics().exposition(), "");
}

TEST(Metrics, AreWrittenAsPrometheusReadsThem) {
  PrometheusMetrics metrics;
  metrics.counter("jari_acts_total", "Acts done", {{"route", "GET /x"}, {"status", "200"}}).add(3);
  metrics.gauge("jari_inside", "Who is inside", {}).set(41.5);
  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr("# HELP jari_acts_total Acts done\n# TYPE jari_acts_total counter\n"
                              "jari_acts_total{route=\"GET /x\",status=\"200\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE jari_inside gauge\njari_inside 41.5\n"));
}

TEST(Metrics, AreOneFigureForEachNameAndLabels) {
  PrometheusMetrics metrics;
  Counter& first = metrics.counter("jari_acts_total", "Acts done", {{"what", "a"}});
  Counter& again = metrics.counter("jari_acts_total", "Acts done", {{"what", "a"}});
  Counter& other = metrics.counter("jari_acts_total", "Acts done", {{"what", "b"}});
  EXPECT_EQ(&first, &again);
  EXPECT_NE(&first, &other);
  first.add(1);
  again.add(1);
  other.add(5);
  EXPECT_THAT(metrics.exposition(), HasSubstr("{what=\"a\"} 2\n"));
  EXPECT_THAT(metrics.exposition(), HasSubstr("{what=\"b\"} 5\n"));
}

TEST(Metrics, KeepALabelsTextWhateverItIs) {
  PrometheusMetrics metrics;
  metrics.counter("jari_acts_total", "Acts done", {{"what", "a \"b\"\n\\"}}).add(1);
  EXPECT_THAT(metrics.exposition(), HasSubstr("{what=\"a \\\"b\\\"\\n\\\\\"} 1\n"));
}

TEST(Metrics, CountSecondsInBucketsFromTenthsOfAMillisecond) {
  PrometheusMetrics metrics;
  Histogram& seconds = metrics.histogram("jari_seconds", "How long", {{"route", "x"}});
  seconds.observe(0.00005);
  seconds.observe(0.3);
  seconds.observe(100);
  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr("jari_seconds_count{route=\"x\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("jari_seconds_bucket{route=\"x\",le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("jari_seconds_bucket{route=\"x\",le=\"0.5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("jari_seconds_bucket{route=\"x\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST(MetricsDeathTest, ANameIsOfOneKind) {
  PrometheusMetrics metrics;
  metrics.counter("jari_acts_total", "Acts done", {}).add(1);
  EXPECT_DEATH(static_cast<void>(metrics.gauge("jari_acts_total", "Acts done", {})), "CHECK");
  EXPECT_DEATH(static_cast<void>(metrics.gauge("no name", "None", {})), "CHECK");
}

}  // namespace
}  // namespace jari::metrics
