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
    NodeOptions options;
    options.process = {++lives, 1};
    options.settings = {kWork, 0};
    options.markers = std::move(markers);
    options.make_consumer = [](PartitionRef, Store& store) { return std::make_unique<Toy>(store); };
    options.release = [this](NodeOptions::Calls calls) {
      on_release();
      for (auto& call : calls) call();
    };
    options.on_failure = [this](const Error& why) { failed = why.detail; };
    options.leave_marker = [this](const ParkMarker& marker) { on_marker(marker); };
    options.wake = [] {};
    node = std::make_unique<Node>(log, *disk, clock, std::move(options));
    node->listen(*this);
    auto started = node->start();
    if (started) settle();
    return started;
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
    const std::string record{text_of(write_envelope(builder, envelope))};
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
  std::unique_ptr<Node> node;
  std::uint64_t lives = 0;
  std::map<std::string, std::string> seen;  // decided on the engine's thread
  std::map<std::string, std::string> told;  // after it was durable
  std::map<std::string, std::uint64_t> counts;
  std::string failed;
  std::function<void()> on_release = [] {};
  std::function<void(const ParkMarker&)> on_marker = [](const ParkMarker&) {};
};

}  // namespace jari::toy
