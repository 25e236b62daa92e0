#include "ops/jari/admission_hold.h"

#include <algorithm>

namespace jari::ops {
namespace {

constexpr std::string_view kDisk = "free disk space";
constexpr std::string_view kOverload = "overload";

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
  return goes_on || overloads_ == kOverloadLooks ? kOverload : std::string_view{};
}

}  // namespace jari::ops
