// Lives through worlds, one a seed: see jari_sim --help.

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <new>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "consumers/export/record_json.h"
#include "tests/sim/world.h"

namespace jari::sim {
namespace {

constexpr unsigned kSecondsOfASeed = 120;  // more: it hangs

struct Settings {
  std::uint64_t seed = 0;
  std::uint64_t seeds = 0;
  std::uint64_t from = 1;
  std::uint64_t minutes = 0;
  unsigned jobs = 1;
  bool traces = false;
  std::string export_to;  // a file
  std::string nodes;      // `1`, `many`, or by the seed
};

/// Of every two seeds one is lived through by one node, and one by several.
WorldKind kind_of(std::uint64_t seed, const Settings& settings) {
  if (settings.nodes == "1") return WorldKind::OneNode;
  if (settings.nodes == "many") return WorldKind::ManyNodes;
  return seed % 2 == 0 ? WorldKind::ManyNodes : WorldKind::OneNode;
}

/// What this process is at, for the line it leaves if it dies of it.
std::uint64_t seed_of_process = 0;
const World* world_of_process = nullptr;
const char* kind_text = "";  // of its world, as --nodes takes it

void print_failure(std::string_view check, std::string_view what) {
  const unsigned long long step = world_of_process ? world_of_process->trace().step() : 0;
  const auto seed = static_cast<unsigned long long>(seed_of_process);
  std::printf("seed %llu step %llu: %.*s: %.*s\n", seed, step, static_cast<int>(check.size()),
              check.data(), static_cast<int>(what.size()), what.data());
  std::printf("again: jari_sim --seed %llu --nodes %s --trace\n", seed, kind_text);
  std::fflush(stdout);
}

void on_signal(int signal) {
  const auto& failure = world_of_process->trace().failure();
  if (failure) {
    print_failure(failure->check, failure->what);
  } else if (signal == SIGALRM) {
    print_failure("hang", "a step does not end");
  } else {
    print_failure("check", signal == SIGABRT ? "a CHECK outside of a record (see above)"
                                             : "the process died of a signal");
  }
  std::_Exit(1);
}

/// The log that the world ended with, as `jari export` prints one.
void write_log(World& world, const std::string& path) {
  std::ofstream out(path);
  Log& log = world.log();
  ExportClock clock(log.identity());
  std::vector<LogPlace> all;
  for (const PartitionRef where : log.identity().partitions()) all.push_back({where, 0});
  const auto read = log.read(all, [&](const LogRecord& record) {
    const Instant time = clock.pass(record);
    out << export_line(log.identity(), record, time) << '\n';
    return true;
  });
  if (!read || !out) std::fprintf(stderr, "jari_sim: cannot write %s\n", path.c_str());
}

/// Whether the seed's world held.
bool run_seed(std::uint64_t seed, const Settings& settings, Hash128& hash) {
  const WorldKind kind = kind_of(seed, settings);
  seed_of_process = seed;
  kind_text = kind == WorldKind::OneNode ? "1" : "many";
  World world(seed, kind, settings.traces);
  world_of_process = &world;
  ::alarm(kSecondsOfASeed);
  world.run();
  ::alarm(0);
  hash = world.trace().hash();
  if (const auto& failure = world.trace().failure()) print_failure(failure->check, failure->what);
  if (!settings.export_to.empty()) write_log(world, settings.export_to);
  world_of_process = nullptr;
  return world.trace().is_good();
}

int replay_one(const Settings& settings) {
  Hash128 hash;
  const bool holds = run_seed(settings.seed, settings, hash);
  std::printf("seed %llu --nodes %s trace %s %s\n", static_cast<unsigned long long>(settings.seed),
              kind_text, to_text(hash).c_str(), holds ? "ok" : "failed");
  return holds ? 0 : 1;
}

constexpr unsigned kJobsMax = 256;
constexpr std::uint64_t kNone = ~std::uint64_t{0};

/// Seeds are taken from one counter by all processes, in order.
struct Shared {
  std::atomic<std::uint64_t> next;
  std::atomic<std::uint64_t> done;
  std::atomic<std::uint64_t> failed{kNone};       // the lowest that has
  std::atomic<std::uint64_t> taken_by[kJobsMax];  // what each process is at
};

int work(const Settings& settings, Shared& shared, unsigned job, std::time_t until) {
  for (;;) {
    const std::uint64_t number = shared.next.fetch_add(1);
    const bool is_over = until != 0 ? std::time(nullptr) >= until : number >= settings.seeds;
    if (is_over || number > shared.failed) return 0;
    shared.taken_by[job] = number;
    Hash128 hash;
    if (!run_seed(settings.from + number, settings, hash)) return 1;
    shared.done.fetch_add(1);
  }
}

/// Waits for all of them. Once one has failed, those at higher seeds end, and those at lower ones
/// go on: which is the first that fails does not hang on who was faster.
void wait_for(std::vector<pid_t> workers, Shared& shared) {
  for (std::size_t left = workers.size(); left > 0; --left) {
    int status = 0;
    const pid_t ended = ::wait(&status);
    const auto at = std::find(workers.begin(), workers.end(), ended);
    if (at == workers.end()) return;
    *at = 0;
    const std::uint64_t number = shared.taken_by[at - workers.begin()];
    const bool is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (is_good || number > shared.failed) continue;
    shared.failed = number;
    for (std::size_t job = 0; job < workers.size(); ++job) {
      if (workers[job] != 0 && shared.taken_by[job] > number) ::kill(workers[job], SIGTERM);
    }
  }
}

int run_many(const Settings& settings) {
  void* memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 2;
  auto& shared = *new (memory) Shared{};
  const std::time_t begin = std::time(nullptr);
  const auto length = static_cast<std::time_t>(settings.minutes * 60);
  const std::time_t until = settings.minutes == 0 ? 0 : begin + length;
  std::vector<pid_t> workers;
  for (unsigned i = 0; i < settings.jobs; ++i) {
    const pid_t child = ::fork();
    if (child == 0)
      std::_Exit(work(settings, shared, static_cast<unsigned>(workers.size()), until));
    if (child > 0) workers.push_back(child);
  }
  if (workers.empty()) return 2;
  wait_for(workers, shared);
  const bool holds = shared.failed == kNone;
  if (!holds) {
    const auto first = static_cast<unsigned long long>(settings.from + shared.failed);
    std::printf("first: seed %llu\n", first);
  }
  std::printf("%s: %llu seeds from %llu in %lld s\n", holds ? "ok" : "failed",
              static_cast<unsigned long long>(shared.done.load()),
              static_cast<unsigned long long>(settings.from),
              static_cast<long long>(std::time(nullptr) - begin));
  return holds ? 0 : 1;
}

constexpr const char* kHelp =
    "Lives through simulated worlds: the real engine and business on a simulated log, disk and "
    "clock, one thread, everything drawn from a seed. Each seed draws its own mix of faults and "
    "requests.\n\n"
    "  jari_sim --seeds 2000 -j 2          seeds 1 to 2000; stops at the first that fails\n"
    "  jari_sim --minutes 480 --from 1000  all night\n"
    "  jari_sim --seed 17 --trace          one seed, step by step; the same to the byte each time\n"
    "\nA failure prints seed, step, which check, and what did not hold; of several at once `first` "
    "says the lowest, which is the same every time. Exit: 0 all held, 1 one "
    "did not, 2 wrong usage.";

}  // namespace
}  // namespace jari::sim

