// ops/jari/admission_hold.h — AdmissionHold: when a node asks the queues to admit nobody, and when
// to go on.
//
// Looks at figures, and at what the log says already: each AdmissionHeld names all who hold, why,
// and the log's time when each said so last. A node adds and takes away itself alone; who holds
// says it anew, and who has been silent for kHoldSilence of log time is taken away by anybody.
// Nobody holds: the queues go on. Two who speak at once overwrite each other; who is missing then
// adds itself at its next look. An overload must last before it holds, and be well over before it
// lets go, so that nothing flutters.
//
// Units:   free space in MB; load in percent of the requests that may be outstanding; the lag of
//          the old database in seconds.
// Errors:  none; what names nobody, as programs before this one wrote it, is held by nobody.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace jari::ops {

inline constexpr std::uint32_t kOverloadPercent = 50;  // from here on it is one
inline constexpr std::uint32_t kOverloadOverPercent = 25;
inline constexpr std::uint32_t kOverloadLooks = 3;    // in a row
inline constexpr std::uint32_t kUnblockedLooks = 10;  // in a row, until it is over
inline constexpr milliseconds kHoldRenewal{20'000};
inline constexpr milliseconds kHoldSilence{60'000};

class AdmissionHold {
 public:
  struct Bounds {
    std::uint64_t free_mb_min = 0;
    std::uint32_t lag_max = 0;  // seconds that the old database may be behind; 0: any
  };
  /// `node`: its name among those who hold. `said`: what stands in the log already.
  AdmissionHold(std::string_view node, const Bounds& bounds, std::string_view said);

  struct Look {
    std::uint64_t free_mb = 0;
    std::uint32_t load_percent = 0;
    std::int64_t lag_seconds = 0;
    bool is_blocked = false;  // by a sink: Turn::blocking_sink
  };
  /// What has changed: this node's reason to hold from now on, empty to let go; or nothing has.
  [[nodiscard]] std::optional<std::string_view> look(const Look& now);

  /// The `why` of the AdmissionHeld that a partition is to be told, empty: nobody holds; nothing
  /// where it need not be told. `said`: the one that it heard last. `now`: its log time.
  [[nodiscard]] std::optional<std::string> next(std::string_view said, Instant now) const;

 private:
  [[nodiscard]] std::string_view why(const Look& now);

  std::string node_;
  Bounds bounds_;
  std::string held_;             // this node's own reason
  std::uint32_t overloads_ = 0;  // looks in a row that saw one
  std::uint32_t unblocked_ = 0;  // looks in a row that saw no sink block anything
};

}  // namespace jari::ops
