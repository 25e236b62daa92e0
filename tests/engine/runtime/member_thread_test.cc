// Members, each driven by its own thread, on a cluster that a thread of its own writes for.

#include <chrono>
#include <condition_variable>
#include <future>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "engine/runtime/node_thread.h"
#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

constexpr std::size_t kAskers = 4;
constexpr std::size_t kAsks = 50;  // of each

struct SteadyClock final : Clock {
  [[nodiscard]] ClockReading read() const override {
    const auto passed = std::chrono::duration_cast<milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
    return {Instant{1'600'000'000'000 + passed.count()}, passed};
  }
};

/// What stands, and whoever writes it: one at a time.
class Broker {
 public:
  Broker() : cluster_(World::identity()), writes_([this] { run(); }) {}
  ~Broker() {
    {
      const std::scoped_lock lock(mutex);
      is_ending_ = true;
    }
    has_work.notify_one();
    writes_.join();
  }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  [[nodiscard]] SimulatedCluster& cluster() { return cluster_; }
  /// Whatever is appended from now on does not come to stand.
  void stand_still() {
    const std::scoped_lock lock(mutex);
    stands_still_ = true;
  }

  std::mutex mutex;
  std::condition_variable has_work;

 private:
  void run() {
    std::unique_lock lock(mutex);
    while (!is_ending_) {
      if (!stands_still_) cluster_.settle();
      has_work.wait(lock,
                    [this] { return is_ending_ || (!stands_still_ && cluster_.on_its_way() > 0); });
    }
  }
  SimulatedCluster cluster_;
  bool is_ending_ = false;
  bool stands_still_ = false;
  std::thread writes_;
};

/// A client of it that any thread may use.
class LockedClient final : public Log {
 public:
  explicit LockedClient(Broker& broker) : broker_(broker) {
    const std::scoped_lock lock(broker.mutex);
    client_ = std::make_unique<SimulatedClient>(broker.cluster());
  }
  ~LockedClient() override {
    const std::scoped_lock lock(broker_.mutex);
    client_.reset();
  }
  [[nodiscard]] const LogIdentity& identity() const override { return client_->identity(); }
  [[nodiscard]] LogWriters writers() const override { return LogWriters::Many; }
  void append(LogBatch batch, Done done) override {
    {
      const std::scoped_lock lock(broker_.mutex);
      client_->append(std::move(batch), std::move(done));
    }
    broker_.has_work.notify_one();
  }
  void flush() override {
    const std::scoped_lock lock(broker_.mutex);
    client_->flush();
  }
  [[nodiscard]] Offset end(PartitionRef where) const override {
    const std::scoped_lock lock(broker_.mutex);
    return client_->end(where);
  }
  [[nodiscard]] LogEnds ends(PartitionRef where) const override {
    const std::scoped_lock lock(broker_.mutex);
    return client_->ends(where);
  }
  /// What is visited is a copy: whoever visits may ask for ends.
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override {
    std::vector<std::pair<LogRecord, std::vector<std::uint64_t>>> records;
    {
      const std::scoped_lock lock(broker_.mutex);
      auto read = client_->read(from, [&](const LogRecord& record) {
        auto& [copy, bytes] = records.emplace_back();
        bytes.assign((record.bytes.size() + 7) / 8, 0);
        std::copy(record.bytes.begin(), record.bytes.end(),
                  std::as_writable_bytes(std::span{bytes}).begin());
        copy = {record.where, record.offset,
                std::as_bytes(std::span{bytes}).first(record.bytes.size())};
        return true;
      });
      if (!read) return read;
    }
    for (const auto& [record, bytes] : records) {
      if (!visit(record)) break;
    }
    return {};
  }

 private:
  Broker& broker_;
  std::unique_ptr<SimulatedClient> client_;
};

/// One member with its thread; tells when so many different requests have been answered.
class Running : public Listener {
 public:
  Running(Broker& broker, std::string name, std::size_t answers)
      : answers_(answers), log_(broker), disk_(make_memory_disk()) {
    MemberOptions options;
    options.name = name;
    options.process = {1, static_cast<std::uint64_t>(name.front())};
    options.settings = {kWork, 0};
    options.takeover_after = milliseconds{60};
    options.make_consumer = [](PartitionRef, Store& store) { return std::make_unique<Toy>(store); };
    options.leave_marker = [](const ParkMarker&) {};
    options.wake = [this] { thread_.wake(); };
    member_ = std::make_unique<Member>(log_, *disk_, clock_, std::move(options));
    member_->listen(*this);
    member_->start().value();
    thread_.start(*member_);
  }
  void stop() { thread_.stop(); }
  bool stop(milliseconds patience) { return thread_.stop(patience); }
  [[nodiscard]] Member& member() { return *member_; }
  [[nodiscard]] std::future<void> all_told() { return is_told_.get_future(); }
  [[nodiscard]] std::set<std::string> told() const { return told_; }

