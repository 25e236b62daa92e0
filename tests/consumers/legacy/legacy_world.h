// tests/consumers/legacy/legacy_world.h — what stories of the old database are told with: a log
// with rows of `sync` as bookings leave them there, a mapping, a database in memory.
//
// Errors:  none of its own.
// Threads: one.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "consumers/legacy/database.h"
#include "consumers/model/outcome.h"
#include "engine/log/simulated/simulated_log.h"
#include "engine/record/flat.h"

namespace jari::legacy {

/// As ops/examples/legacy.toml has it for ops/legacy-table.sql.
[[nodiscard]] Mapping mapping_for_tests();

/// An appointment that a table takes; change what a story is about.
struct Booked {
  std::string appointment = "a1-7";
  std::uint32_t version = 1;
  std::string programme = "flu";
  std::string site = "site-7";
  AppointmentState state = AppointmentState::Booked;
  std::uint8_t dose = 1;                 // 0: the table refuses it
  Instant starts_at{1'772'460'000'000};  // 2026-03-02T14:00:00Z
  Instant as_of{1'772'355'600'000};
};
[[nodiscard]] std::string document_of(const Booked& booked);
[[nodiscard]] Row row_for_tests(const Booked& booked);

/// A log whose partitions of `bookings` say things to those of `sync`.
class SyncLog {
 public:
  SyncLog();
  [[nodiscard]] SimulatedLog& log() { return log_; }
  /// One more row of the stream from that partition of `bookings`.
  void say(const Booked& booked, PartitionNo source = 1);
  /// A row with a place of its own making.
  void say_at(const StreamPlace& place, const std::string& document);
  /// Where the next row of that source stands.
  [[nodiscard]] StreamPlace next_place(PartitionNo source, const std::string& appointment) const;

 private:
  SimulatedLog log_;
  std::map<std::pair<PartitionRef, PartitionRef>, StreamMark> streams_;
  flat::Builder builder_{1024};
};

/// Rows, letters and position in memory, and what goes wrong.
class MemoryDatabase final : public Database {
 public:
  struct Stored {
    std::uint32_t version = 0;
    std::vector<Value> values;
    bool operator==(const Stored&) const = default;
  };
  struct Tables {
    std::map<std::string, Stored> rows;
    std::map<std::string, Letter> letters;
    Position position;
    const MemoryDatabase* owner = nullptr;  // who syncs
  };
  explicit MemoryDatabase(Tables& tables) : tables_(tables) {}
  ~MemoryDatabase() override;

  [[nodiscard]] Said open(Position& position) override;
  void prepare(const Batch& batch) override { ready_ = batch; }
  void send() override;
  [[nodiscard]] Said finish() override;
  [[nodiscard]] Said forget() override;
  [[nodiscard]] Said letters(const VisitLetter& visit) override;
  [[nodiscard]] Said retry(const Row& row) override;

  [[nodiscard]] bool is_ready() const { return ready_.has_value(); }

  /// Why a row is refused; empty: it is not. Default: a dose of 0, a long programme.
  std::function<std::string(const Row&)> refuses;
  Answer refuses_as = Answer::Refused;
  std::deque<Said> open_faults;    // of the next ones, in order
  std::deque<Said> finish_faults;  // Written: none
  bool commits_and_fails = false;  // the next fault of finish() comes after the commit
  milliseconds answer_takes{0};    // told to `takes_time`
  std::function<void(milliseconds)> takes_time;
  std::uint64_t opens = 0;
  std::uint64_t batches = 0;
  std::size_t largest_batch = 0;

 private:
  [[nodiscard]] std::string refusal(const Row& row) const;
  [[nodiscard]] Said commit(const Batch& batch);
  void write(const Row& row);

  Tables& tables_;
  std::optional<Batch> ready_;
  std::optional<Batch> sent_;
};

}  // namespace jari::legacy
