#include "consumers/legacy/pace.h"

#include <algorithm>
#include <charconv>

namespace jari::legacy {
namespace {

constexpr std::uint32_t kMinutesADay = 24 * 60;
constexpr std::uint32_t kPortionsASecond = 4;
constexpr std::uint32_t kShareStep = 4;
constexpr std::int64_t kThousand = 1000;
constexpr milliseconds kLookAtHours{1000};

std::optional<std::uint32_t> parse_minute(std::string_view text) {
  std::uint32_t hour = 0;
  std::uint32_t minute = 0;
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const char* const at = text.data();
  const auto hours = std::from_chars(at, at + 2, hour);
  const auto minutes = std::from_chars(at + 3, at + 5, minute);
  const bool is_read = hours.ec == std::errc{} && hours.ptr == at + 2 &&
                       minutes.ec == std::errc{} && minutes.ptr == at + 5;
  const std::uint32_t whole = hour * 60 + minute;
  if (!is_read || minute >= 60 || whole > kMinutesADay) return std::nullopt;
  return whole;
}

}  // namespace

std::optional<Hours> parse_hours(std::string_view text) {
  if (text.size() != 11 || text[5] != '-') return std::nullopt;
  const auto from = parse_minute(text.substr(0, 5));
  const auto until = parse_minute(text.substr(6));
  if (!from || !until || *from == *until) return std::nullopt;
  return Hours{*from, *until};
}

bool Pace::is_open(const Moment& now) const {
  const auto& hours = settings_.hours;
  return hours.empty() || std::any_of(hours.begin(), hours.end(),
                                      [&](const Hours& one) { return one.has(now.minute_of_day); });
}

std::size_t Pace::portion() const {
  const std::uint32_t rate = settings_.rows_per_second;
  const std::uint32_t whole =
      rate == 0 ? settings_.batch_rows
                : std::clamp(rate / kPortionsASecond, std::uint32_t{1}, settings_.batch_rows);
  return std::max<std::size_t>(1, std::size_t{whole} * share_ / kWholeShare);
}

void Pace::earn(const Moment& now) {
  const milliseconds gap = now.steady - looked_.value_or(now.steady);
  looked_ = now.steady;
  // What was not used is lost, but for two portions: a sync that waited does not fall upon the
  // database afterwards.
  const auto most = static_cast<std::int64_t>(portion()) * kThousand * 2;
  earned_ = std::min(most, earned_ + gap.count() * settings_.rows_per_second);
}

Pace::Leave Pace::ask(std::size_t waiting, const Moment& now) {
  earn(now);
  if (waiting == 0) return {};
  if (!is_open(now)) return {0, kLookAtHours};
  if (now.steady < rests_until_) return {0, rests_until_ - now.steady};
  const std::size_t rows = std::min(waiting, portion());
  if (settings_.rows_per_second == 0) return {rows, milliseconds{0}};
  const std::int64_t lacking = static_cast<std::int64_t>(rows) * kThousand - earned_;
  if (lacking <= 0) return {rows, milliseconds{0}};
  return {0, milliseconds{lacking / settings_.rows_per_second + 1}};
}

void Pace::sent(std::size_t rows) {
  if (settings_.rows_per_second != 0) earned_ -= static_cast<std::int64_t>(rows) * kThousand;
}

void Pace::answered(milliseconds took, const Moment& now) {
  const bool is_slow = took > settings_.answer_max;
  share_ =
      is_slow ? std::max(std::uint32_t{1}, share_ / 2) : std::min(kWholeShare, share_ + kShareStep);
  if (share_ == kWholeShare) return;
  // Of the time it then works only the share.
  const milliseconds rest = took * (kWholeShare - share_) / share_;
  rests_until_ = now.steady + std::min(rest, kRestMax);
}

}  // namespace jari::legacy
