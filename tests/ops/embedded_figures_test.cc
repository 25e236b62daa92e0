#include "ops/jari/embedded_figures.h"

#include <gmock/gmock.h>

#include "engine/metrics/prometheus_metrics.h"
#include "ops/jari/business.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari::ops {
namespace {

using ::testing::HasSubstr;
using std::chrono_literals::operator""ms;

TEST(FiguresOfTheEmbeddedLog, CountEachWriteAndHowLongItTook) {
  metrics::PrometheusMetrics metrics;
  EmbeddedFigures figures(metrics);
  figures.written({2ms, 3, 1000, 400});
  figures.written({500ms, 1, 100, 60});
  const std::string shown = metrics.exposition();
  EXPECT_THAT(shown, HasSubstr("jari_log_write_seconds_count 2"));
  EXPECT_THAT(shown, HasSubstr("jari_log_write_seconds_sum 0.502"));
  EXPECT_THAT(shown, HasSubstr("jari_log_commits_total 4"));
  EXPECT_THAT(shown, HasSubstr(R"(jari_log_bytes_total{as="records"} 1100)"));
  EXPECT_THAT(shown, HasSubstr(R"(jari_log_bytes_total{as="kept"} 460)"));
}

TEST(FiguresOfTheEmbeddedLog, SayWhetherItsDiskFollows) {
  metrics::PrometheusMetrics metrics;
  EmbeddedFigures figures(metrics);
  const TemporaryDirectory dir;
  const auto log = EmbeddedLog::open(dir.path(), new_identity(1, Instant{}));
  ASSERT_TRUE(log) << log.error().detail;
  figures.look(**log);
  const std::string shown = metrics.exposition();
  EXPECT_THAT(shown, HasSubstr("jari_log_writes_stopped 0"));
  EXPECT_THAT(shown, HasSubstr("jari_log_writes_delayed_bytes_per_second 0"));
  EXPECT_THAT(shown, HasSubstr("jari_log_compaction_backlog_bytes 0"));
}

}  // namespace
}  // namespace jari::ops
