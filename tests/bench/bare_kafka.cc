#include "tests/bench/bare_kafka.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "engine/log/kafka/kafka_client.h"
#include "tests/bench/bench_world.h"

namespace jari::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kBatch = 1'000;
constexpr milliseconds kPatience{10'000};
constexpr std::size_t kUnansweredMax = 50'000;
constexpr int kPollMs = 10;  // a batch that is not full comes only then

[[noreturn]] void end_with(const char* what) {
  std::fprintf(stderr, "bare Kafka: %s\n", what);
  std::exit(1);
}

std::vector<std::string> names_of(const std::vector<BareTopic>& topics) {
  std::vector<std::string> names;
  for (const BareTopic& topic : topics) names.push_back(topic.name);
  return names;
}

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

/// All partitions on one queue, from where they are said to begin.
class Consumer {
 public:
  Consumer(const KafkaSettings& cluster, const std::vector<BareTopic>& topics, bool from_begin)
      : client_(value_or_end(KafkaClient::make(KafkaRole::Follower, cluster, {}))),
        queue_(rd_kafka_queue_new(client_->handle())) {
    value_or_end(client_->take_topics(names_of(topics), kPatience));
    for (std::size_t topic = 0; topic < topics.size(); ++topic) {
      for (std::size_t i = 0; i < topics[topic].ends.size(); ++i) {
        started_.emplace_back(topic, static_cast<std::int32_t>(i));
        const auto from = static_cast<std::int64_t>(from_begin ? 0 : topics[topic].ends[i]);
        const int begun = rd_kafka_consume_start_queue(
            client_->topic(topic), static_cast<std::int32_t>(i), from, queue_.get());
        if (begun != 0) end_with("a partition cannot be read");
      }
    }
  }
  ~Consumer() {
    for (const auto& [topic, partition] : started_) {
      rd_kafka_consume_stop(client_->topic(topic), partition);
    }
    queue_.reset();
  }
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  /// Calls take(message) for each record that has come.
  template <class Take>
  void read(Take take) {
    const auto count =
        rd_kafka_consume_batch_queue(queue_.get(), kPollMs, messages_.data(), messages_.size());
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      rd_kafka_message_t* const one = messages_[static_cast<std::size_t>(i)];
      if (one->err == RD_KAFKA_RESP_ERR_NO_ERROR) take(*one);
      rd_kafka_message_destroy(one);
    }
  }
  /// One of them, as soon as it comes.
  template <class Take>
  void read_one(Take take) {
    rd_kafka_message_t* const one = rd_kafka_consume_queue(queue_.get(), kPollMs);
    if (one == nullptr) return;
    if (one->err == RD_KAFKA_RESP_ERR_NO_ERROR) take(*one);
    rd_kafka_message_destroy(one);
  }

 private:
  std::unique_ptr<KafkaClient> client_;
  RdQueue queue_;
  std::vector<std::pair<std::size_t, std::int32_t>> started_;
  std::array<rd_kafka_message_t*, kBatch> messages_{};
};

class Producer {
 public:
  Producer(const KafkaSettings& cluster, const std::vector<BareTopic>& topics)
      : client_(value_or_end(KafkaClient::make(
            KafkaRole::Writer, cluster, {{}, [this](const auto& one) { told(one); }, {}, {}}))) {
    value_or_end(client_->take_topics(names_of(topics), kPatience));
  }
  void produce(std::size_t topic, std::int32_t partition, const char* bytes, std::size_t size) {
    while (rd_kafka_produce(client_->topic(topic), partition, RD_KAFKA_MSG_F_COPY,
                            const_cast<char*>(bytes), size, nullptr, 0, nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) end_with("it takes no record");
      poll(1);
    }
    ++asked_;
  }
  void poll(int timeout_ms) { rd_kafka_poll(client_->handle(), timeout_ms); }
  void wait_for_room(std::size_t unanswered) {
    while (asked_ - answered_ > unanswered) poll(1);
  }

