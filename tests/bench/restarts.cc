#include "tests/bench/restarts.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <numeric>
#include <stdexcept>

#include <malloc.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/runtime/node_parts.h"
#include "engine/runtime/partition_rows.h"
#include "tests/bench/draws.h"
#include "tests/bench/engine_world.h"
#include "tests/bench/figures.h"
#include "tests/bench/machine.h"
#include "tests/bench/stage.h"
#include "tests/engine/log/temporary_directory.h"

extern char** environ;

namespace jari::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Pace kTogether{4096};
constexpr std::size_t kShortTail = 1'000;        // people
constexpr std::size_t kLongTail = 10'000;        // at once, for as long as the state waits, nearly
constexpr std::size_t kLongTailSeconds = 12;     // it is written behind every 15
constexpr std::uint32_t kRunsOfATail = 100'000;  // more than it makes: its keys are its own
constexpr double kMb = 1e6;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A node on a directory, and those who ask it.
class Bookers {
 public:
  Bookers(const std::string& dir, std::uint32_t runs)
      : world_(dir), loop_(world_.node(), runs), stage_(world_, loop_) {
    world_.start(loop_);
  }
  ~Bookers() { world_.stop(); }  // before the loop that listens to it is gone
  Bookers(const Bookers&) = delete;
  Bookers& operator=(const Bookers&) = delete;

  void begin(std::size_t people, std::size_t bookers) {
    stage_.publish();
    stage_.make_eligible(0, people);
    stage_.let_in(0, bookers);
    book(bookers);
  }
  void cancel_and_book(std::size_t bookers) {
    std::vector<std::size_t> people(bookers);
    std::iota(people.begin(), people.end(), 0);
    const std::vector<std::string> appointments = stage_.appointments_of(people);
    loop_.run(bookers, kTogether, [&](std::size_t number, Ask& ask) {
      stage_.ask_cancel(ask, number, appointments[number]);
    });
    stage_.let_in(0, bookers);
    book(bookers);
  }
  [[nodiscard]] std::size_t records() {
    std::size_t sum = 0;
    for (const PartitionRef where : world_.log().identity().partitions()) {
      sum += world_.log().end(where);
    }
    return sum;
  }
  /// Of those that a state applies, the ones that it does not have.
  [[nodiscard]] std::size_t records_behind(const std::map<PartitionRef, Offset>& state) {
    std::size_t sum = 0;
    for (const PartitionRef where : consumer_partitions(world_.log().identity())) {
      const auto applied = state.find(where);
      sum += world_.log().end(where) - (applied == state.end() ? 0 : applied->second);
    }
    return sum;
  }
  [[nodiscard]] std::size_t booked() { return stage_.booked(); }
  [[nodiscard]] std::uint32_t runs() const { return loop_.runs(); }

 private:
  void book(std::size_t bookers) {
    loop_.run(bookers, kTogether, [&](std::size_t number, Ask& ask) {
      stage_.ask_booking(ask, number, mixed(number) % kSlots);
    });
  }

  EngineWorld world_;
  ClosedLoop loop_;
  Stage stage_;
};

/// Up to where the state on disk has applied each partition.
std::map<PartitionRef, Offset> positions_in(const std::string& dir) {
  const auto disk = value_or_end(open_state_disk(dir));
  std::map<PartitionRef, Offset> positions;
  value_or_end(disk->load([&](PartitionRef where, std::uint8_t table, std::string_view,
                              std::string_view row) -> Result<void> {
    if (table != kPositionTable) return {};
    const auto position = read_position(row);
    if (!position) return position.error();
    positions[where] = position->next_offset;
    return {};
  }));
  return positions;
}

/// The starts of all rounds: of each, what was measured in one round after the other.
struct Starts {
  struct After {
    std::string how;  // `kill -9, a short tail`
    std::vector<std::vector<Measured>> rounds;
  };
  std::vector<After> all;

  void add(const std::string& how, std::vector<Measured> figures) {
    auto at =
        std::find_if(all.begin(), all.end(), [&](const After& one) { return one.how == how; });
    if (at == all.end()) at = all.insert(at, {how, {}});
    at->rounds.push_back(std::move(figures));
  }
};

/// Of a figure in all rounds.
struct Spread {
  double least = 0, median = 0, most = 0;
};
Spread spread_of(const Starts::After& starts, std::size_t figure) {
  std::vector<double> values;
  for (const auto& round : starts.rounds) values.push_back(round[figure].value);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {*least, median_of(values), *most};
}

/// One round: a log of its own.
class Restarts {
 public:
  Restarts(const Settings& settings, std::size_t people, Starts& starts)
      : dir_(settings.dir), people_(people), bookers_(settings.requests), starts_(starts) {
    if (people < bookers_) throw std::runtime_error("fewer people than --requests who book");
    open();
    node_->begin(people_, bookers_);
  }

  void run() {
    const std::size_t once = node_->records();
    for (const std::size_t times : {1, 3, 10}) {
      while (node_->records() < times * once) node_->cancel_and_book(bookers_);
      start(std::to_string(times) + " x the records");
    }
    const std::string some = std::to_string(std::min(kShortTail, bookers_));
    const std::string many = std::to_string(std::min(kLongTail, bookers_));
    kill_after({some, "0"});
    start("kill -9, a short tail");
    kill_after({many, std::to_string(kLongTailSeconds)});
    start("kill -9, a long tail");
  }

