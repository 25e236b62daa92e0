#include "ops/jari/system_ports.h"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace jari::ops {
namespace {

namespace fs = std::filesystem;

std::int64_t read_ms(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

fs::path folder_of(const std::string& data) {
  return fs::path(data) / "parked";
}

fs::path file_of(const std::string& data, PartitionRef where) {
  return folder_of(data) / (std::to_string(where.topic) + "-" + std::to_string(where.partition));
}

}  // namespace

ClockReading SystemClock::read() const {
  return {Instant{read_ms(CLOCK_REALTIME)}, milliseconds{read_ms(CLOCK_BOOTTIME)}};
}

std::uint64_t free_bytes(const std::string& dir) {
  struct statvfs figures {};
  if (::statvfs(dir.c_str(), &figures) != 0) return std::numeric_limits<std::uint64_t>::max();
  return std::uint64_t{figures.f_bavail} * figures.f_frsize;
}

std::vector<ParkMarker> read_markers(const std::string& data) {
  std::vector<ParkMarker> markers;
  std::error_code none;
  for (const auto& file : fs::directory_iterator(folder_of(data), none)) {
    std::ifstream in(file.path());
    unsigned topic = 0;
    unsigned partition = 0;
    ParkMarker marker;
    if (!(in >> topic >> partition >> marker.offset)) continue;
    marker.where = {static_cast<TopicNo>(topic), static_cast<PartitionNo>(partition)};
    std::getline(in >> std::ws, marker.why);
    markers.push_back(marker);
  }
  return markers;
}

void leave_marker(const std::string& data, const ParkMarker& marker) noexcept {
  try {
    fs::create_directories(folder_of(data));
    const std::string line = std::to_string(marker.where.topic) + " " +
                             std::to_string(marker.where.partition) + " " +
                             std::to_string(marker.offset) + " " + marker.why + "\n";
    const std::string file = file_of(data, marker.where);
    const int to = ::open(file.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
    if (to < 0) return;
    (void)!::write(to, line.data(), line.size());
    ::fsync(to);
    ::close(to);
  } catch (...) {  // the process ends in any case; the next one meets the record again
  }
}

void remove_marker(const std::string& data, const ParkMarker& marker) {
  std::error_code none;
  fs::remove(file_of(data, marker.where), none);
}

}  // namespace jari::ops
