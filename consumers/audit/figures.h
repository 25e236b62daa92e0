// consumers/audit/figures.h — how the days of a log went, in numbers that stay few however long it
// is: what was decided, how people were let in, how long they waited, what operators did.
//
// Units:   log time; a wait counts from the ticket, or from the line's opening where that is later.
// Errors:  none.
// Threads: one.
#pragma once

#include <array>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consumers/audit/place.h"
#include "consumers/audit/turns.h"
#include "consumers/model/code.h"
#include "consumers/model/record.h"

namespace jari::audit {

/// Counts over time, in at most kMost steps that are as long as they must be.
class Series {
 public:
  static constexpr std::size_t kMost = 120;
  void add(Instant at);
  [[nodiscard]] Instant begins() const { return {begins_s_ * 1000}; }
  [[nodiscard]] std::int64_t step_seconds() const { return step_s_; }
  [[nodiscard]] const std::vector<std::uint64_t>& counts() const { return counts_; }

 private:
  void widen();
  std::int64_t begins_s_ = 0;
  std::int64_t step_s_ = 1;
  std::vector<std::uint64_t> counts_;
};

/// How many waited how long.
class Waits {
 public:
  static constexpr std::array<std::int64_t, 12> kUpToSeconds{
      1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14'400, 43'200, 86'400};
  void add(milliseconds wait);
  /// The last are those who waited longer than any bound.
  [[nodiscard]] const std::array<std::uint64_t, kUpToSeconds.size() + 1>& counts() const {
    return counts_;
  }
  [[nodiscard]] milliseconds longest() const { return longest_; }

 private:
  std::array<std::uint64_t, kUpToSeconds.size() + 1> counts_{};
  milliseconds longest_{0};
};

/// A queue.
struct LineFigures {
  /// What was allowed from then on, until the next of these.
  struct Rate {
    Instant from;
    std::uint32_t per_second = 0;
    bool is_paused = false;  // by an operator
    bool is_held = false;    // by a node, which says why
    std::string by;          // who set it; empty: a node
    std::string reason;
    std::uint64_t admitted = 0;
    /// What it came to.
    [[nodiscard]] std::uint32_t allowed() const { return is_paused || is_held ? 0 : per_second; }
  };
  std::uint64_t tickets = 0;
  std::uint64_t admitted = 0;
  std::uint32_t most_in_a_second = 0;
  std::uint32_t rate_then = 0;  // when that was
  Series admissions;
  Waits waits;
  Turns turns;
  static constexpr std::size_t kRatesMost = 500;
  std::vector<Rate> rates;          // and pauses; the first kRatesMost
  std::uint64_t rates_changed = 0;  // all of them
};

/// What one operator did for one reason.
struct Act {
  RecordType type = 0;
  std::string by;
  std::string reason;
  auto operator<=>(const Act&) const = default;
};
struct Acts {
  std::uint64_t times = 0;
  At first;
  Instant first_at;
  Instant last_at;
};

/// Of places or doses.
struct Change {
  At at;
  Instant time;
  std::string by;
  std::string reason;
  std::string what;
};

/// A pre-queue whose places were computed again.
struct DrawFigures {
  At at;
  Instant time;
  std::string queue;
  std::string commitment;
  std::string seed;
  std::string beacon_name;
  std::string beacon;
  std::uint64_t tickets = 0;
  std::vector<std::uint64_t> first;  // tickets that have the first places
};

struct Figures {
  static constexpr std::size_t kListedMost = 10'000;  // of each kind below
  static constexpr std::size_t kFirstPlaces = 10;

  std::map<std::pair<RecordType, Code>, std::uint64_t> decided;
  std::map<std::string, LineFigures> lines;
  std::map<Act, Acts> acts;
  std::uint64_t acts_in_all = 0;
  std::uint64_t acts_unlisted = 0;  // of more kinds than are kept
  std::vector<Change> changes;
  std::uint64_t changes_in_all = 0;
  std::vector<DrawFigures> draws;
  std::uint64_t draws_in_all = 0;
  std::uint64_t slots = 0;   // published
  std::uint64_t places = 0;  // in them, as first published
  std::uint64_t doses = 0;   // that came

  void add_act(const Act& act, const At& at, Instant time);
  void add_change(Change change);
  void add_draw(DrawFigures draw);
  [[nodiscard]] std::uint64_t decided_in_all(bool is_granted) const;
  [[nodiscard]] std::uint64_t granted(RecordType type) const;
  [[nodiscard]] std::map<Code, std::uint64_t> refusals() const;
};

}  // namespace jari::audit
