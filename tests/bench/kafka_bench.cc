#include "tests/bench/kafka_bench.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <sstream>

#include <unistd.h>

#include "engine/log/kafka/kafka_topics.h"
#include "engine/runtime/member.h"
#include "ops/jari/business.h"
#include "tests/bench/bare_kafka.h"
#include "tests/bench/cluster_world.h"
#include "tests/bench/draws.h"
#include "tests/bench/stage.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari::bench {
namespace {

constexpr std::size_t kOpenOutstanding = 100'000;
constexpr std::size_t kPacedSeconds = 10;
constexpr std::size_t kAloneMax = 1'000;  // asked one at a time: each waits for the last
constexpr std::size_t kPerfToolColumns = 10;
constexpr std::size_t kBookingRecordBytes = 300;  // of one produce-consume round trip

FigureName name_of(const std::string& what, const std::string& load, const std::string& unit) {
  return {"kafka", what, load, unit, 0};
}

/// CPU time of the calling thread so far.
double thread_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

/// The topics of a log, and where their partitions end.
std::vector<BareTopic> topics_of(const KafkaLogOptions& options, const KafkaLog& log) {
  std::vector<BareTopic> all;
  for (const auto& topic : log.identity().topics) {
    all.push_back({options.cluster.topic_prefix + topic.name, {}});
  }
  for (const PartitionRef where : log.identity().partitions()) {
    all[where.topic].ends.push_back(log.end(where));
  }
  return all;
}

class KafkaRound {
 public:
  KafkaRound(const Settings& settings, const KafkaBenchSettings& kafka, Figures& figures)
      : settings_(settings), kafka_(kafka), figures_(figures), dir_(settings.dir) {
    static int made = 0;
    cluster_ = {dir_ / "node", kafka.brokers, kafka.replication, kafka.partitions,
                "bench-" + std::to_string(::getpid()) + "-" + std::to_string(++made) + "."};
  }

  void run() {
    bookings();
    follow();
    const auto options = log_options(cluster_);
    std::vector<std::uint32_t> sizes;
    const auto topics = topics_of(options, *value_or_end(KafkaLog::open(options)));
    add("consumed by librdkafka alone", "all partitions", "records/s",
        consume_all(options.cluster, topics, &sizes));
    const auto& booked = topics[kBookingsTopic];
    add("consumed by librdkafka alone", "the topic bookings", "records/s",
        consume_all(options.cluster, {booked}, nullptr));
    perf_tool(booked);
    produce(sizes);
  }

 private:
  void add(const std::string& what, const std::string& load, const std::string& unit,
           const Round& round) {
    figures_.add(name_of(what, load, unit), round);
  }

