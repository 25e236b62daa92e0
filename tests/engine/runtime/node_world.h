// tests/engine/runtime/node_world.h — a node of the toy business on a simulated log, a clock that
// is set by hand, and a disk in memory: lives, crashes and lives again.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "engine/log/simulated/simulated_log.h"
#include "engine/runtime/node.h"
#include "engine/runtime/replay.h"
#include "tests/engine/runtime/toy_consumer.h"

namespace jari::toy {

struct HandClock final : Clock {
  ClockReading reading{{1'600'000'000'000}, milliseconds{50'000}};
  [[nodiscard]] ClockReading read() const override { return reading; }
  void pass(milliseconds gap) {
    reading.wall = reading.wall + gap;
    reading.since_boot += gap;
  }
};

[[nodiscard]] inline std::string request_record(std::uint16_t type, const Parcel& parcel,
                                                std::string_view request) {
  const std::string body = body_of(parcel);
  Envelope envelope;
  envelope.kind = RecordKind::Request;
  envelope.type = type;
  envelope.version = 1;
  envelope.body = bytes_of(body);
  envelope.asked = Asked{};
  envelope.asked->request = request;
  envelope.asked->by = "somebody";
  flat::Builder builder;
  return std::string(text_of(write_envelope(builder, envelope)));
}

/// As much as a snapshot has: the disk as it is now.
[[nodiscard]] inline std::unique_ptr<StateDisk> copy_of(StateDisk& disk) {
  auto copy = make_memory_disk();
  StateBatch rows;
  CHECK(disk.load([&](PartitionRef where, std::uint8_t table, std::string_view key,
                      std::string_view row) {
              rows.of(where);
              rows.put(table, key, row);
              return Result<void>{};
            })
            .has_value());
  copy->write(std::move(rows));
  return copy;
}

class World : public Listener {
 public:
  static constexpr PartitionNo kPartitions = 3;

  explicit World(const SimulatedLogOptions& options = {})
      : log(identity(), options), disk(make_memory_disk()) {
    CHECK(live().has_value());
  }

  static LogIdentity identity() {
    LogIdentity identity;
    identity.incarnation = {7, 7};
    identity.topics = {{"work", kPartitions, false}, {"facts", 2, true}};
    identity.begins = {1'600'000'000'000};
    identity.stream_window = 2'000;
    identity.outage_ms = 10'000;
    return identity;
  }

  /// A new process on the same log; on the same disk unless that was lost.
  Result<void> live(std::vector<ParkMarker> markers = {}) {
    auto started = begin_life(std::move(markers));
    if (started) settle();
    return started;
  }
  Result<void> live_unsettled(bool loses_disk = false) {
    if (loses_disk) disk = make_memory_disk();
    return begin_life({});
  }
  Result<void> crash_and_live(bool loses_disk = false, std::vector<ParkMarker> markers = {}) {
    node.reset();
    log.crash();
    if (loses_disk) disk = make_memory_disk();
    return live(std::move(markers));
  }

  void settle() {
    for (int i = 0; i < 8; ++i) {
      node->step();
      log.settle();
    }
  }

  void ask(std::uint16_t type, const Parcel& parcel, const std::string& request,
           std::optional<PartitionRef> where = {}) {
    const std::string record = request_record(type, parcel, request);
    ASSERT_TRUE(node->post([record, where, place = parcel.place](Turn& turn) {
      turn.append(where.value_or(turn.home_of(kWork, place)), bytes_of(record));
    }));
  }
  void send(const std::string& from, const std::string& to, std::uint32_t count,
            const std::string& request) {
    ask(kSend, {from, to, count, 0}, request);
  }
  void send_later(const std::string& from, const std::string& to, std::uint32_t count,
                  milliseconds after) {
    ask(kLater, {from, to, count, static_cast<std::uint32_t>(after.count())}, "later");
  }

  /// A record of the engine's own, as an operator or another node would append it.
  template <class Body>
  void append_own(PartitionRef where, RecordKind kind, const Body& body,
                  std::optional<Asked> asked = {}) {
    flat::Builder body_builder;
    flat::Builder builder;
    Envelope envelope;
    envelope.kind = kind;
    envelope.asked = asked;
    envelope.body = flat::write_root(body_builder, body);
    const std::string record{text_of(write_envelope(builder, envelope))};
    ASSERT_TRUE(node->post([record, where](Turn& turn) { turn.append(where, bytes_of(record)); }));
  }
  [[nodiscard]] LogTime time(PartitionRef where) {
    LogTime time;
    look([&](Turn& turn) { time = turn.time(where); });
    return time;
  }
  /// Rows of the fullest stream from this partition that nobody has acknowledged.
  [[nodiscard]] std::uint32_t unacknowledged(PartitionRef where) {
    std::uint32_t rows = 0;
    look([&](Turn& turn) { rows = turn.fullest_stream(where); });
    return rows;
  }
  [[nodiscard]] std::optional<std::string> parked(PartitionRef where) const {
    for (const auto& status : node->status()) {
      if (status.where == where) return status.parked;
    }
    return std::nullopt;
  }

  static PartitionRef home_of(std::string_view place) {
    return {kWork, static_cast<PartitionNo>(partition_of(place, kPartitions))};
  }

  Toy& toy(std::string_view place) { return dynamic_cast<Toy&>(*node->consumer(home_of(place))); }
  std::vector<std::string> digests() {
    std::vector<std::string> all;
    for (const auto& status : node->status()) all.push_back(to_text(status.digest));
    return all;
  }

  void decided(PartitionRef, std::string_view, std::string_view request, Bytes outcome,
               Turn& turn) override {
    seen[std::string(request)] = text_of(outcome);
    turn.after_durable([this, request = std::string(request),
                        text = std::string(text_of(outcome))] { told[request] = text; });
  }
  void batch_applied(Turn&) override {}
  void counted(PartitionRef, std::string_view what, std::string_view label,
               std::uint64_t add) override {
    counts[std::string(what) + " " + std::string(label)] += add;
  }

  HandClock clock;
  SimulatedLog log;
  std::unique_ptr<StateDisk> disk;
  std::unique_ptr<StateDisk> spare_disk = make_memory_disk();
  std::unique_ptr<Node> node;
  std::uint64_t lives = 0;
  std::size_t requests_max = 4096;  // of the next life, as is what follows
  milliseconds rows_every{0};       // with each commit
  MakePartitionConsumer make_toy = [](PartitionRef, Store& store) {
    return std::make_unique<Toy>(store);
  };
  std::map<std::string, std::string> seen;  // decided on the engine's thread
  std::map<std::string, std::string> told;  // after it was durable
  std::map<std::string, std::uint64_t> counts;
  std::string failed;
  std::function<void()> on_release = [] {};
  std::function<void(const ParkMarker&)> on_marker = [](const ParkMarker&) {};

 private:
  Result<void> begin_life(std::vector<ParkMarker> markers) {
    NodeOptions options;
    options.process = {++lives, 1};
    options.settings = {kWork, 0};
    options.markers = std::move(markers);
    options.batch_requests_max = requests_max;
    options.rows_every = rows_every;
    options.make_consumer = make_toy;
    options.release = [this](NodeOptions::Calls calls) {
      on_release();
      for (auto& call : calls) call();
    };
    options.on_failure = [this](const Error& why) { failed = why.detail; };
    options.leave_marker = [this](const ParkMarker& marker) { on_marker(marker); };
    options.wake = [] {};
    node = std::make_unique<Node>(log, *disk, clock, std::move(options));
    node->listen(*this);
    return node->start();
  }
  void look(const std::function<void(Turn&)>& at) {
    ASSERT_TRUE(node->post([&](Turn& turn) { at(turn); }));
    node->step();
  }
};

}  // namespace jari::toy
