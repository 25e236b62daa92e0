#include "ops/jari/embedded_figures.h"

namespace jari::ops {
namespace {

constexpr std::string_view kBytes = "jari_log_bytes_total";
constexpr std::string_view kBytesHelp = "Bytes appended to the log, of records and as kept";

}  // namespace

EmbeddedFigures::EmbeddedFigures(metrics::Metrics& metrics)
    : seconds_(
          metrics.histogram("jari_log_write_seconds", "One write to the log and its sync", {})),
      commits_(metrics.counter("jari_log_commits_total", "Commits that became durable", {})),
      record_bytes_(metrics.counter(kBytes, kBytesHelp, {{"as", "records"}})),
      kept_bytes_(metrics.counter(kBytes, kBytesHelp, {{"as", "kept"}})),
      stopped_(metrics.gauge("jari_log_writes_stopped",
                             "1 where the log takes no writes until its disk has followed", {})),
      delayed_to_(metrics.gauge("jari_log_writes_delayed_bytes_per_second",
                                "What writes to the log are slowed down to; 0: they are not", {})),
      backlog_(metrics.gauge("jari_log_compaction_backlog_bytes",
                             "Bytes of the log that wait to be put in order", {})) {}

void EmbeddedFigures::written(const LogWrite& write) {
  seconds_.observe(std::chrono::duration<double>(write.took).count());
  commits_.add(write.commits);
  record_bytes_.add(write.raw_bytes);
  kept_bytes_.add(write.kept_bytes);
}

void EmbeddedFigures::look(const EmbeddedLog& log) {
  const EmbeddedLogFigures now = log.figures();
  stopped_.set(now.is_write_stopped ? 1 : 0);
  delayed_to_.set(static_cast<double>(now.delayed_write_bytes_a_second));
  backlog_.set(static_cast<double>(now.compaction_backlog_bytes));
}

}  // namespace jari::ops
