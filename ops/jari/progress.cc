#include "ops/jari/progress.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/base/printable.h"

namespace jari::ops {
namespace {

constexpr std::size_t kBarColumns = 20;
constexpr std::size_t kColumnsElse = 80;
constexpr std::chrono::milliseconds kDrawnEvery{200};
constexpr std::chrono::seconds kSaidEvery{10};

std::size_t terminal_columns() {
  winsize size{};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : kColumnsElse;
}

/// In parts of a hundred; a log that grows while it is read is never more than whole.
std::uint64_t percent_of(const Come& come) {
  return come.all == 0 ? 0 : std::min(come.done, come.all) * 100 / come.all;
}

std::string rate_of(const Come& come) {
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(come.took.count(), 1));
  return grouped(come.records * 1000 / ms);
}

/// How long the rest takes at the pace so far; nothing where that cannot be said.
std::string left_of(const Come& come) {
  if (come.all == 0 || come.done == 0) return {};
  const auto took = static_cast<double>(come.took.count());
  const auto rest = static_cast<double>(come.all - std::min(come.done, come.all));
  const double ms = took * rest / static_cast<double>(come.done);
  return duration_text(std::chrono::seconds{static_cast<std::int64_t>(ms / 1000 + 0.5)}) + " left";
}

std::string two_digits(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::string duration_text(std::chrono::seconds length) {
  const std::int64_t seconds = length.count();
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) {
    return std::to_string(seconds / 60) + " min " + two_digits(seconds % 60) + " s";
  }
  return std::to_string(seconds / 3600) + " h " + two_digits(seconds / 60 % 60) + " min";
}

std::string progress_bar(const Come& come, std::size_t columns) {
  std::string text;
  if (come.all != 0) {
    const std::uint64_t percent = percent_of(come);
    const std::size_t full = percent * kBarColumns / 100;
    text = "[" + std::string(full, '#') + std::string(kBarColumns - full, '-') + "] ";
    const std::string number = std::to_string(percent);
    text += std::string(3 - number.size(), ' ') + number + " %  ";
  }
  text += grouped(come.records) + " records  " + rate_of(come) + "/s";
  if (const std::string left = left_of(come); !left.empty()) text += "  " + left;
  if (text.size() > columns) text.resize(columns);
  return text;
}

std::string progress_line(const Come& come) {
  std::string text = come.all == 0 ? "" : std::to_string(percent_of(come)) + " %, ";
  text += grouped(come.records) + " records, " + rate_of(come) + " a second";
  if (const std::string left = left_of(come); !left.empty()) text += ", " + left;
  return text;
}

Progress::Progress(std::string who)
    : who_(std::move(who)),
      is_terminal_(::isatty(STDERR_FILENO) == 1),
      begun_(Clock::now()),
      said_(begun_) {}

void Progress::tell(std::uint64_t records, std::uint64_t done, std::uint64_t all) {
  const auto now = Clock::now();
  const bool is_due = is_terminal_ ? now - said_ >= kDrawnEvery : now - said_ >= kSaidEvery;
  if (!is_due) return;
  said_ = now;
  const Come come{records, done, all,
                  std::chrono::duration_cast<std::chrono::milliseconds>(now - begun_)};
  if (is_terminal_) {
    // One column stays free: a full line would begin another.
    std::fprintf(stderr, "\r%s\x1b[K", progress_bar(come, terminal_columns() - 1).c_str());
    std::fflush(stderr);
    is_drawn_ = true;
  } else {
    std::fprintf(stderr, "%s: %s\n", who_.c_str(), progress_line(come).c_str());
  }
}

void Progress::finish() {
  if (std::exchange(is_drawn_, false)) std::fputs("\r\x1b[K", stderr);
}

}  // namespace jari::ops
