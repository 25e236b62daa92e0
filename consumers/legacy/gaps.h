// consumers/legacy/gaps.h — Gaps: rows of `sync` that stand there while one before them in their
// stream does not: until it comes, or is given up.
//
// Whoever wrote a row out of turn finds that out within moments and writes again from the first
// one that is missing on. What an operator has given up (`jari serve --lost-sinks`) never comes,
// and no record says so: time does, once the log is read to an end that was heard of since. If it
// comes yet it is taken; a document carries its version.
//
// Units:   numbers of a stream; offsets of a partition of `sync`; milliseconds of a steady clock.
// Errors:  none.
// Threads: one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "consumers/legacy/database.h"
#include "engine/log/log.h"

namespace jari::legacy {

/// For so long a row is waited for, the log read and heard of meanwhile.
inline constexpr milliseconds kComesWithin{30'000};

/// Numbers of a stream that are gone.
struct Gap {
  StreamName stream;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  Offset before = 0;  // where the next row after them stands
  [[nodiscard]] std::uint64_t rows() const { return last - first + 1; }
};
/// `sync/0 has none of bookings/1 with the numbers 5 to 14, which …`
[[nodiscard]] std::string to_text(const Gap& gap, const LogIdentity& identity);

class Gaps {
 public:
  /// A row that came early stands there.
  void early(const StreamName& stream, std::uint64_t seq, Offset offset);
  /// One that forks its stream does: nothing of that is given up.
  void forked(const StreamName& stream, std::uint64_t seq, Offset offset);
  /// The stream goes on up to this number.
  void taken(const StreamName& stream, std::uint64_t seq);

  /// How far a partition may count as read: what is not settled is met again after a start.
  [[nodiscard]] Offset settled(PartitionNo partition, Offset next_offset) const;
  /// Rows that came early.
  [[nodiscard]] std::uint64_t waiting() const;

  /// What was waited for long enough, its partition read to its end there, is given up: those
  /// partitions are to be read again from these offsets on.
  [[nodiscard]] std::map<PartitionNo, Offset> give_up(const std::map<PartitionNo, Place>& read,
                                                      const Log& log, milliseconds now);
  /// Nobody said where the log ends: the time begins anew.
  void wait_anew();
  /// Nothing that is missing will come, but for what a fork hides.
  void give_up_all() { gives_all_up_ = true; }
  [[nodiscard]] bool is_given_up(const StreamName& stream, Offset offset) const;

  /// These rows are passed over.
  void lose(const Gap& gap);
  /// Whether it is one of those, which has come after all.
  [[nodiscard]] bool comes_late(const StreamName& stream, std::uint64_t seq);
  /// Rows that were passed over, of this run, and how many of them have come.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::uint64_t late() const { return late_.size(); }
  /// Those that were found since it was asked last.
  [[nodiscard]] std::vector<Gap> take_found();

  /// Begins at another place of the same log. What was given up stays so.
  void begin() { open_.clear(); }

 private:
  struct Open {
    Offset offset = 0;  // of the first row
    std::uint64_t highest = 0;
    std::uint64_t rows = 0;
    bool is_fork = false;
    std::optional<milliseconds> since;
  };
  Open& open(const StreamName& stream, std::uint64_t seq, Offset offset);

  std::map<StreamName, Open> open_;
  std::map<StreamName, Offset> given_up_;         // before this offset
  std::map<StreamName, std::vector<Gap>> known_;  // the newest ones of each
  std::vector<Gap> found_;
  std::set<std::pair<StreamName, std::uint64_t>> late_;
  std::uint64_t lost_ = 0;
  bool gives_all_up_ = false;
};

}  // namespace jari::legacy
