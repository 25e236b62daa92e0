// ops/jari/admission_hold.h — AdmissionHold: when a node asks its queues to admit nobody, and when
// to go on.
//
// Looks at figures only; what holds is the AdmissionHeld record that its answer becomes. An
// overload must last before it holds, and be well over before it lets go, so that nothing flutters.
//
// Units:   free space in MB; load in percent of the requests that may be outstanding; the lag of
// the
//          old database in seconds.
// Errors:  none.
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jari::ops {

inline constexpr std::uint32_t kOverloadPercent = 50;  // from here on it is one
inline constexpr std::uint32_t kOverloadOverPercent = 25;
inline constexpr std::uint32_t kOverloadLooks = 3;  // in a row

class AdmissionHold {
 public:
  /// `held`: the reason that stands in the log already; empty: nothing is held.
  /// `lag_max`: seconds that the old database may be behind; 0: any.
  AdmissionHold(std::uint64_t free_mb_min, std::string_view held, std::uint32_t lag_max = 0)
      : free_mb_min_(free_mb_min), lag_max_(lag_max), held_(held) {}

  struct Look {
    std::uint64_t free_mb = 0;
    std::uint32_t load_percent = 0;
    std::int64_t lag_seconds = 0;
  };
  /// What has changed: the reason to hold from now on, empty to let go; or nothing has.
  [[nodiscard]] std::optional<std::string_view> look(const Look& now);

 private:
  [[nodiscard]] std::string_view why(const Look& now);

  std::uint64_t free_mb_min_;
  std::uint32_t lag_max_;
  std::string held_;
  std::uint32_t overloads_ = 0;  // looks in a row that saw one
};

}  // namespace jari::ops
