#include "tests/bench/engine_bench.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "engine/runtime/replay.h"
#include "ops/jari/business.h"
#include "tests/bench/apply_bench.h"
#include "tests/bench/draws.h"
#include "tests/bench/engine_world.h"
#include "tests/bench/stage.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari::bench {
namespace {

constexpr double kZipf = 1.1;
constexpr std::size_t kOpenOutstanding = 100'000;  // asked by a rate: what nobody comes near
constexpr std::size_t kPacedSeconds = 10;          // in which the state is written behind, too
constexpr std::size_t kStride = 7'919;             // spreads the ranks of Zipf over sites; a prime

enum class Wants { Ticket, EvenSlots, ZipfSlots, HotSlot };

struct Scenario {
  FigureName name;
  Wants wants;
  Pace pace;

  /// Of one round.
  [[nodiscard]] std::size_t requests(const Settings& settings) const {
    if (settings.is_quick) return settings.requests;
    return std::max(settings.requests, pace.per_second * kPacedSeconds);
  }
};

std::vector<Scenario> all_scenarios() {
  std::vector<Scenario> all;
  const auto add = [&](Wants wants, const std::string& what, const std::string& unit,
                       double postgresql, std::size_t outstanding) {
    const std::string load = std::to_string(outstanding) + " outstanding";
    all.push_back({{"engine", what, load, unit, postgresql}, wants, {outstanding}});
  };
  for (const std::size_t outstanding : {512, 4096, 16384}) {
    add(Wants::EvenSlots, "bookings over 50,000 slots", "bookings/s", 11'400, outstanding);
    add(Wants::ZipfSlots, "bookings by Zipf 1.1", "bookings/s", 8'100, outstanding);
    add(Wants::HotSlot, "bookings of one hot slot", "bookings/s", 3'500, outstanding);
    add(Wants::Ticket, "tickets of one line", "tickets/s", 19'300, outstanding);
  }
  // So few at a time that a commit has one or two of them: what a commit itself costs.
  add(Wants::EvenSlots, "bookings over 50,000 slots", "bookings/s", 11'400, 4);
  for (const std::size_t per_second : {10'000, 25'000, 50'000}) {
    const std::string load = std::to_string(per_second) + " asked a second";
    all.push_back({{"engine", "bookings over 50,000 slots", load, "bookings/s", 0},
                   Wants::EvenSlots,
                   {kOpenOutstanding, per_second}});
  }
  return all;
}

const FigureName kReplay{"replay", "every record, digests compared", "one thread", "records/s", 0};

[[noreturn]] void end_with(const char* what, std::size_t found, std::size_t counted) {
  std::fprintf(stderr, "%s: %zu stand, %zu were counted\n", what, found, counted);
  std::exit(1);
}

class EngineRound {
 public:
  explicit EngineRound(const std::string& dir)
      : world_(dir), loop_(world_.node()), stage_(world_, loop_) {
    world_.start(loop_);
    stage_.publish();
  }

  void admit(std::size_t people) { stage_.admit(0, people); }

  Round run(const Scenario& scenario, std::size_t requests) {
    const bool is_ticket = scenario.wants == Wants::Ticket;
    std::size_t& done = is_ticket ? tickets_ : bookings_;
    const std::size_t first = done;
    static_cast<void>(world_.take_slowest_write());
    Round round = loop_.run(requests, scenario.pace, [&](std::size_t number, Ask& ask) {
      const std::size_t person = first + number;
      if (is_ticket) return stage_.ask_ticket(ask, person, kTicketLine);
      stage_.ask_booking(ask, person, slot_for(scenario.wants, person));
    });
    round.write_ms = std::chrono::duration<double, std::milli>(world_.take_slowest_write()).count();
    done += requests;
    return round;
  }

  void check() {
    if (const auto found = stage_.booked(); found != bookings_) {
      end_with("bookings", found, bookings_);
    }
    if (const auto found = stage_.tickets(kTicketLine); found != tickets_) {
      end_with("tickets", found, tickets_);
    }
  }

  /// The log of all that was asked, once it is stopped.
  [[nodiscard]] EmbeddedLog& log() { return world_.log(); }

  /// The whole log again, in an empty place.
  Round replay_all() {
    world_.stop();
    const double cpu_before = cpu_seconds();
    const double from_s = now_seconds();
    const auto replayed =
        value_or_end(replay(world_.log(), ops::kSettingsPartition, ops::known_versions(),
                            ops::make_consumer, {}, [](std::uint64_t) {}));
    const double until_s = now_seconds();
    const double cpu = cpu_seconds() - cpu_before;
    std::size_t records = 0;
    for (const auto& one : replayed) records += one.next_offset;
    for (const auto& status : world_.node().status()) {
      for (const auto& one : replayed) {
        if (one.where != status.where) continue;
        if (one.digest != status.digest || one.differs) end_with("a digest differs", 0, records);
      }
    }
    const auto count = static_cast<double>(records);
    return {count / (until_s - from_s), 0, 0, cpu * 1e6 / count, from_s, until_s};
  }

 private:
  [[nodiscard]] std::size_t slot_for(Wants wants, std::size_t person) const {
    if (wants == Wants::HotSlot) return kHotSlot;
    if (wants == Wants::EvenSlots) return mixed(person) % kSlots;
    static const Draws kDraws(kSlots, kZipf);
    return kDraws.of(person) * kStride % kSlots;
  }

  EngineWorld world_;
  ClosedLoop loop_;
  Stage stage_;
  std::size_t bookings_ = 0;
  std::size_t tickets_ = 0;
};

}  // namespace

void bench_engine(const Settings& settings, std::size_t round, Figures& figures) {
  std::vector<Scenario> scenarios = all_scenarios();
  std::erase_if(scenarios, [&](const Scenario& one) { return !settings.wants(one.name); });
  const bool reads_again = settings.wants(kReplay) || wants_apply(settings);
  if (scenarios.empty() && !reads_again) return;
  if (scenarios.empty()) scenarios.push_back(all_scenarios().front());  // something to replay
  const TemporaryDirectory dir(settings.dir);
  EngineRound one(dir.path());
  std::size_t bookings = 0;
  for (const Scenario& which : scenarios) {
    if (which.wants != Wants::Ticket) bookings += which.requests(settings);
  }
  one.admit(bookings);
  // Each round begins with another: none is always the one on a fresh state.
  std::rotate(scenarios.begin(),
              scenarios.begin() + static_cast<std::ptrdiff_t>(round % scenarios.size()),
              scenarios.end());
  for (const Scenario& scenario : scenarios) {
    figures.add(scenario.name, one.run(scenario, scenario.requests(settings)));
  }
  one.check();
  if (!reads_again) return;
  const Round replayed = one.replay_all();
  if (settings.wants(kReplay)) figures.add(kReplay, replayed);
  bench_apply(settings, one.log(), figures);
}

}  // namespace jari::bench
