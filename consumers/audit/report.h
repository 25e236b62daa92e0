// consumers/audit/report.h — what an audit found: each rule, how often it was checked, what broke
// it, and what operators did that people should know of.
//
// Units:   checked counts the times a rule could have been broken.
// Errors:  none.
// Threads: one.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/audit/by_partition.h"
#include "consumers/audit/figures.h"

namespace jari::audit {

/// Checkpoint: not of the log alone, but of it and what was published of it before.
enum class Rule : std::uint8_t { I1 = 1, I2, I3, I4, I5, I6, I7, I8, I9, Checkpoint };
inline constexpr std::size_t kRules = 9;               // of the log alone
[[nodiscard]] std::string to_text(Rule rule);          // `I1`, `checkpoint`
[[nodiscard]] std::string_view meaning_of(Rule rule);  // a sentence
[[nodiscard]] std::string_view rest_of(Rule rule);     // what else proves it; empty: nothing else

struct Violation {
  Rule rule{};
  At at;
  std::string why;
  std::uint64_t found = 0;  // when so many records were read
};

/// What an operator may do and the audit lists; no violation.
enum class Kind : std::uint8_t { Booking = 1, Override, NoBeacon, SeedLost, Loss, Repair };
[[nodiscard]] std::string_view to_text(Kind kind);     // `operator-booking`
[[nodiscard]] std::string_view heading_of(Kind kind);  // as a report for people has it
struct Listed {
  Kind kind{};
  At at;
  std::string by;
  std::string reason;
  std::string what;
  std::uint64_t found = 0;  // as a violation's
};

/// A checkpoint that was published, and that the log was held against.
struct Published {
  struct Signature {
    std::string name;    // of the key
    std::string key_id;  // 8 hex digits, as the note has it
  };
  Instant time;
  std::uint64_t records = 0;
  std::string hash;  // SHA-256 of its text, hex
  std::vector<Signature> signatures;
  std::string signed_by;  // the key that verified it; empty: nobody looked
  std::string key_hash;   // SHA-256 of that public key, hex
  bool is_extended = false;
};

class Report {
 public:
  static constexpr std::size_t kKept = 10'000;  // violations, and what is listed of each kind

  explicit Report(LogIdentity identity) : identity_(std::move(identity)), read_(identity_) {}

  void checked(Rule rule, std::uint64_t times = 1) { checked_[index(rule)] += times; }
  /// `why` is a text, or says it when asked.
  template <class Why>
  void expect(bool holds, Rule rule, const At& at, Why&& why) {
    checked(rule);
    if (holds) return;
    if constexpr (requires { std::string(why()); }) {
      break_rule(rule, at, std::string(why()));
    } else {
      break_rule(rule, at, std::string(why));
    }
  }
  void break_rule(Rule rule, const At& at, std::string why);
  void list(Listed one);
  void add_record(const At& at, Instant time);
  /// What another found in the same records, which it forgets: where both found something at once,
  /// that is first. How many records each has read stays its own.
  void take_from(Report& other);
  void add_checkpoint(Published one) { checkpoints_.push_back(std::move(one)); }

  /// How the days went, beside the rules.
  [[nodiscard]] Figures& figures() { return figures_; }
  [[nodiscard]] const Figures& figures() const { return figures_; }

  [[nodiscard]] bool is_good() const { return violations_.empty(); }
  [[nodiscard]] std::uint64_t records() const { return records_; }
  /// The first of them, in the order found.
  [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }
  [[nodiscard]] const std::vector<Listed>& listed() const { return listed_; }
  [[nodiscard]] const std::vector<Published>& checkpoints() const { return checkpoints_; }
  [[nodiscard]] std::uint64_t checks_of(Rule rule) const { return checked_[index(rule)]; }
  [[nodiscard]] std::uint64_t violations_of(Rule rule) const { return broken_[index(rule)]; }
  [[nodiscard]] std::uint64_t violations_in_all() const;
  [[nodiscard]] std::uint64_t listed_of(Kind kind) const;

  /// `queue 3 17`.
  [[nodiscard]] std::string place_of(const At& at) const;
  /// `Tick`, as an export names it; empty where only the place is known.
  [[nodiscard]] static std::string_view type_of(const At& at);
  /// `violation: RULE TOPIC PARTITION OFFSET: TYPE: why`.
  [[nodiscard]] std::string line_of(const Violation& violation) const;
  [[nodiscard]] std::string json() const;
  [[nodiscard]] std::string html() const;

 private:
  struct Read {
    std::uint64_t records = 0;
    Instant last;  // log time
  };
  static std::size_t index(Rule rule) { return static_cast<std::size_t>(rule) - 1; }
  void append_verdict(std::string& out) const;
  void append_first_violation(std::string& out) const;
  void append_totals(std::string& out) const;
  void append_read(std::string& out) const;

  LogIdentity identity_;
  std::uint64_t records_ = 0;
  ByPartition<Read> read_;
  std::array<std::uint64_t, kRules + 1> checked_{};
  std::array<std::uint64_t, kRules + 1> broken_{};
  std::vector<Violation> violations_;
  std::vector<Listed> listed_;
  std::map<Kind, std::uint64_t> listed_of_;
  std::vector<Published> checkpoints_;
  Figures figures_;
};

}  // namespace jari::audit
