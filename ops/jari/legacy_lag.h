// ops/jari/legacy_lag.h — how far the old database is behind, told by `jari sync` to a service
// beside it through a file of the data directory.
//
// A report that is not renewed gets older: a sync that has ended counts as one that falls behind.
//
// Units:   records of `sync`; seconds.
// Errors:  Io where it cannot be written; nothing where there is no report to read.
// Threads: any; the file is replaced whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace jari::ops {

struct LegacyLag {
  std::uint64_t records = 0;
  std::int64_t seconds = 0;
  std::uint64_t missing = 0;  // rows that the sync which runs has given up or passed over
};

[[nodiscard]] Result<void> write_legacy_lag(const std::string& data, const LegacyLag& lag,
                                            Instant now);
/// As of `now`: nothing where no `jari sync` ever ran from there.
[[nodiscard]] std::optional<LegacyLag> read_legacy_lag(const std::string& data, Instant now);

}  // namespace jari::ops
