// consumers/legacy/sync.h — Sync: from the log to the database, at its pace; what the database
// refuses goes aside, and what it cannot do now waits.
//
// Does what can be done at once and says when to be called again: whoever calls step() waits,
// looks at signals and reads settings again. Bookings never wait for it.
//
// Units:   rows of `sync`; milliseconds.
// Errors:  what fails is said once, when it begins, and once when it is over: a database that
// cannot
//          be written, a log that nobody lets us read for a few seconds. step() fails only where
//          going on would be wrong: another log.
// Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "consumers/legacy/database.h"
#include "consumers/legacy/pace.h"
#include "consumers/legacy/sync_reader.h"

namespace jari::legacy {

struct SyncFigures {
  std::uint64_t written = 0;  // rows, since it began
  std::uint64_t refused = 0;  // dead letters, since it began
  std::uint64_t batches = 0;
  std::uint64_t failures = 0;  // batches that were not written at first
  std::uint64_t misfits = 0;
  std::uint64_t lost = 0;  // rows that did not come and were given up, since it began
  std::uint64_t late = 0;  // those of them that came after all
  std::uint64_t lag_records = 0;
  milliseconds lag{0};      // of the oldest row that is not written yet
  milliseconds answer{0};   // the last one
  std::uint32_t share = 0;  // Pace::share()
  milliseconds unread{0};   // for so long the log could not be read; 0: it can
  bool is_waiting = false;  // for a database that cannot, or an hour that is not one of its
};

struct SyncParts {
  Log& log;
  std::function<Result<void>()> catch_up;  // of the log; what was seen is durable afterwards
  Database& database;
  const Mapping& mapping;
  std::function<Moment()> clock;
  std::function<void(const std::string&)> say;  // to people
};

class Sync {
 public:
  Sync(SyncParts parts, PaceSettings pace);

  /// For how long there is nothing to do.
  [[nodiscard]] Result<milliseconds> step();
  /// To be called now and then by what waits for the database within step() or finish().
  void meanwhile();
  /// Waits for what is under way.
  void finish();
  /// Open, nothing is under way, and the log can be read.
  [[nodiscard]] bool is_idle() const {
    return is_open_ && under_way_ == 0 && figures_.unread == milliseconds{0};
  }
  void set_pace(PaceSettings settings) { pace_.set(std::move(settings)); }
  [[nodiscard]] const SyncFigures& figures() const { return figures_; }
  /// Why it could not even begin, where nothing but mending settings helps.
  [[nodiscard]] const std::optional<Said>& hopeless() const { return hopeless_; }

 private:
  [[nodiscard]] Result<milliseconds> open(const Moment& now);
  [[nodiscard]] Result<void> read_on(const Moment& now);
  [[nodiscard]] std::string why_unread(const Result<void>& read, const Moment& now);
  void look_at_log(const std::string& trouble, const Moment& now);
  void say_what_does_not_fit();
  void look_ahead();
  void send(std::size_t rows, const Moment& now);
  [[nodiscard]] Batch compose(std::size_t first, std::size_t rows) const;
  void take_answer();
  void take_written();
  void take_refused(const Said& said);
  void refuse_first(const Said& said);
  void ask_with_another(const Moment& now);
  void take_other(const Said& said, const Moment& now);
  [[nodiscard]] const Row* another() const;
  void fail(const Said& said, const Moment& now);
  void recover(const Moment& now);
  void look_at_lag(const Moment& now);

  SyncParts parts_;
  Pace pace_;
  SyncReader reader_;
  std::uint64_t misfits_told_ = 0;
  std::uint64_t late_told_ = 0;
  bool is_open_ = false;
  std::deque<Item> pending_;  // read and not written, in order; the first ones may be under way
  std::size_t under_way_ = 0;
  milliseconds sent_at_{0};  // what the database is waited for
  Batch batch_;
  Batch next_;
  std::size_t next_rows_ = 0;  // those behind the ones under way that are ready to be sent; 0: none
  std::size_t narrow_ =
      0;  // after a refusal: no more rows than these at once; 0: as the pace has it
  std::optional<Said> suspicion_;  // why the first row alone was not written: are others?
  std::size_t others_ = 0;         // that were asked with meanwhile
  bool is_alone_ = false;       // another was written: if it is not written again, it is that row
  std::optional<Row> written_;  // one of those that were written last
  milliseconds again_at_{0};
  milliseconds pause_{0};
  std::string trouble_;  // what was said last, by its code; empty: all is well
  std::optional<Moment> troubled_since_;
  std::uint32_t brief_ = 0;  // failures in a row that pass by themselves
  std::optional<Instant> oldest_;
  std::optional<Said> hopeless_;
  bool was_open_ = false;
  milliseconds readable_at_{0};  // last
  bool is_unread_told_ = false;
  struct Heard {  // of a partition's end
    std::uint64_t number = 0;
    milliseconds at{0};
  };
  std::map<PartitionRef, Heard> heard_;
  SyncFigures figures_;
};

}  // namespace jari::legacy
