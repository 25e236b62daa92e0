#include "ops/jari/admission_hold.h"

#include <algorithm>

namespace jari::ops {
namespace {

constexpr std::string_view kDisk = "free disk space";
constexpr std::string_view kOverload = "overload";
constexpr std::string_view kLag = "the old database is behind";

}  // namespace

std::optional<std::string_view> AdmissionHold::look(const Look& now) {
  const std::string_view reason = why(now);
  if (reason == held_) return std::nullopt;
  held_ = reason;
  return reason;
}

std::string_view AdmissionHold::why(const Look& now) {
  const bool is_overload = now.load_percent >= kOverloadPercent;
  overloads_ = is_overload ? std::min(overloads_ + 1, kOverloadLooks) : 0;
  if (now.free_mb < free_mb_min_) return kDisk;
  const bool goes_on = held_ == kOverload && now.load_percent >= kOverloadOverPercent;
  if (goes_on || overloads_ == kOverloadLooks) return kOverload;
  // Half of the bound lets go again.
  const std::int64_t bound = held_ == kLag ? lag_max_ / 2 : lag_max_;
  return lag_max_ > 0 && now.lag_seconds > bound ? kLag : std::string_view{};
}

}  // namespace jari::ops
