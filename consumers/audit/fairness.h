// consumers/audit/fairness.h — whether people were let in fairly, as far as a log can show: what a
// report for people says first.
//
// Says yes of nothing that is not proved: one broken rule of any kind, or a checkpoint that the log
// does not extend, and what it shows of the line is worth nothing.
//
// Errors:  none.
// Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/http/json_writer.h"

namespace jari::audit {

class Report;

/// YesBut: every rule holds, and an operator could have chosen who comes first, or booked for
/// somebody past the line.
enum class Fair : std::uint8_t { Yes = 1, YesBut, No };
[[nodiscard]] std::string_view to_text(Fair fair);  // `yes`, `yes-but`, `no`

struct Fairness {
  struct Reason {
    std::string what;  // `I4`, `checkpoint`, `operator-booking`
    std::string meaning;
    std::uint64_t times = 0;
    bool is_broken = false;  // a rule
  };
  Fair fair = Fair::Yes;
  std::vector<Reason> reasons;  // why it is not a plain yes
};
[[nodiscard]] Fairness fairness_of(const Report& report);

/// As the member `fair`: `{verdict, why: [{what, times, meaning}]}`.
void append_fairness(http::JsonWriter& json, const Fairness& fairness);

}  // namespace jari::audit
