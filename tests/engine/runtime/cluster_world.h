// tests/engine/runtime/cluster_world.h — several nodes of the toy business in one thread, on one
// simulated cluster, each with its clock, its disk, its life and its death.
#pragma once

#include "engine/log/simulated/simulated_cluster.h"
#include "engine/runtime/member.h"
#include "tests/engine/runtime/node_world.h"

namespace jari::toy {

constexpr milliseconds kTakeover{1'000};
inline const std::vector<std::string> kPlaces{"here", "there", "elsewhere"};
inline const PartitionRef kHere = World::home_of("here");
inline const PartitionRef kThere = World::home_of("there");
inline const PartitionRef kFactsOfHere{kFacts, static_cast<PartitionNo>(partition_of("here", 2))};

/// One node: the process in it comes and goes, its disk stays.
class Process : public Listener {
 public:
  explicit Process(std::string its_name) : name(std::move(its_name)) {}

  Result<void> live(SimulatedCluster& cluster, std::vector<ParkMarker> markers = {}) {
    log = std::make_unique<SimulatedClient>(cluster);
    MemberOptions options;
    options.name = name;
    options.process = {++lives, static_cast<std::uint64_t>(name.front())};
    options.on_namesake = [this](bool is_to_end) { namesake = is_to_end; };
    options.known = known;
    options.settings = {kWork, 0};
    options.markers = std::move(markers);
    options.owns = owns;
    options.lost_sinks = lost_sinks;
    options.takeover_after = kTakeover;
    if (batch_requests_max) options.batch_requests_max = *batch_requests_max;
    if (waiting_bytes_max) options.waiting_bytes_max = *waiting_bytes_max;
    options.find_copy = find_copy;
    options.make_consumer = [this](PartitionRef where, Store& store) {
      return make_toy(where, store);
    };
    options.leave_marker = [this](const ParkMarker& marker) { on_marker(marker); };
    options.wake = [] {};
    member = std::make_unique<Member>(*log, *disk, clock, std::move(options));
    member->listen(*this);
    return member->start();
  }
  void kill() {
    member.reset();
    log.reset();
  }
  void lose_disk() { disk = make_memory_disk(); }

  [[nodiscard]] std::optional<std::string> parked(PartitionRef where) const {
    for (const auto& status : member->status()) {
      if (status.where == where) return status.parked;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::string digest(PartitionRef where) const {
    for (const auto& status : member->status()) {
      if (status.where == where) return to_text(status.digest);
    }
    return "";
  }
  Toy& toy(std::string_view place) {
    return dynamic_cast<Toy&>(*member->consumer(World::home_of(place)));
  }
  /// What a task sees, after the next step.
  void look(const std::function<void(Turn&)>& at) {
    ASSERT_TRUE(member->post([&](Turn& turn) { at(turn); }));
    member->step();
  }

  void decided(PartitionRef, std::string_view, std::string_view request, Bytes outcome,
               Turn& turn) override {
    turn.after_durable([this, request = std::string(request),
                        text = std::string(text_of(outcome))] { told[request] = text; });
  }
  void batch_applied(Turn&) override {}
  void counted(PartitionRef, std::string_view what, std::string_view label,
               std::uint64_t add) override {
    counts[std::string(what) + " " + std::string(label)] += add;
  }

  std::string name;
  std::uint64_t lives = 0;
  HandClock clock;
  KnownVersions known;
  bool owns = true;
  std::vector<TopicNo> lost_sinks;
  std::optional<std::size_t> batch_requests_max;
  std::optional<std::size_t> waiting_bytes_max;
  FindCopy find_copy;
  std::optional<bool> namesake;  // another has its name; whether this one is to end
  bool is_frozen = false;
  std::unique_ptr<StateDisk> disk = make_memory_disk();
  std::unique_ptr<SimulatedClient> log;
  std::unique_ptr<Member> member;
  std::map<std::string, std::string> told;
  std::map<std::string, std::uint64_t> counts;
  MakePartitionConsumer make_toy = [](PartitionRef, Store& store) {
    return std::make_unique<Toy>(store);
  };
  std::function<void(const ParkMarker&)> on_marker = [](const ParkMarker&) {};
};

class ClusterWorld {
 public:
  static constexpr milliseconds kStep{50};

  explicit ClusterWorld(std::size_t nodes, const ClusterOptions& options = {},
                        const LogIdentity& identity = World::identity())
      : cluster(identity, options) {
    cluster.tell_late();
    for (std::size_t i = 0; i < nodes; ++i) add();
  }
  Process& add(const std::function<void(Process&)>& prepare = [](Process&) {}) {
    processes.push_back(
        std::make_unique<Process>(std::string(1, static_cast<char>('a' + processes.size()))));
    Process& process = *processes.back();
    if (processes.size() > 1) process.clock.reading = processes.front()->clock.reading;
    prepare(process);
    process.live(cluster).value();
    return process;
  }
  Process& node(std::size_t index) { return *processes[index]; }

  /// So much time passes, for all; who is neither dead nor frozen takes steps.
  void run(milliseconds gap, bool settles = true) {
    for (milliseconds passed{0}; passed < gap; passed += kStep) {
      for (auto& process : processes) process->clock.pass(kStep);
      for (auto& process : processes) {
        if (process->member && !process->is_frozen) process->member->step();
      }
      if (settles) {
        cluster.settle();
      } else {
        for (int i = 0; i < 5; ++i) cluster.step();
      }
    }
  }
  /// Until every partition has an owner that speaks.
  void begin() { run(3 * kTakeover); }

  [[nodiscard]] std::vector<std::size_t> owners(PartitionRef where) const {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < processes.size(); ++i) {
      const Process& process = *processes[i];
      if (process.member && process.member->speaks_for(where)) all.push_back(i);
    }
    return all;
  }
  [[nodiscard]] std::size_t owner(PartitionRef where) const {
    const auto all = owners(where);
    CHECK(all.size() == 1);
    return all.front();
  }
  /// How many partitions each node speaks for.
  [[nodiscard]] std::vector<std::size_t> shares() const {
    std::vector<std::size_t> all(processes.size());
    for (const PartitionRef where : consumer_partitions(cluster.identity())) {
      for (const std::size_t index : owners(where)) ++all[index];
    }
    return all;
  }

  void send(std::size_t through, const std::string& from, const std::string& to,
            std::uint32_t count, const std::string& request) {
    const std::string record = request_record(kSend, {from, to, count, 0}, request);
    ASSERT_TRUE(node(through).member->post(
        [record, from](Turn& turn) { turn.append(turn.home_of(kWork, from), bytes_of(record)); }));
  }
  /// A record of the engine's own, as anybody might append it.
  template <class Body>
  void put_own(PartitionRef where, RecordKind kind, const Body& body,
               std::optional<Asked> asked = {}) {
    flat::Builder body_builder;
    flat::Builder builder;
    Envelope envelope;
    envelope.kind = kind;
    envelope.asked = asked;
    envelope.body = flat::write_root(body_builder, body);
    cluster.put(where, write_envelope(builder, envelope));
  }
  /// Every record of a partition, or sink.
  [[nodiscard]] std::vector<std::string> records(PartitionRef where) {
    std::vector<std::string> all;
    SimulatedClient reader(cluster);
    const std::vector<LogPlace> from{{where, reader.ends(where).begin}};
    reader
        .read(from,
              [&](const LogRecord& record) {
                all.emplace_back(text_of(record.bytes));
                return true;
              })
        .value();
    return all;
  }

  SimulatedCluster cluster;
  std::vector<std::unique_ptr<Process>> processes;
};

/// All nodes, and a replay by nobody, have the same state; nothing is lost, doubled or on its way.
inline void expect_exact(ClusterWorld& world, const std::vector<std::string>& places) {
  for (const auto& process : world.processes) {  // to the end; what it says now stays on its way
    if (process->member && !process->is_frozen) process->member->step();
  }
  SimulatedClient reader(world.cluster);
  const auto all = replay(
      reader, {kWork, 0}, {1, 9},
      [](PartitionRef, Store& store) { return std::make_unique<Toy>(store); }, {}, [](auto) {});
  ASSERT_TRUE(all.has_value());
  for (const auto& one : *all) {
    EXPECT_FALSE(one.differs) << *one.differs;
    for (const auto& process : world.processes) {
      if (!process->member || process->is_frozen) continue;
      EXPECT_EQ(process->parked(one.where), std::nullopt) << process->name;
      EXPECT_EQ(process->digest(one.where), to_text(one.digest)) << process->name;
    }
  }
  for (const auto& process : world.processes) {
    if (!process->member || process->is_frozen) continue;
    std::uint64_t sent = 0;
    std::uint64_t arrived = 0;
    for (const std::string& place : places) {
      sent += process->toy(place).at(place).sent;
      arrived += process->toy(place).at(place).arrived;
    }
    EXPECT_EQ(arrived, sent) << process->name;
    EXPECT_EQ(process->counts["streams misfit"], 0U);
  }
}

}  // namespace jari::toy
