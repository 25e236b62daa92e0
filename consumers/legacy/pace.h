// consumers/legacy/pace.h — Pace: how many rows the database may be sent now, by what was set and
// by how long it takes to answer.
//
// Reads no clock. A slow answer halves what is sent and makes it rest in proportion; quick ones
// win that back step by step.
//
// Units:   rows; minutes of the day as the machine's zone has them; Moment::steady counts from
//          anywhere and never goes back.
// Errors:  none.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/time.h"

namespace jari::legacy {

struct Moment {
  Instant wall;
  milliseconds steady{0};
  std::uint32_t minute_of_day = 0;
};

/// From a minute of the day up to another one; over midnight where it ends before it begins.
struct Hours {
  std::uint32_t from = 0;
  std::uint32_t until = 0;
  [[nodiscard]] bool has(std::uint32_t minute) const {
    return from <= until ? from <= minute && minute < until : minute >= from || minute < until;
  }
};
/// `22:00-06:00`; `00:00-24:00` is all day.
[[nodiscard]] std::optional<Hours> parse_hours(std::string_view text);

struct PaceSettings {
  std::uint32_t rows_per_second = 0;  // 0: as many as the database takes
  std::uint32_t batch_rows = 1000;
  milliseconds answer_max{1000};  // an answer that takes longer is a slow one
  std::vector<Hours> hours = {};  // none: always
};

class Pace {
 public:
  static constexpr std::uint32_t kWholeShare = 64;
  static constexpr milliseconds kRestMax{30'000};

  void set(PaceSettings settings) { settings_ = std::move(settings); }
  [[nodiscard]] const PaceSettings& settings() const { return settings_; }

  /// What may be sent now of so many that wait; without any, when to ask again.
  struct Leave {
    std::size_t rows = 0;
    milliseconds wait{0};
  };
  [[nodiscard]] Leave ask(std::size_t waiting, const Moment& now);
  void sent(std::size_t rows);
  void answered(milliseconds took, const Moment& now);

  [[nodiscard]] bool is_open(const Moment& now) const;
  /// 64ths of what is set: less while the database is slow.
  [[nodiscard]] std::uint32_t share() const { return share_; }

 private:
  void earn(const Moment& now);
  [[nodiscard]] std::size_t portion() const;

  PaceSettings settings_;
  std::uint32_t share_ = kWholeShare;
  std::int64_t earned_ = 0;  // thousandths of rows
  std::optional<milliseconds> looked_;
  milliseconds rests_until_{0};
};

}  // namespace jari::legacy