  /// Bookings through the engine, as fast as they go and so many a second; and beside each rate
  /// what one record takes to be read again.
  void bookings() {
    ClusterWorld world(cluster_);
    ClosedLoop loop(world.engine());
    Stage stage(world, loop);
    world.start(loop);
    stage.publish();
    const std::vector<std::size_t> rates{1'000, 5'000, 20'000};
    const std::vector<Pace> open{{1}, {512}, {4096}};
    std::size_t people = 0;
    for (const Pace& pace : open) people += requests(pace);
    for (const std::size_t rate : rates) people += paced(rate);
    stage.admit(0, people);
    std::size_t first = 0;
    const auto book = [&](std::size_t count, Pace pace) {
      const Round round = loop.run(count, pace, [&](std::size_t number, Ask& ask) {
        stage.ask_booking(ask, first + number, mixed(first + number) % kSlots);
      });
      first += count;
      return round;
    };
    for (const Pace& pace : open) {
      const std::string load = std::to_string(pace.outstanding) + " outstanding";
      const std::uint64_t before = world.records();
      const Round round = book(requests(pace), pace);
      const auto records = static_cast<double>(world.records() - before);
      add("bookings over 50,000 slots", load, "bookings/s", round);
      Round in_records = round;
      const auto count = static_cast<double>(requests(pace));
      in_records.per_second *= records / count;
      in_records.cpu_us *= count / records;
      add("their records", load, "records/s", in_records);
    }
    for (const std::size_t rate : rates) {
      const std::string load = std::to_string(rate) + " a second";
      add("a booking", load, "bookings/s", book(paced(rate), {kOpenOutstanding, rate}));
      round_trip(rate, load);
    }
    if (const auto found = stage.booked(); found != first) {
      std::fprintf(stderr, "bookings: %zu stand, %zu were counted\n", found, first);
      std::exit(1);
    }
    world.stop();
  }

  [[nodiscard]] std::size_t requests(const Pace& pace) const {
    return pace.outstanding == 1 ? std::min(settings_.requests, kAloneMax) : settings_.requests;
  }
  /// How many are asked at a rate.
  [[nodiscard]] std::size_t paced(std::size_t rate) const {
    const std::size_t all = rate * kPacedSeconds;
    return settings_.is_quick ? std::min(all, settings_.requests) : all;
  }

  void round_trip(std::size_t rate, const std::string& load) {
    ClusterSettings bare = cluster_;
    bare.prefix += "trip-" + std::to_string(rate) + ".";
    const auto topics = make_bare(bare);
    add("one record, appended and read", load, "records/s",
        round_trips(log_options(bare).cluster, topics[kBookingsTopic], paced(rate), rate,
                    kBookingRecordBytes));
  }

  /// Topics as a log has them, for others to fill.
  std::vector<BareTopic> make_bare(const ClusterSettings& bare) {
    const auto options = log_options(bare);
    const ops::SystemClock clock;
    value_or_end(make_kafka_log(options, ops::new_identity(4, clock.read().wall)));
    return topics_of(options, *value_or_end(KafkaLog::open(options)));
  }

  /// A node with nothing follows the whole log, and decides nothing itself. Its clock starts before
  /// it connects, as the bare consumer's does.
  void follow() {
    const TemporaryDirectory dir(settings_.dir);
    const auto disk = value_or_end(open_state_disk(dir.path()));
    ops::SystemClock clock;
    MemberOptions options;
    options.name = "follower";
    options.process = ops::random_hash();
    options.known = ops::known_versions();
    options.settings = ops::kSettingsPartition;
    options.make_consumer = ops::make_consumer;
    options.owns = false;
    options.release = [](NodeOptions::Calls) {};
    options.wake = [] {};
    options.leave_marker = [](const ParkMarker&) {};
    options.on_failure = [](const Error& why) { value_or_end(Result<void>{why}); };
    const double cpu_before = cpu_seconds();
    const double thread_before = thread_seconds();
    const auto start = std::chrono::steady_clock::now();
    auto log = value_or_end(KafkaLog::open(log_options(cluster_)));
    Member member(*log, *disk, clock, std::move(options));
    value_or_end(member.start());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    const double thread = thread_seconds() - thread_before;
    double records = 0;
    for (const auto& one : member.status()) records += static_cast<double>(one.applied);
    add("consumed and applied by a node that follows", "all partitions", "records/s",
        {records / took.count(), 0, 0, (cpu_seconds() - cpu_before) * 1e6 / records});
    add("the most that its one thread could", "by its CPU time", "records/s",
        {records / thread, 0, 0, thread * 1e6 / records});
  }

  /// On the last line: start.time, end.time, MB, MB.sec, nMsg, nMsg.sec (joining its group
  /// included), rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec (without).
  void perf_tool(const BareTopic& topic) {
    if (kafka_.perf_tool.empty()) return;
    std::uint64_t count = 0;
    for (const std::uint64_t end : topic.ends) count += end;
    const std::string command = kafka_.perf_tool + " --bootstrap-server " + kafka_.brokers +
                                " --topic " + topic.name + " --num-records " +
                                std::to_string(count) + " 2>/dev/null";
    FILE* const out = ::popen(command.c_str(), "r");
    std::string last;
    std::array<char, 512> line{};
    while (out != nullptr && std::fgets(line.data(), line.size(), out) != nullptr) {
      if (line[0] != '\n') last = line.data();
    }
    if (out == nullptr || ::pclose(out) != 0) {
      std::cerr << "Kafka's own tool failed: " << command << '\n';
      return;
    }
    std::istringstream columns(last);
    std::vector<double> values;
    for (std::string column; std::getline(columns, column, ',');) {
      values.push_back(std::strtod(column.c_str(), nullptr));
    }
    if (values.size() != kPerfToolColumns) {
      std::cerr << "Kafka's own tool printed other columns: " << last;
      return;
    }
    add("consumed by kafka-consumer-perf-test", "the topic bookings", "records/s",
        {values[5], 0, 0, 0});
    add("consumed by kafka-consumer-perf-test", "the same, once it has joined", "records/s",
        {values[9], 0, 0, 0});
  }

  /// As many records of the same lengths as the log has.
  void produce(const std::vector<std::uint32_t>& sizes) {
    ClusterSettings bare = cluster_;
    bare.prefix += "bare.";
    const auto topics = make_bare(bare);
    add("appended by librdkafka alone", "acks=all", "records/s",
        produce_all(log_options(bare).cluster, topics, sizes));
  }

  const Settings& settings_;
  const KafkaBenchSettings& kafka_;
  Figures& figures_;
  TemporaryDirectory dir_;
  ClusterSettings cluster_;
};

}  // namespace

void bench_kafka(const Settings& settings, const KafkaBenchSettings& kafka, Figures& figures) {
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    std::cerr << "round " << round + 1 << " of " << settings.rounds << '\n';
    KafkaRound(settings, kafka, figures).run();
  }
}

}  // namespace jari::bench
