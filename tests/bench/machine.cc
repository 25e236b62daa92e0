#include "tests/bench/machine.h"

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

#include "engine/base/hash.h"

namespace jari::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kHashes = 200'000;
constexpr std::size_t kSyncs = 400;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Round chain_of_hashes() {
  const std::array<std::byte, 1024> block{};
  Sha256Chain chain;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < kHashes; ++i) chain.step(block);
  return {static_cast<double>(kHashes) * 1000 / milliseconds_since(start), 0, 0, 0};
}

Round syncs_in(const std::string& dir) {
  const std::string file = dir + "/jari-bench-sync";
  const int to = ::open(file.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (to < 0) throw std::runtime_error("cannot write in " + dir);
  const std::array<char, 4096> page{};
  std::vector<double> took_ms;
  const double from_s = now_seconds();
  for (std::size_t i = 0; i < kSyncs; ++i) {
    const auto began = Clock::now();
    if (::write(to, page.data(), page.size()) < 0 || ::fdatasync(to) != 0) {
      throw std::runtime_error("cannot write and sync in " + dir);
    }
    took_ms.push_back(milliseconds_since(began));
  }
  Round round = round_of(std::move(took_ms), from_s);
  ::close(to);
  ::unlink(file.c_str());
  return round;
}

}  // namespace

void bench_machine(const Settings& settings, Figures& figures) {
  const FigureName hashes{"machine", "SHA-256 steps", "1 KiB", "steps/s", 0};
  const FigureName syncs{"machine", "growing file, fdatasync", "4 KiB", "syncs/s", 0};
  if (settings.wants(hashes)) figures.add(hashes, chain_of_hashes());
  if (settings.wants(syncs)) figures.add(syncs, syncs_in(settings.dir));
}

double bytes_in(const std::string& dir) {
  double sum = 0;
  for (const auto& one : std::filesystem::recursive_directory_iterator(dir)) {
    if (one.is_regular_file()) sum += static_cast<double>(one.file_size());
  }
  return sum;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace jari::bench
