// consumers/audit/seen.h — one record as the rules meet it: what it says, the time its partition
// had, and what it caused.
//
// Errors:  none.
// Threads: plain values; views live as long as the record is looked at.
#pragma once

#include "consumers/audit/facts.h"
#include "consumers/audit/moment.h"
#include "consumers/model/topics.h"

namespace jari::audit {

struct Seen {
  // What the record itself says (opener.h).
  At at;
  Bytes bytes;
  bool is_record = false;  // else nothing is known but its place
  Envelope envelope;
  Record body;  // monostate for the engine's own records
  Ids ids;
  std::uint64_t request_hash = 0;  // of a request: of its id
  std::uint64_t asker = 0;         // and of the role and the name of who asked
  bool is_operators = false;       // and whether only an operator may ask for it
  Hash128 content;                 // of an effect or a row: what its stream is chained with
  Fact fact;

  // What the auditor adds.
  Moment time;              // that it was applied at
  bool is_applied = false;  // a request, a node's own record, or an effect its stream accepted
  /// Whether all that it caused is in `caused`: not of the last ones of a log that goes on.
  bool is_settled = false;
  const Caused* caused = nullptr;

  [[nodiscard]] bool is_request() const { return envelope.kind == RecordKind::Request; }
};

/// The outcome of the request that stands there; nullptr where it was decided later, or before.
[[nodiscard]] inline const Effect* outcome_of(const Seen& seen) {
  for (const Effect& effect : *seen.caused) {
    const Said* said = std::get_if<Said>(&effect.what);
    if (said != nullptr && said->request == seen.request_hash) return &effect;
  }
  return nullptr;
}
[[nodiscard]] inline const Said* said_of(const Seen& seen) {
  const Effect* outcome = outcome_of(seen);
  return outcome == nullptr ? nullptr : &std::get<Said>(outcome->what);
}
[[nodiscard]] inline bool is_done(const Seen& seen) {
  const Said* said = seen.is_request() ? said_of(seen) : nullptr;
  return said != nullptr && said->decision == Decision::Granted;
}

/// What every rule writes into and looks things up in.
struct Desk {
  const LogIdentity& identity;
  const Names& names;
  Report& report;

  template <class Why>
  void expect(bool holds, Rule rule, const At& at, Why&& why) const {
    report.expect(holds, rule, at, std::forward<Why>(why));
  }
  [[nodiscard]] PartitionRef home_of(TopicNo topic, std::string_view key) const {
    return {topic, static_cast<PartitionNo>(partition_of(key, identity.topics[topic].partitions))};
  }
};

template <class T>
const T* body_as(const Seen& seen) {
  return std::get_if<T>(&seen.body);
}

/// Calls rules.apply(seen, body) where there is one for the body's type.
template <class Rules>
void apply_body(Rules& rules, const Seen& seen) {
  std::visit(
      [&](const auto& one) {
        if constexpr (requires { rules.apply(seen, one); }) rules.apply(seen, one);
      },
      seen.body);
}

}  // namespace jari::audit