  void decided(PartitionRef, std::string_view, std::string_view request, Bytes,
               Turn& turn) override {
    turn.after_durable([this, request = std::string(request)] {
      if (told_.insert(request).second && told_.size() == answers_) is_told_.set_value();
    });
  }
  void batch_applied(Turn&) override {}
  void counted(PartitionRef, std::string_view, std::string_view, std::uint64_t) override {}

 private:
  std::size_t answers_;
  SteadyClock clock_;
  LockedClient log_;
  std::unique_ptr<StateDisk> disk_;
  NodeThread thread_;
  std::unique_ptr<Member> member_;
  std::set<std::string> told_;  // until stop(), of its thread
  std::promise<void> is_told_;
};

TEST(MemberThread, TwoOfThemDecideWhatManyThreadsAskAndStopWhenItStands) {
  Broker broker;
  Running one(broker, "a", kAskers * kAsks);
  Running other(broker, "b", kAskers * kAsks);
  std::vector<std::thread> askers;
  for (std::size_t asker = 0; asker < kAskers; ++asker) {
    askers.emplace_back([&, asker] {
      for (std::size_t i = 0; i < kAsks; ++i) {
        const std::string from = kPlaces[i % kPlaces.size()];
        const std::string record =
            request_record(kSend, {from, kPlaces[(i + 1) % kPlaces.size()], 1, 0},
                           std::to_string(asker) + "/" + std::to_string(i));
        Running& through = asker % 2 == 0 ? one : other;
        const bool is_taken = through.member().post([from, record](Turn& turn) {
          turn.append(turn.home_of(kWork, from), bytes_of(record));
        });
        EXPECT_TRUE(is_taken);
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  one.all_told().wait();  // every node follows all: each tells all of them
  other.all_told().wait();
  one.stop();
  other.stop();
  EXPECT_FALSE(one.member().post([](Turn&) {}));
  EXPECT_TRUE(one.member().drained());
  EXPECT_EQ(one.told(), other.told());
}

TEST(MemberThread, StopsThoughTheLogDoesNotAnswerAndSaysWhatDoesNotStand) {
  Broker broker;
  Running one(broker, "a", 0);
  broker.stand_still();
  bool is_told = false;  // of its thread
  for (const std::string request : {"r", "s"}) {
    ASSERT_TRUE(one.member().post([&, request](Turn& turn) {
      turn.append(turn.home_of(kWork, "here"),
                  bytes_of(request_record(kSend, {"here", "there", 1, 0}, request)));
      turn.after_durable([&] { is_told = true; });
    }));
  }
  EXPECT_FALSE(one.stop(milliseconds{50}));
  EXPECT_EQ(one.member().unwritten(), 2U);
  EXPECT_FALSE(is_told);
}

TEST(MemberThread, StopsAtOnceWhereNothingWaitsForALogThatDoesNotAnswer) {
  Broker broker;
  Running one(broker, "a", 0);
  broker.stand_still();
  EXPECT_TRUE(one.stop(std::chrono::hours{1}));
  EXPECT_EQ(one.member().unwritten(), 0U);
}

TEST(MemberThread, WhatWasTakenStandsWhenItHasStopped) {
  Broker broker;
  {
    Running one(broker, "a", 0);
    for (std::size_t i = 0; i < kAsks; ++i) {
      const std::string record =
          request_record(kSend, {"here", "there", 1, 0}, "r" + std::to_string(i));
      ASSERT_TRUE(one.member().post(
          [record](Turn& turn) { turn.append(turn.home_of(kWork, "here"), bytes_of(record)); }));
    }
    one.stop();
  }
  LockedClient reader(broker);
  const LogPlace from{kHere, 0};
  std::set<std::string> stand;
  reader
      .read({&from, 1},
            [&](const LogRecord& record) {
              const auto envelope = read_envelope(record.bytes).value();
              if (envelope.asked) stand.insert(std::string(envelope.asked->request));
              return true;
            })
      .value();
  EXPECT_EQ(stand.size(), kAsks);
}

}  // namespace
}  // namespace jari::toy