int main(int argc, char** argv) {
  jari::sim::Settings settings;
  CLI::App app(jari::sim::kHelp);
  auto* seed =
      app.add_option("--seed", settings.seed, "Lives through this one, prints its trace's hash");
  auto* seeds = app.add_option("--seeds", settings.seeds, "How many")->check(CLI::PositiveNumber);
  auto* minutes = app.add_option("--minutes", settings.minutes, "How long, instead of how many")
                      ->check(CLI::PositiveNumber);
  app.add_option("--from", settings.from, "The first of them")->capture_default_str();
  app.add_option("-j", settings.jobs, "Processes at once")
      ->capture_default_str()
      ->check(CLI::Range(1U, jari::sim::kJobsMax));
  app.add_flag("--trace", settings.traces, "With --seed: prints what happens");
  app.add_option("--export", settings.export_to, "With --seed: writes the log there, as JSON lines")
      ->needs(seed);
  app.add_option("--nodes", settings.nodes, "`1` or `many`, not by the seed: odd ones have one")
      ->check(CLI::IsMember({"1", "many"}));
  seed->excludes(seeds)->excludes(minutes);
  seeds->excludes(minutes);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : 2;
  }
  if (app.count("--seed") + app.count("--seeds") + app.count("--minutes") == 0) {
    std::fputs("jari_sim: which seeds? (see --help)\n", stderr);
    return 2;
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGALRM, SIGFPE}) {
    std::signal(signal, jari::sim::on_signal);
  }
  if (app.count("--seed") > 0) return jari::sim::replay_one(settings);
  return jari::sim::run_many(settings);
}
