// consumers/legacy/watch.h — the other direction: a change that a clerk made in the old table, as a
// request to Jari, and what its answer means.
//
// Asks nobody: whoever watches sends the call and brings the answer.
//
// Units:   none.
// Errors:  an answer that says "not now" is asked for again; any other no is a conflict, for a
//          human.
// Threads: pure; OldChanges as Database.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/legacy/database.h"

namespace jari::legacy {

struct Change {
  std::uint64_t id = 0;
  std::string noted_at;  // digits: makes the key one that no other table ever used
  std::string by;
  std::string what;     // `cancelled`, `taken`
  std::string row_key;  // of the row in the old table
  std::string programme;
  std::string person;
  std::string site;
  std::string slot;
  std::string product;
  std::string answer;  // of one that was a conflict
};

/// A call of an operator.
struct Call {
  bool is_delete = false;  // else a POST
  std::string target;
  std::string body;
  std::string reason;
  std::string key;  // the same for the same change: asked twice, it is done once
};
[[nodiscard]] Call call_of(const Change& change);

enum class Verdict : std::uint8_t { Done = 1, Conflict, Later };
/// A conflict is what Jari has said no to, by a code of its own; whatever answers otherwise, or
/// says that we may not ask it, says nothing of the change.
[[nodiscard]] Verdict judge(int status, std::string_view code);

/// What the trigger has noted.
class OldChanges {
 public:
  virtual ~OldChanges() = default;
  [[nodiscard]] virtual Said open() = 0;
  /// Those nobody has asked for yet, oldest first, some at a time.
  [[nodiscard]] virtual Said next(std::vector<Change>& changes) = 0;
  /// Those that a human must look at.
  [[nodiscard]] virtual Said conflicts(std::vector<Change>& changes) = 0;
  /// It was asked for. A place that was taken is `appointment` now: the clerk's row gets that id,
  /// or goes where Jari has written its own already.
  [[nodiscard]] virtual Said settle(const Change& change, Verdict verdict,
                                    const std::string& answer, const std::string& appointment) = 0;
};

}  // namespace jari::legacy
