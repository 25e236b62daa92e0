// consumers/legacy/database.h — the port Database: the old table, the position and the dead letters
// beside it, changed together in one transaction.
//
// Says no SQL and no vendor; what implements it maps each failure to one of five answers.
//
// Units:   a Position's offsets are the next to read.
// Errors:  an Answer: a row was refused, not now, or never with these settings. After any answer
//          but Written nothing of the batch stands, or it is not known whether all of it does:
//          open() says.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "consumers/legacy/mapping.h"
#include "engine/base/hash.h"
#include "engine/record/envelope.h"

namespace jari::legacy {

enum class Answer : std::uint8_t {
  Written = 1,  // done, and durable
  Refused,      // a row of it cannot be written: constraint, form, length, a trigger's no
  Unclear,      // a row of it, or none at all can be: whether others are written tells
  NotNow,       // away, busy, locked, read-only: the same may be asked again
  Never,        // wrong settings, missing tables, missing rights: somebody must mend them
};

/// Said::code where somebody else syncs.
inline constexpr std::string_view kInUse = "in-use";
/// Said::code where nobody there said anything: `why` is all that is known.
inline constexpr std::string_view kNoAnswer = "connection";

struct Said {
  Answer answer = Answer::Written;
  std::string code;  // the vendor's, stable: `22001`
  std::string why;   // for people, one line
};

/// The last row that was taken of a stream into a partition of `sync`.
struct StreamMark {
  std::uint64_t seq = 0;
  Hash128 hash;
  bool operator==(const StreamMark&) const = default;
};
struct Place {
  Hash128 incarnation;
  Offset next_offset = 0;
  bool operator==(const Place&) const = default;
};
using StreamName = std::pair<PartitionNo, PartitionRef>;  // partition of `sync`, source

/// How far `sync` has been written. In a batch: only what the batch moves.
struct Position {
  std::map<PartitionNo, Place> places;
  std::map<StreamName, StreamMark> streams;
  bool operator==(const Position&) const = default;
};

/// One document that the table has refused.
struct Letter {
  std::string appointment;
  std::uint64_t version = 0;
  std::string document;
  std::string code;
  std::string reason;
  std::uint64_t waiting = 0;  // later versions that joined it
  std::uint64_t attempts = 1;
  std::string refused_at;
};

/// What becomes true together. A row of an appointment that has a dead letter joins it instead.
struct Batch {
  std::vector<const Row*> rows;  // each appointment once
  std::vector<Letter> letters;   // written before the rows
  Position moves;
};

class Database {
 public:
  virtual ~Database() = default;

  /// Begins anew: connects, becomes the only one that syncs, and says how far it is. Nothing is
  /// ready then.
  [[nodiscard]] virtual Said open(Position& position) = 0;
  /// Makes ready what send() is to send, in place of what was ready before. Its rows must live
  /// until it was sent and finish() has said what became of it, or until it is replaced. May be
  /// said while another batch is under way: a database that has answered need not wait then for the
  /// next one to be made.
  virtual void prepare(const Batch& batch) = 0;
  /// Sends what is ready, once, whatever became of the one before; one at a time.
  virtual void send() = 0;
  /// Waits for what became of it. What is ready stays so.
  [[nodiscard]] virtual Said finish() = 0;
  /// Forgets the position: all is read again, and older versions change nothing.
  [[nodiscard]] virtual Said forget() = 0;

  /// Every dead letter, by appointment. Needs no open().
  using VisitLetter = std::function<void(const Letter&)>;
  [[nodiscard]] virtual Said letters(const VisitLetter& visit) = 0;
  /// Tries the newest document of one again: Written takes the letter away, Refused leaves it with
  /// the new reason. Beside whoever syncs. Needs no open().
  [[nodiscard]] virtual Said retry(const Row& row) = 0;
};

}  // namespace jari::legacy
