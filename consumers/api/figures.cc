#include "consumers/api/figures.h"

#include <algorithm>

namespace jari::api {
namespace {

constexpr std::string_view kRequests = "jari_http_requests_total";
constexpr std::string_view kLatency = "jari_http_request_seconds";

constexpr std::string_view kBehind = "jari_state_behind";
constexpr std::string_view kBehindHelp =
    "1 where the state is not written behind, and until when; the log has it all";

constexpr std::uint16_t kStatusFirst = 200;
constexpr std::size_t kStatuses = 304;  // to 503

std::string metric_name(std::string_view what) {
  std::string name = "jari_" + std::string(what) + "_total";
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string name_of(const Route& route) {
  return std::string(to_text(route.method)) + " " + std::string(route.pattern);
}

}  // namespace

Figures::Figures(metrics::Metrics& metrics)
    : metrics_(metrics),
      answers_(std::make_unique<std::atomic<metrics::Counter*>[]>(routes().size() * kStatuses)) {
  for (const Route& route : routes()) {
    latencies_.push_back(&metrics.histogram(kLatency, "From the request's last byte to its answer",
                                            {{"route", name_of(route)}}));
  }
  metrics.counter("jari_oversold_total", "Places or doses granted beyond what there was", {})
      .add(0);
}

metrics::Counter& Figures::answers_of(std::string_view route, std::uint16_t status) {
  return metrics_.counter(kRequests, "Requests answered",
                          {{"route", route}, {"status", std::to_string(status)}});
}

void Figures::answered(const Route* route, std::uint16_t status, milliseconds took) {
  if (route == nullptr || status < kStatusFirst || status >= kStatusFirst + kStatuses) {
    answers_of("none", status).add(1);
    return;
  }
  const auto index = static_cast<std::size_t>(route - routes().data());
  auto& known = answers_[index * kStatuses + (status - kStatusFirst)];
  metrics::Counter* counter = known.load();
  if (counter == nullptr) {
    counter = &answers_of(name_of(*route), status);
    known.store(counter);
  }
  counter->add(1);
  latencies_[index]->observe(static_cast<double>(took.count()) / 1000.0);
}

void Figures::refused(std::string_view code) {
  metrics_.counter("jari_refusals_total", "Requests refused before the log", {{"code", code}})
      .add(1);
}

void Figures::count_unreadable_keys() {
  metrics_
      .counter("jari_key_files_unreadable_total", "Key files changed, and could not be read", {})
      .add(1);
}

metrics::Counter& Figures::find(PartitionRef where, const LogIdentity& log, std::string_view what,
                                std::string_view label) {
  if (what == "decisions") {  // `TYPE CODE`
    const std::size_t space = std::min(label.find(' '), label.size());
    const std::string_view code = label.substr(std::min(space + 1, label.size()));
    return metrics_.counter("jari_decisions_total", "Requests decided",
                            {{"type", label.substr(0, space)}, {"code", code}});
  }
  if (what == "admissions") {
    return metrics_.counter("jari_admissions_total", "People admitted", {{"queue", label}});
  }
  if (what == "parked") {  // why is for people: stderr, `jari status`
    return metrics_.counter("jari_parked_total", "Partitions that came to stand still",
                            {{"topic", log.topics[where.topic].name}});
  }
  return metrics_.counter(metric_name(what), "Counted by the engine",
                          {{"topic", log.topics[where.topic].name}, {"what", label}});
}

void Figures::counted(PartitionRef where, const LogIdentity& log, std::string_view what,
                      std::string_view label, std::uint64_t add) {
  key_.assign(1, static_cast<char>(where.topic + 1)).append(what).push_back('\0');
  key_.append(label);
  auto at = counted_.find(key_);
  if (at == counted_.end()) at = counted_.emplace(key_, &find(where, log, what, label)).first;
  at->second->add(add);
}

void Figures::take(const World& world, const Turn& turn, std::size_t outstanding) {
  metrics_.gauge("jari_requests_waiting", "Requests appended and not applied yet", {})
      .set(static_cast<double>(turn.waiting_requests()));
  metrics_.gauge("jari_requests_in_flight", "Requests taken and not answered yet", {})
      .set(static_cast<double>(outstanding));
  const auto health = world.engine->state_health();
  const bool is_behind = !health && health.error().code == ErrorCode::Unavailable;
  metrics_.gauge(kBehind, kBehindHelp, {{"until", "retry"}}).set(!health && !is_behind ? 1 : 0);
  metrics_.gauge(kBehind, kBehindHelp, {{"until", "restart"}}).set(is_behind ? 1 : 0);
  for (const PartitionStatus& status : world.engine->status()) {
    const std::string partition = std::to_string(status.where.partition);
    const metrics::Labels labels{{"topic", world.log.topics[status.where.topic].name},
                                 {"partition", partition}};
    metrics_.gauge("jari_partition_applied_offset", "The last offset applied", labels)
        .set(static_cast<double>(status.applied) - 1);
    metrics_.gauge("jari_partition_parked", "1 where a partition stands still", labels)
        .set(status.parked ? 1 : 0);
    if (!world.log.has_consumer(status.where)) continue;
    metrics_.gauge("jari_waiting_row_bytes", "Memory of rows that wait for sinks", labels)
        .set(static_cast<double>(status.waiting_bytes));
  }
  for (PartitionNo i = 0; i < world.queues.size(); ++i) {
    const LogTime time = turn.time({kQueueTopic, i});
    for (const QueueId queue : world.queues[i]->queues()) {
      const auto view = world.queues[i]->view(queue, time);
      if (!view) continue;
      metrics_.gauge("jari_queue_inside", "Sessions that run", {{"queue", queue.text}})
          .set(static_cast<double>(view->inside));
      metrics_.gauge("jari_queue_waiting", "Tickets that wait", {{"queue", queue.text}})
          .set(static_cast<double>(view->waiting));
    }
  }
}

}  // namespace jari::api