 private:
  void open() { node_ = std::make_unique<Bookers>(dir_.path(), runs_); }
  void close() {
    if (node_) runs_ = node_->runs();
    node_.reset();
    ::malloc_trim(0);
  }
  void start(const std::string& how);
  void kill_after(std::vector<std::string> words);

  const TemporaryDirectory dir_;
  const std::size_t people_;
  const std::size_t bookers_;
  Starts& starts_;
  std::uint32_t runs_ = 0;
  std::unique_ptr<Bookers> node_;
};

/// Stops it, unless it was killed, starts it again, and says how that went.
void Restarts::start(const std::string& how) {
  close();
  const auto positions = positions_in(dir_.path());
  const double log = bytes_in(dir_ / "log") / kMb;
  const double state = bytes_in(dir_ / "state") / kMb;
  const double cpu = cpu_seconds();
  const auto begin = Clock::now();
  open();
  const double seconds = seconds_since(begin);
  const double cpu_seconds_taken = cpu_seconds() - cpu;
  const std::size_t records = node_->records();
  const std::size_t behind = node_->records_behind(positions);
  std::printf("%-22s %10zu %12zu %12zu %9.0f %9.0f %9.2f %9.2f\n", how.c_str(), people_, records,
              behind, log, state, seconds, cpu_seconds_taken);
  std::fflush(stdout);
  const auto number = [](std::size_t count) { return static_cast<double>(count); };
  starts_.add(how, {{"people", number(people_), "people"},
                    {"records", number(records), "records"},
                    {"behind the state on disk", number(behind), "records"},
                    {"log", log, "MB"},
                    {"state", state, "MB"},
                    {"start", seconds, "s"},
                    {"CPU of the start", cpu_seconds_taken, "s"}});
  if (const std::size_t found = node_->booked(); found != bookers_) {
    throw std::runtime_error("after the start the slots show " + std::to_string(found) +
                             " bookings, and " + std::to_string(bookers_) + " were granted");
  }
}

/// This program once more, told to cancel, to book, and to die of it.
void Restarts::kill_after(std::vector<std::string> words) {
  close();
  words.insert(words.begin(), {"/proc/self/exe", "--and-die", dir_.path(), std::to_string(runs_)});
  runs_ += kRunsOfATail;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = 0;
  int status = 0;
  const bool is_over =
      ::posix_spawn(&process, words[0].c_str(), nullptr, nullptr, arguments.data(), environ) == 0 &&
      ::waitpid(process, &status, 0) == process;
  if (!is_over || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
    throw std::runtime_error("the process that was to be killed has ended otherwise");
  }
}

/// Medians; and of more than one round how far the times lie apart.
std::vector<Measured> figures_of(const Starts::After& starts) {
  std::vector<Measured> figures;
  for (std::size_t i = 0; i < starts.rounds.front().size(); ++i) {
    const Measured& first = starts.rounds.front()[i];
    const Spread spread = spread_of(starts, i);
    figures.push_back({first.name, spread.median, first.unit});
    if (starts.rounds.size() == 1 || first.unit != "s") continue;
    figures.push_back({first.name + ", the least", spread.least, first.unit});
    figures.push_back({first.name + ", the most", spread.most, first.unit});
  }
  return figures;
}

void print_medians(const Starts& starts) {
  std::printf("medians of %zu rounds, in brackets the least and the most\n",
              starts.all.front().rounds.size());
  for (const Starts::After& one : starts.all) {
    std::printf("%-22s", one.how.c_str());
    for (std::size_t i = 0; i < one.rounds.front().size(); ++i) {
      const Measured& first = one.rounds.front()[i];
      if (first.unit != "s") continue;
      const Spread spread = spread_of(one, i);
      std::printf("  %s %.2f s (%.2f to %.2f)", first.name.c_str(), spread.median, spread.least,
                  spread.most);
    }
    std::printf("\n");
  }
}

}  // namespace

void bench_restarts(const Settings& settings, std::size_t people, Rows& rows) {
  std::printf("%-22s %10s %12s %12s %9s %9s %9s %9s\n", "a start after", "people", "records",
              "behind", "log MB", "state MB", "start s", "CPU s");
  Starts starts;
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    if (settings.rounds > 1) {
      std::printf("round %zu of %zu\n", round + 1, settings.rounds);
    }
    Restarts(settings, people, starts).run();
  }
  if (settings.rounds > 1) print_medians(starts);
  for (const Starts::After& one : starts.all) rows.add(one.how, figures_of(one));
}

void cancel_and_book_and_die(const std::vector<std::string>& words) {
  if (words.size() != 4) throw std::runtime_error("--and-die is for --restarts alone");
  Bookers node(words[0], static_cast<std::uint32_t>(std::stoul(words[1])));
  const auto begin = Clock::now();
  do {
    node.cancel_and_book(std::stoul(words[2]));
  } while (seconds_since(begin) < std::stod(words[3]));
  ::kill(::getpid(), SIGKILL);
}

}  // namespace jari::bench
