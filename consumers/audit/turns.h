// consumers/audit/turns.h — in which order the places of a line had their turn, in few numbers
// however long the line is. Leaves out nobody: each step has its lowest and its highest place.
//
// Errors:  none.
// Threads: one.
#pragma once

#include <cstdint>
#include <vector>

namespace jari::audit {

class Turns {
 public:
  static constexpr std::size_t kMost = 100;  // steps, as long as they must be
  /// As many admissions as all have, but maybe the last.
  struct Step {
    std::uint64_t lowest = 0;
    std::uint64_t highest = 0;
  };
  /// The place that was admitted next.
  void add(std::uint64_t place);
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
  [[nodiscard]] std::uint64_t step_length() const { return length_; }
  [[nodiscard]] std::uint64_t admitted() const { return admitted_; }
  /// Of all.
  [[nodiscard]] std::uint64_t highest() const;

 private:
  void widen();
  std::uint64_t admitted_ = 0;
  std::uint64_t length_ = 1;
  std::vector<Step> steps_;
};

}  // namespace jari::audit
