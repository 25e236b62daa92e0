#include "engine/base/time.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace jari {
namespace {

constexpr std::int64_t kMsADay = 86'400'000;

/// A text of a moment while it is made: the longest there can be fits.
class Digits {
 public:
  void put(std::int64_t value, int width) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    for (auto i = end - digits.data(); i < width; ++i) put('0');
    at_ = std::copy(digits.data(), end, at_);
  }
  void put(char c) { *at_++ = c; }
  [[nodiscard]] std::string_view text() const {
    return {text_.data(), static_cast<std::size_t>(at_ - text_.data())};
  }

 private:
  std::array<char, 64> text_;
  char* at_ = text_.data();
};

std::chrono::year_month_day date_of(std::int64_t days) {
  return std::chrono::sys_days{std::chrono::days{days}};
}

void put_date(Digits& out, std::int64_t days) {
  const auto date = date_of(days);
  out.put(static_cast<int>(date.year()), 4);
  out.put('-');
  out.put(static_cast<unsigned>(date.month()), 2);
  out.put('-');
  out.put(static_cast<unsigned>(date.day()), 2);
}

/// Reads exactly `count` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || *year < 1970) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count();
}

/// `.123456` in whole milliseconds; what is finer is cut off.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  std::int64_t ms = 0;
  int digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 3) ms = ms * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0 || digits > 9) return std::nullopt;
  for (int i = digits; i < 3; ++i) ms *= 10;
  return ms;
}

/// `Z`, `+09:00`: minutes east of UTC.
std::optional<int> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return 0;
  const bool east = take(text, '+');
  if (!east && !take(text, '-')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const int total = *hours * 60 + *minutes;
  return east ? total : -total;
}

}  // namespace

void append_text(std::string& out, Instant at) {
  std::int64_t days = at.ms / kMsADay;
  std::int64_t rest = at.ms % kMsADay;
  if (rest < 0) {
    rest += kMsADay;
    --days;
  }
  Digits text;
  put_date(text, days);
  text.put('T');
  text.put(rest / 3'600'000, 2);
  text.put(':');
  text.put(rest / 60'000 % 60, 2);
  text.put(':');
  text.put(rest / 1000 % 60, 2);
  text.put('.');
  text.put(rest % 1000, 3);
  text.put('Z');
  out.append(text.text());
}

std::string to_text(Instant at) {
  std::string out;
  append_text(out, at);
  return out;
}

std::optional<Instant> parse_instant(std::string_view text) {
  const auto days = take_date(text);
  if (!days || (!take(text, 'T') && !take(text, 't'))) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const std::int64_t of_day =
      (*hour * 60 + *minute - *offset) * 60'000LL + *second * 1000 + *fraction;
  const Instant at{*days * kMsADay + of_day};
  if (at.ms < 0 || at > kNever) return std::nullopt;
  return at;
}

std::string to_text(Day day) {
  Digits text;
  if (day.is_known()) put_date(text, day.count);
  return std::string{text.text()};
}

std::optional<Day> parse_day(std::string_view text) {
  const auto days = take_date(text);
  if (!days || *days == 0 || !text.empty()) return std::nullopt;
  return Day{static_cast<std::int32_t>(*days)};
}

}  // namespace jari
