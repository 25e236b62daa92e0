// consumers/audit/report.h — what an audit found: each rule, how often it was checked, what broke
// it.
//
// Units:   checked counts the times a rule could have been broken.
// Errors:  none.
// Threads: one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace jari::audit {

enum class Rule : std::uint8_t { I1 = 1, I2, I3, I4, I5, I6, I7, I8, I9 };
inline constexpr std::size_t kRules = 9;
[[nodiscard]] std::string to_text(Rule rule);          // `I1`
[[nodiscard]] std::string_view meaning_of(Rule rule);  // a sentence

struct Violation {
  Rule rule{};
  PartitionRef where;
  Offset offset = 0;
  std::string why;
};

class Report {
 public:
  explicit Report(const LogIdentity& identity) : identity_(&identity) {}

  void checked(Rule rule, std::uint64_t times = 1) { checked_[index(rule)] += times; }
  /// Counts one check; a violation unless `holds`.
  void expect(bool holds, Rule rule, PartitionRef where, Offset offset, std::string_view why);
  void add_record() { ++records_; }
  /// What an operator did against the rules' letter, as they may: listed, no violation.
  void note(std::string text);

  [[nodiscard]] bool is_good() const { return violations_.empty(); }
  [[nodiscard]] std::uint64_t records() const { return records_; }
  [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }
  [[nodiscard]] std::uint64_t checks_of(Rule rule) const { return checked_[index(rule)]; }
  [[nodiscard]] std::uint64_t violations_of(Rule rule) const;

  /// `violation: RULE TOPIC PARTITION OFFSET: why`.
  [[nodiscard]] std::string line_of(const Violation& violation) const;
  [[nodiscard]] std::string json() const;
  [[nodiscard]] std::string html() const;

 private:
  static std::size_t index(Rule rule) { return static_cast<std::size_t>(rule) - 1; }

  const LogIdentity* identity_;
  std::uint64_t records_ = 0;
  std::array<std::uint64_t, kRules> checked_{};
  std::vector<Violation> violations_;
  std::vector<std::string> notes_;
};

}  // namespace jari::audit
