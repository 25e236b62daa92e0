// replay_in_steps DIR SEED [COPY]: what `jari replay --data DIR` does, a drawn number of records at
// a step: from the first record, or from the state in COPY/state. Prints the same lines, and the
// number of steps on stderr. For same_state_test.py.

#include <algorithm>
#include <bit>
#include <iostream>
#include <random>
#include <string>

#include "engine/runtime/replay.h"
#include "ops/jari/business.h"
#include "ops/jari/log_source.h"

namespace jari {
namespace {

constexpr Offset kLongestStep = 4;  // a quarter of the longest partition

/// Of records in each partition; as often some few as some thousand.
class Steps {
 public:
  Steps(std::uint64_t seed, Offset longest)
      : random_(seed),
        widths_(static_cast<std::uint64_t>(std::bit_width(longest / kLongestStep))) {}
  Offset draw() {
    const std::uint64_t width = random_() % (widths_ + 1);
    return 1 + random_() % (std::uint64_t{1} << width);
  }

 private:
  std::mt19937_64 random_;
  std::uint64_t widths_;
};

bool is_over(const Log& log, const ReplayedPartition& one) {
  return one.differs || one.next_offset == log.end(one.where);
}

Result<std::size_t> advance(Replay& run, const Log& log, std::uint64_t seed) {
  const auto& all = run.partitions();
  Offset longest = 0;
  for (const ReplayedPartition& one : all) longest = std::max(longest, log.end(one.where));
  Steps steps(seed, longest);
  std::size_t taken = 0;
  for (Offset last = 0;
       !std::all_of(all.begin(), all.end(), [&](const auto& one) { return is_over(log, one); });
       last += steps.draw()) {
    auto advanced = run.advance({.offset = last, .time = {}}, [](std::uint64_t) {});
    if (!advanced) return std::move(advanced).error();
    ++taken;
  }
  return taken;
}

int fail(const Error& why) {
  std::cerr << "replay_in_steps: " << why.detail << '\n';
  return 1;
}

int replay_in_steps(const std::string& dir, std::uint64_t seed, const std::string& copy) {
  ops::LogSource source;
  source.data = dir;
  auto opened = ops::open_beside(source);
  if (!opened) return fail(opened.error());
  const Log& log = *opened->log;
  Replay run(*opened->log, ops::kSettingsPartition, ops::known_versions(), ops::make_consumer);
  if (!copy.empty()) {
    auto disk = open_state_disk(copy);
    if (!disk) return fail(disk.error());
    if (auto loaded = run.load(**disk); !loaded) return fail(loaded.error());
  }
  const auto taken = advance(run, log, seed);
  if (!taken) return fail(taken.error());
  std::cerr << *taken << " steps\n";
  int exit_code = 0;
  for (const ReplayedPartition& one : run.partitions()) {
    std::cout << log.identity().topics[one.where.topic].name << ' ' << one.where.partition << ' '
              << static_cast<std::int64_t>(one.next_offset) - 1 << ' ' << to_text(one.digest)
              << '\n';
    if (!one.differs) continue;
    exit_code = 1;
    std::cerr << "replay_in_steps: " << *one.differs << '\n';
  }
  return exit_code;
}

}  // namespace
}  // namespace jari

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::cerr << "replay_in_steps DIR SEED [COPY]\n";
    return 2;
  }
  return jari::replay_in_steps(argv[1], std::stoull(argv[2]), argc == 4 ? argv[3] : "");
}
