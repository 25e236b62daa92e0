// engine/runtime/following.h — how a member follows a log of many writers: reads and applies every
// partition, knows its log again, looks a second time where digests differ, writes behind.
//
// Says nothing to anybody: what apply says goes to the Outbox. All it applies is durable.
//
// Units:   milliseconds are the clock's since_boot.
// Errors:  load() says what is wrong with the state as a whole; what is wrong with one partition
//          parks that one. A log that does not answer is asked again.
// Threads: belongs to the member's thread.
#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "engine/runtime/member_options.h"
#include "engine/runtime/member_slot.h"
#include "engine/store/state_disk.h"

namespace jari {

/// What the disk has of this partition is not to be believed: an empty row where it is to be made
/// again in its place, else what was found, where that could not be done.
inline constexpr std::uint8_t kVoidTable = 253;
inline constexpr std::uint8_t kGenesisTable = 252;  // of the first partition: which log it is of

class Following {
 public:
  using Slot = MemberSlot;
  Following(Log& log, StateDisk& disk, const MemberOptions& options, Outbox& outbox);

  /// The state as the disk has it, held against the log.
  [[nodiscard]] Result<void> load();
  /// Follows to the ends that the log has now.
  [[nodiscard]] Result<void> catch_up(milliseconds now);
  /// Reads what there is, a share of each partition, and applies it.
  void follow(milliseconds now);
  /// What has been applied, with the rows that wait, goes to the disk as one.
  void write_behind();
  /// The same, where it is long enough since it was done last.
  void write_behind_in_time();

  /// Reads the record before our place back: whether the log is the one we know. Parks it if not; a
  /// sink only where acknowledged rows are gone, or where it is none of this log's.
  bool verify(Slot& slot);
  void park(Slot& slot, const std::string& why);
  /// A node says, by the record that is being applied, that our tick was wrong: the state is made
  /// again, and held against our ticks.
  void doubt(const Disputed& disputed);

  /// All is applied up to an end that the log has told of within the last second.
  [[nodiscard]] bool is_caught_up(const Slot& slot) const;
  /// From which LogEnds::heard on the ends are of this moment, or of a later one.
  [[nodiscard]] std::uint64_t heard_from_now(const Slot& slot) const {
    return log_.ends(slot.where).heard + 2;  // the next may have been asked for already
  }
  /// Whether what is applied there is news: not while a state is made again.
  [[nodiscard]] bool is_news(const Slot& slot) const { return !is_starting_ && !slot.second_look; }
  [[nodiscard]] MemberSlots& slots() { return slots_; }
  [[nodiscard]] const MemberSlots& slots() const { return slots_; }
  [[nodiscard]] std::size_t lag() const { return lag_; }
  /// Memory that its rows take which wait for sinks.
  [[nodiscard]] std::size_t waiting_bytes(const Slot& slot) const;
  /// As Turn::blocking_sink.
  [[nodiscard]] std::optional<PartitionRef> blocking_sink(const Slot& slot) const;
  [[nodiscard]] const Slot* applying() const { return applying_; }

 private:
  void make(Slot& slot);
  Result<void> take_row(PartitionRef where, std::uint8_t table, std::string_view key,
                        std::string_view row, std::set<PartitionRef>& voids);
  Result<void> forget(const std::set<PartitionRef>& voids);
  Result<void> loaded(Slot& slot);
  [[nodiscard]] Result<void> follow(Slot& slot);
  bool take(Slot& slot, const LogRecord& record, std::size_t& budget);
  bool apply(Slot& slot, const LogRecord& record);
  void hear(Slot& slot);
  [[nodiscard]] std::string why_another(Slot& slot);
  [[nodiscard]] bool is_our_genesis(const LogRecord& record) const;
  // following_again.cc
  using Look = SecondLook;
  [[nodiscard]] static bool waits(const Slot& slot) {
    return slot.second_look && slot.second_look->is_waiting;
  }
  void contradicted(Slot& slot, const std::string& why);
  void fell_behind(Slot& slot, const std::string& why);
  void look_again(Slot& slot, Look look);
  void look_for_copy(Slot& slot, Look look);
  void take_copy(Slot& slot);
  void begin_with(Slot& slot, const ProvedCopy& copy);
  void cannot_make(Slot& slot, const std::string& why_not);
  void judge(Slot& slot, const Look& look, const std::string& why_not);
  void dispute(Slot& slot, const Look& look);
  void park_doubted(Slot& slot, const Look& look, std::string why);
  void doubt_on_disk(Slot& slot, std::string_view why);
  void load_doubted(Slot& slot, std::string_view mark);
  // following_sinks.cc
  [[nodiscard]] bool is_read_again(Slot& slot);
  bool take_row(Slot& sink, const LogRecord& record);
  void look_for_lost_rows();
  void look_for_lost_rows(Slot& sink, Slot& source);

  Log& log_;
  StateDisk& disk_;
  const MemberOptions& options_;
  Outbox& outbox_;
  MemberSlots slots_;
  std::map<PartitionRef, PartitionPosition> positions_;  // while loading
  milliseconds now_{0};
  milliseconds written_at_ = kLongAgo;
  milliseconds before_ = kLongAgo;    // when it was looked before
  milliseconds sinks_at_ = kLongAgo;  // when lost rows were last looked for
  std::size_t lag_ = 0;               // records known of and not applied
  std::size_t waiting_bytes_ = 0;     // of all partitions, as of the last look
  bool has_given_up_ = false;         // lost rows, and the disk does not say so yet
  bool is_starting_ = true;
  bool is_signed_ = false;  // the disk says which log its state is of
  Slot* applying_ = nullptr;
  std::optional<Look> doubted_;  // by the record that is being applied
  struct Copies {
    std::mutex mutex;
    std::map<PartitionRef, Result<ProvedCopy>> found;
  };
  std::shared_ptr<Copies> copies_ = std::make_shared<Copies>();  // with whoever looks for one
  std::map<PartitionRef, std::string> doubts_;                   // while loading
};

}  // namespace jari
