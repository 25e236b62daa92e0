#include "tests/bench/apply_bench.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>

#include "consumers/model/topics.h"
#include "engine/runtime/partition.h"
#include "ops/jari/business.h"
#include "tests/bench/engine_world.h"

namespace jari::bench {
namespace {

class Nowhere final : public Outbox {
 public:
  void send(const Envelope&) override {}
  void decided(PartitionRef, std::string_view, std::string_view, Bytes) override {}
  void counted(PartitionRef, std::string_view, std::string_view, std::uint64_t) override {}
};

FigureName name_of(const std::string& topic) {
  return {"apply", topic + ", its records alone", "one thread", "records/s", 0};
}

/// All records of a topic, each where the log had it aligned.
struct TopicRecords {
  std::deque<LogSection> sections;  // one for each partition
};

TopicRecords read_topic(Log& log, TopicNo topic) {
  TopicRecords records;
  std::vector<LogPlace> from;
  for (PartitionNo i = 0; i < log.identity().topics[topic].partitions; ++i) {
    from.push_back({{topic, i}, 0});
    records.sections.emplace_back().where = {topic, i};
  }
  value_or_end(log.read(from, [&](const LogRecord& record) {
    records.sections[record.where.partition].add(record.bytes);
    return true;
  }));
  return records;
}

Round apply_all(const LogIdentity& identity, const TopicRecords& records) {
  std::vector<std::unique_ptr<Partition>> partitions;
  for (const LogSection& section : records.sections) {
    partitions.push_back(std::make_unique<Partition>(
        section.where, identity, ops::kSettingsPartition, ops::known_versions(),
        [&](Store& store) { return ops::make_consumer(section.where, store); }));
    partitions.back()->store().keep_no_changes();
  }
  Nowhere nowhere;
  std::size_t count = 0;
  const double cpu_before = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const LogSection& section = records.sections[i];
    for (std::size_t at = 0; at < section.count(); ++at) {
      if (const auto why = partitions[i]->apply(section.record(at), nowhere)) {
        std::fprintf(stderr, "a partition parked: %s\n", why->c_str());
        std::exit(1);
      }
    }
    count += section.count();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const auto all = static_cast<double>(count);
  return {all / took.count(), 0, 0, (cpu_seconds() - cpu_before) * 1e6 / all};
}

}  // namespace

bool wants_apply(const Settings& settings) {
  return std::any_of(kTopicNames.begin(), kTopicNames.end(), [&](std::string_view topic) {
    return settings.wants(name_of(std::string(topic)));
  });
}

void bench_apply(const Settings& settings, Log& log, Figures& figures) {
  for (TopicNo topic = 0; topic < log.identity().topics.size(); ++topic) {
    const FigureName name = name_of(log.identity().topics[topic].name);
    if (log.identity().topics[topic].is_sink || !settings.wants(name)) continue;
    figures.add(name, apply_all(log.identity(), read_topic(log, topic)));
  }
}

}  // namespace jari::bench
