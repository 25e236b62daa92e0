#include "ops/jari/sync_metrics.h"

#include <utility>

#include "engine/http/server.h"
#include "engine/metrics/prometheus_metrics.h"
#include "ops/jari/listen_address.h"

namespace jari::ops {
namespace {

constexpr milliseconds kStopPatience{1000};
constexpr double kMsInASecond = 1000;

class MetricsPage final : public http::Handler {
 public:
  explicit MetricsPage(const metrics::Metrics& metrics) : metrics_(metrics) {}

  std::optional<http::Response> before_body(const http::RequestHead& head,
                                            http::BodyRules& rules) override {
    rules.is_kept = false;
    const bool is_read = head.method == http::Method::Get || head.method == http::Method::Head;
    if (head.path != "/metrics" && head.path != "/healthz") return http::empty_response(404);
    if (!is_read) return http::empty_response(405);
    return std::nullopt;
  }
  std::optional<http::Response> before_upload(const http::RequestHead&,
                                              const http::BodyRules&) override {
    return std::nullopt;
  }
  void answer(const http::Request& request, http::Responder responder) override {
    http::Response response;
    response.content_type = http::kPlainText;
    response.body = request.head.path == "/metrics" ? metrics_.exposition() : "ok\n";
    responder.answer(std::move(response));
  }
  void refused(const http::RequestHead*, http::Response&) override {}

 private:
  const metrics::Metrics& metrics_;
};

/// A counter that follows a number kept elsewhere.
class Followed {
 public:
  Followed(metrics::Metrics& metrics, std::string_view name, std::string_view help)
      : counter_(metrics.counter(name, help, {})) {
    counter_.add(0);
  }
  void take(std::uint64_t now) { counter_.add(now - std::exchange(last_, now)); }

 private:
  metrics::Counter& counter_;
  std::uint64_t last_ = 0;
};

}  // namespace

struct SyncMetrics::Parts {
  metrics::PrometheusMetrics metrics;
  MetricsPage page{metrics};
  ListenAddress address;
  std::unique_ptr<http::Server> server;
  Followed written{metrics, "jari_sync_rows_written_total", "Rows that the table has taken"};
  Followed refused{metrics, "jari_sync_rows_refused_total", "Rows that became dead letters"};
  Followed batches{metrics, "jari_sync_batches_total", "Transactions that were committed"};
  Followed failures{metrics, "jari_sync_failures_total",
                    "Transactions, or tries to connect, that failed"};
  Followed misfits{metrics, "jari_sync_misfits_total",
                   "Rows of sync that did not continue their stream"};
  Followed lost{metrics, "jari_sync_rows_lost_total",
                "Rows of sync that are missing, did not come and were given up"};
  metrics::Gauge& lag_records =
      metrics.gauge("jari_legacy_lag_records", "Records of sync that are not written yet", {});
  metrics::Gauge& lag_seconds =
      metrics.gauge("jari_legacy_lag_seconds", "Age of the oldest row that is not written", {});
  metrics::Gauge& unread = metrics.gauge(
      "jari_sync_log_unread_seconds", "For how long the log could not be read; 0 while it can", {});
  metrics::Gauge& answer =
      metrics.gauge("jari_sync_answer_seconds", "How long the last transaction took", {});
  metrics::Gauge& share = metrics.gauge(
      "jari_sync_pace_share", "Part of the pace that a slow database is given; 1 is all", {});
  metrics::Gauge& waiting = metrics.gauge("jari_sync_waiting",
                                          "1 while the database cannot be written, or it is not "
                                          "its hour",
                                          {});
};

SyncMetrics::SyncMetrics(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

SyncMetrics::~SyncMetrics() {
  if (parts_->server) parts_->server->stop(kStopPatience);
}

Result<std::unique_ptr<SyncMetrics>> SyncMetrics::start(const std::string& listen) {
  auto parts = std::make_unique<Parts>();
  if (!listen.empty()) {
    const auto address = parse_listen_address("--metrics", listen);
    if (!address) return address.error();
    if (!is_loopback(address->host)) {
      return Error{ErrorCode::BadArgument, "--metrics is for this machine only: " + listen};
    }
    http::ServerOptions options;
    options.host = address->host;
    options.port = address->port;
    auto server = http::Server::start(options, parts->page);
    if (!server) return server.error();
    parts->server = std::move(*server);
    parts->address = {address->host, parts->server->port()};
  }
  return std::unique_ptr<SyncMetrics>(new SyncMetrics(std::move(parts)));
}

std::string SyncMetrics::address() const {
  return parts_->server ? url_of(parts_->address) + "/metrics" : std::string{};
}

void SyncMetrics::take(const legacy::SyncFigures& figures) {
  Parts& parts = *parts_;
  parts.written.take(figures.written);
  parts.refused.take(figures.refused);
  parts.batches.take(figures.batches);
  parts.failures.take(figures.failures);
  parts.misfits.take(figures.misfits);
  parts.lost.take(figures.lost);
  parts.lag_records.set(static_cast<double>(figures.lag_records));
  parts.lag_seconds.set(static_cast<double>(figures.lag.count()) / kMsInASecond);
  parts.unread.set(static_cast<double>(figures.unread.count()) / kMsInASecond);
  parts.answer.set(static_cast<double>(figures.answer.count()) / kMsInASecond);
  parts.share.set(static_cast<double>(figures.share) / legacy::Pace::kWholeShare);
  parts.waiting.set(figures.is_waiting ? 1 : 0);
}

}  // namespace jari::ops
