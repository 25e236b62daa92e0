#include "tests/bench/overload.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "engine/http/token.h"
#include "tests/bench/engine_world.h"
#include "tests/bench/http_stage.h"
#include "tests/bench/served.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari::bench {
namespace {

constexpr std::size_t kPeople = 50'000;
constexpr std::size_t kTimes = 10;
constexpr std::size_t kPeakSeconds = 10;
constexpr std::size_t kEaseShare = 4;  // at its ease: a quarter of the highest
constexpr std::size_t kBackSecondsMax = 30;
constexpr double kGoodputLeast = 0.9;
constexpr double kBytesInAMb = 1024.0 * 1024;
constexpr double kGrowsMb = 512;             // whatever waits, and the state on its way to the disk
constexpr double kBytesADecisionMost = 200;  // its key is remembered for a day
constexpr LoadShape kFull{512, 256};
constexpr LoadShape kBusy{256, 64};
constexpr std::size_t kUnlimited = 100'000'000;

double resident_mb(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  constexpr double kPagesInAMb = 256;
  return static_cast<double>(resident) / kPagesInAMb;
}

class Overload {
 public:
  Overload(const HttpStage& stage, const Served& served, Rows& rows)
      : stage_(stage), served_(served), rows_(rows), load_(served.port()) {}

  /// The seconds of one load, each printed.
  std::vector<Offered> offer(const char* what, const Offer& offer) {
    std::vector<Offered> all;
    load_.offer(stage_.tickets(), next_key_, offer, [&](const Offered& second) {
      const bool is_rest = all.size() == offer.seconds;
      print(is_rest ? "  the rest" : what, second);
      all.push_back(second);
    });
    all.pop_back();  // what was answered when nothing was asked any more
    return all;
  }
  /// Of what was answered 202 in all of them.
  [[nodiscard]] std::size_t undecided() const { return load_.undecided(stage_.tickets()); }

 private:
  void print(const char* what, const Offered& seen) {
    const double memory_mb = resident_mb(served_.process());
    std::printf("%-12s %10zu %10zu %8zu %10zu %9.2f %9.2f %8.0f\n", what, seen.asked, seen.granted,
                seen.promised, seen.overloaded, seen.p50_ms, seen.p99_ms, memory_mb);
    std::fflush(stdout);
    const auto number = [](std::size_t count) { return static_cast<double>(count); };
    rows_.add(what, {{"asked", number(seen.asked), "a second"},
                     {"decided", number(seen.granted), "a second"},
                     {"answered 202", number(seen.promised), "a second"},
                     {"answered 503", number(seen.overloaded), "a second"},
                     {"p50", seen.p50_ms, "ms"},
                     {"p99", seen.p99_ms, "ms"},
                     {"memory", memory_mb, "MB"}});
    if (seen.unexplained > 0) {
      throw std::runtime_error(std::to_string(seen.unexplained) +
                               " answers were neither 2xx nor 503 with Retry-After");
    }
  }

  const HttpStage& stage_;
  const Served& served_;
  Rows& rows_;
  HttpLoad load_;
  std::uint64_t next_key_ = 0;
};

std::size_t median_granted(std::vector<Offered> seconds) {
  const auto half = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), half, seconds.end(),
                   [](const auto& a, const auto& b) { return a.granted < b.granted; });
  return half->granted;
}

}  // namespace

void bench_overload(const Settings& settings, std::size_t seconds, Rows& rows) {
  const TemporaryDirectory keys(settings.dir);
  const std::string key_file = keys / "hs256.key";
  value_or_end(http::make_hs256_file(key_file));
  const HttpStage stage(key_file, kPeople);
  const TemporaryDirectory data(settings.dir);
  const Served served(settings.jari, data.path(), key_file);
  stage.publish(served.port());
  Overload overload(stage, served, rows);
  std::printf("%-12s %10s %10s %8s %10s %9s %9s %8s\n", "a second", "asked", "decided", "202",
              "503", "p50 ms", "p99 ms", "MB");
  const std::size_t highest =
      median_granted(overload.offer("as it can", {kUnlimited, kPeakSeconds, kBusy}));
  const Offer ease{highest / kEaseShare, 1, kFull};
  const double before_ms = overload.offer("at ease", ease).front().p99_ms;
  std::size_t decided = 0;
  const double memory_before_mb = resident_mb(served.process());
  for (const Offered& second : overload.offer("overloaded", {highest * kTimes, seconds, kFull})) {
    decided += second.granted;
  }
  const double grown_mb = resident_mb(served.process()) - memory_before_mb;
  std::size_t back = 0;
  while (overload.offer("after", ease).front().p99_ms > 2 * before_ms && ++back < kBackSecondsMax) {
  }
  const double goodput = static_cast<double>(decided) / static_cast<double>(seconds * highest);
  std::printf(
      "goodput under %zu times as much: %.0f %% of the highest (%zu a second); back to "
      "normal after %zu s\n",
      kTimes, goodput * 100, highest, back);
  const double bytes = grown_mb * kBytesInAMb / static_cast<double>(decided);
  const std::size_t undecided = overload.undecided();
  std::printf(
      "memory grew by %.0f MB, %.0f bytes for each that was decided; of those answered 202 "
      "%zu are not decided\n",
      grown_mb, bytes, undecided);
  rows.add("all", {{"highest", static_cast<double>(highest), "a second"},
                   {"goodput", goodput * 100, "% of the highest"},
                   {"back to normal", static_cast<double>(back), "s"},
                   {"memory grew by", grown_mb, "MB"},
                   {"memory of each decided", bytes, "bytes"},
                   {"answered 202 and not decided", static_cast<double>(undecided), "requests"}});
  const bool is_flat = grown_mb < kGrowsMb || bytes < kBytesADecisionMost;
  if (goodput < kGoodputLeast || back == kBackSecondsMax || undecided > 0 || !is_flat) {
    throw std::runtime_error("it does not bear overload as it should");
  }
}

}  // namespace jari::bench
