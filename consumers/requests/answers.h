// consumers/requests/answers.h — how a partition answers a request: once as a row of `outcomes`,
// to whoever waits for it, and the same again to whoever repeats the key.
//
// Decides nothing but what a key alone decides (seen before, reused, too many).
//
// Units:   none.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/model/record.h"
#include "consumers/model/topics.h"
#include "consumers/requests/requests.h"

namespace jari::requests {

/// A request on its way to its answer. `counts_with`: whose keys it counts with (keeper_of()).
struct Question {
  const Asked& asked;
  std::string_view counts_with;
  std::string_view sink_key;  // of the row: the person, else what it is about
  Hash128 key = key_of(asked);
};

/// Why whoever asks may not, whatever the door let through; None where they may.
struct Fault {
  Code code = Code::None;
  std::string_view field;
};
/// Who asks has a name, and an operator a reason; the key is of the form.
[[nodiscard]] Fault fault_of(const Asked& by);
/// Only an operator may ask this.
[[nodiscard]] Fault fault_of_operator(const Asked& by);
/// Only `person` may, for themself.
[[nodiscard]] Fault fault_of_person(const Asked& by, PersonId person);

/// What the keys of an operator's calls on `thing` count with: no person is called like this.
[[nodiscard]] std::string keeper_of(std::string_view thing);

class Answers {
 public:
  explicit Answers(Requests& requests) : requests_(requests) {}

  /// Whether the request is still to be judged. If not, it has been answered: as it was decided,
  /// or 422 for another content, or 429. `about` has what the body says: request, asked, person,
  /// ids.
  [[nodiscard]] bool is_new(const Question& question, const Outcome& about, Context& context);

  /// Publishes, remembers and tells the decision.
  void give(const Question& question, const Outcome& outcome, Context& context);
  /// Publishes and tells a refusal that leaves no trace in the state.
  void refuse(const Question& question, Outcome outcome, Code code, Context& context);

 private:
  void publish(const Question& question, const Outcome& outcome, Context& context);

  Requests& requests_;
  Encoder encoder_;
};

/// `outcome` as a yes with an HTTP status, as a no.
[[nodiscard]] Outcome granted(Outcome outcome, std::uint16_t status);
[[nodiscard]] Outcome refused(Outcome outcome, Code code);

}  // namespace jari::requests
