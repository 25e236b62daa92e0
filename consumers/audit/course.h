// consumers/audit/course.h — takes the figures of a log (figures.h) from its records. Judges
// nothing.
//
// Keeps when each ticket was given, in 4 bytes.
//
// Errors:  none.
// Threads: one.
#pragma once

#include <map>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "consumers/audit/kept.h"
#include "consumers/audit/seen.h"

namespace jari::audit {

class Course {
 public:
  explicit Course(const Desk& desk) : desk_(desk), figures_(desk.report.figures()) {}
  Course(const Course&) = delete;
  Course& operator=(const Course&) = delete;

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
  static constexpr std::size_t kCodes = kCodesEnd;

  void count(const Said& said);
  void gave_ticket(const Seen& seen);
  void admitted(const Seen& seen, const Admission& one);
  void take_turns(const Seen& seen);
  void configured(const Seen& seen, const QueueConfigured& said);
  void held(const Seen& seen, const AdmissionHeld& said);
  static void note(Line& line, LineFigures::Rate next);
  [[nodiscard]] Line& line_of(const Seen& seen, Name queue);

  Desk desk_;
  Figures& figures_;
  std::array<std::array<std::uint64_t, kCodes>, kRecordTypesEnd> decided_{};
  absl::flat_hash_map<std::pair<PartitionRef, Name>, Line> lines_;
  std::map<PartitionRef, bool> held_;
  std::vector<std::pair<Name, std::uint64_t>> turns_;  // queue and place, of one record
};

}  // namespace jari::audit
