// consumers/audit/course.h — takes the figures of a log (figures.h) from its records. Judges
// nothing.
//
// Keeps when each ticket was given, in 4 bytes, and what operators asked for until it is decided.
//
// Errors:  none.
// Threads: one.
#pragma once

#include <map>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "consumers/audit/kept.h"
#include "consumers/audit/record_rules.h"

namespace jari::audit {

class Course {
 public:
  Course(const Desk& desk, const RecordRules& records)
      : desk_(desk), records_(records), figures_(desk.report.figures()) {}
  Course(const Course&) = delete;
  Course& operator=(const Course&) = delete;

  /// After the rules of records have looked at it.
  void look(const Seen& seen);
  /// After the last record.
  void finish();
  void count(Kept& kept) const;

 private:
  struct Line {
    Instant opens_at;
    LineFigures::Rate now;  // what is allowed
    Instant first_ticket_at;
    std::vector<std::uint32_t> ticket_s;  // seconds since then, of each ticket
    std::int64_t second = 0;
    std::uint32_t in_second = 0;
    LineFigures* figures = nullptr;
  };
  /// What an operator asked for.
  struct Undecided {
    Act act;
    At at;
    Instant time;
  };
  using Place = std::pair<PartitionRef, Offset>;
  static constexpr std::size_t kCodes = kCodesEnd;

  void count(const Said& said);
  void gave_ticket(const Seen& seen);
  void admitted(const Seen& seen, const Admission& one);
  void take_turns(const Seen& seen);
  void take_acts(const Seen& seen);
  [[nodiscard]] static Undecided act_of(const Seen& seen);
  void did(const Undecided& one);
  void configured(const Seen& seen, const QueueConfigured& said);
  void held(const Seen& seen, const AdmissionHeld& said);
  static void note(Line& line, LineFigures::Rate next);
  [[nodiscard]] Line& line_of(const Seen& seen, Name queue);

  Desk desk_;
  const RecordRules& records_;
  Figures& figures_;
  std::array<std::array<std::uint64_t, kCodes>, kRecordTypesEnd> decided_{};
  absl::flat_hash_map<std::pair<PartitionRef, Name>, Line> lines_;
  std::map<PartitionRef, bool> held_;
  absl::flat_hash_map<Place, Undecided> undecided_;
  std::vector<std::pair<Name, std::uint64_t>> turns_;  // queue and place, of one record
};

}  // namespace jari::audit
