// ops/jari/progress.h — how far a long command has come, on stderr: on a terminal one line that is
// drawn anew, elsewhere a plain line now and then. Nothing on stdout.
//
// Units:   shares are of whatever `all` counts: records, bytes.
// Errors:  none; what cannot be written is not shown.
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace jari::ops {

struct Come {
  std::uint64_t records = 0;  // read so far
  std::uint64_t done = 0;     // of `all`
  std::uint64_t all = 0;      // 0: not known
  std::chrono::milliseconds took{0};
};

/// `[#######-------------]  35 %  3,500,000 records  1,020,000/s  6 s left`, cut to `columns`.
[[nodiscard]] std::string progress_bar(const Come& come, std::size_t columns);
/// `35 %, 3,500,000 records, 1,020,000 a second, 6 s left`.
[[nodiscard]] std::string progress_line(const Come& come);
/// `45 s`, `3 min 05 s`, `2 h 07 min`.
[[nodiscard]] std::string duration_text(std::chrono::seconds length);

class Progress {
 public:
  /// `who` begins each plain line.
  explicit Progress(std::string who);
  ~Progress() { finish(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// May be called often: it is written a few times a second, or a minute.
  void tell(std::uint64_t records, std::uint64_t done, std::uint64_t all);
  /// Removes the line from the terminal, for what is said next.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  std::string who_;
  bool is_terminal_ = false;
  bool is_drawn_ = false;
  Clock::time_point begun_;
  Clock::time_point said_;
};

}  // namespace jari::ops