 private:
  void told(const rd_kafka_message_t& one) {
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) end_with(rd_kafka_err2str(one.err));
    ++answered_;
  }
  std::size_t asked_ = 0;
  std::size_t answered_ = 0;
  std::unique_ptr<KafkaClient> client_;
};

}  // namespace

Round consume_all(const KafkaSettings& cluster, const std::vector<BareTopic>& topics,
                  std::vector<std::uint32_t>* sizes) {
  std::uint64_t left = 0;
  for (const BareTopic& topic : topics) {
    for (const std::uint64_t end : topic.ends) left += end;
  }
  const auto count = static_cast<double>(left);
  const double cpu_before = cpu_seconds();
  const auto start = SteadyClock::now();
  Consumer consumer(cluster, topics, true);
  while (left > 0) {
    consumer.read([&](const rd_kafka_message_t& one) {
      if (sizes != nullptr) sizes->push_back(static_cast<std::uint32_t>(one.len));
      if (left > 0) --left;
    });
  }
  const double took = seconds_since(start);
  return {count / took, 0, 0, (cpu_seconds() - cpu_before) * 1e6 / count};
}

Round produce_all(const KafkaSettings& cluster, const std::vector<BareTopic>& topics,
                  const std::vector<std::uint32_t>& sizes) {
  std::string bytes(std::size_t{8} << 20, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>("abcdefgh"[i * 7 % 8]);
  }
  Producer producer(cluster, topics);
  const double cpu_before = cpu_seconds();
  const auto start = SteadyClock::now();
  std::size_t turn = 0;
  for (const std::uint32_t size : sizes) {
    const std::size_t topic = turn++ % topics.size();
    const auto partition =
        static_cast<std::int32_t>(turn / topics.size() % topics[topic].ends.size());
    producer.produce(topic, partition, bytes.data(), std::min<std::size_t>(size, bytes.size()));
    if (turn % kBatch == 0) producer.poll(0);
    producer.wait_for_room(kUnansweredMax);
  }
  producer.wait_for_room(0);
  const double took = seconds_since(start);
  const auto count = static_cast<double>(sizes.size());
  return {count / took, 0, 0, (cpu_seconds() - cpu_before) * 1e6 / count};
}

Round round_trips(const KafkaSettings& cluster, const BareTopic& topic, std::size_t count,
                  std::size_t per_second, std::size_t bytes) {
  std::vector<SteadyClock::time_point> due(count);
  std::vector<double> took(count, 0);
  std::atomic<std::size_t> read{0};
  Consumer consumer(cluster, {topic}, false);
  const double cpu_before = cpu_seconds();
  const auto start = SteadyClock::now() + milliseconds{500};  // until the first fetch waits there
  for (std::size_t i = 0; i < count; ++i) {
    const std::chrono::duration<double> in(static_cast<double>(i) /
                                           static_cast<double>(per_second));
    due[i] = start + std::chrono::duration_cast<SteadyClock::duration>(in);
  }
  std::thread reader([&] {
    while (read < count) {
      consumer.read_one([&](const rd_kafka_message_t& one) {
        std::uint64_t number = 0;
        if (one.len < sizeof number) return;
        std::memcpy(&number, one.payload, sizeof number);
        if (number >= count) return;
        const std::chrono::duration<double, std::milli> late = SteadyClock::now() - due[number];
        took[number] = late.count();
        ++read;
      });
    }
  });
  Producer producer(cluster, {topic});
  std::string record(std::max(bytes, sizeof(std::uint64_t)), 'r');
  for (std::uint64_t number = 0; number < count; ++number) {
    std::this_thread::sleep_until(due[number]);
    std::memcpy(record.data(), &number, sizeof number);
    const auto partition = static_cast<std::int32_t>(number % topic.ends.size());
    producer.produce(0, partition, record.data(), record.size());
    producer.poll(0);
  }
  producer.wait_for_room(0);
  reader.join();
  Round round = round_of(std::move(took), now_seconds() - seconds_since(start));
  round.cpu_us = (cpu_seconds() - cpu_before) * 1e6 / static_cast<double>(count);
  return round;
}

}  // namespace jari::bench
