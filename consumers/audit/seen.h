// consumers/audit/seen.h — one record as the rules meet it: what it says, the time its partition
// had, and what it caused.
//
// Errors:  none.
// Threads: plain values; views live as long as the record is looked at.
#pragma once

#include <array>
#include <utility>

#include "consumers/audit/facts.h"
#include "consumers/audit/moment.h"
#include "consumers/model/topics.h"

namespace jari::audit {

/// A record's body, which lies elsewhere: any of Record; monostate where there is none.
class Body {
 public:
  Body() = default;
  template <class T>
  explicit Body(const T* at) : at_(at), type_(kTypeOf<T>) {}

  /// nullptr where it is another.
  template <class T>
  [[nodiscard]] const T* as() const {
    return type_ == kTypeOf<T> ? static_cast<const T*>(at_) : nullptr;
  }
  [[nodiscard]] const void* at() const { return at_; }
  /// What std::visit does.
  template <class Visit>
  auto visit(Visit&& visit) const {
    return visit_one(visit, std::make_index_sequence<kRecordTypesEnd - 1>{});
  }

 private:
  template <class Visit, std::size_t... Index>
  auto visit_one(Visit& visit, std::index_sequence<Index...>) const {
    using Result = decltype(visit(std::monostate{}));
    using Call = Result (*)(Visit&, const void*);
    static constexpr std::array<Call, sizeof...(Index) + 1> kCalls{
        [](Visit& to, const void*) -> Result { return to(std::monostate{}); },
        [](Visit& to, const void* at) -> Result {
          return to(*static_cast<const std::variant_alternative_t<Index + 1, Record>*>(at));
        }...};
    return kCalls[type_](visit, at_);
  }

  const void* at_ = nullptr;
  RecordType type_ = 0;
};

/// Three lines of the cache: what is met when it is read, then what rules ask for. The rest lies
/// in its block (opener.h).
struct alignas(64) Seen {
  // What the record itself says (opener.h).
  At at;
  Moment time;                     // that it was applied at
  const Effect* effect = nullptr;  // of an effect or a row; else nullptr
  Offset cause = 0;                // of those, with the next
  PartitionRef source;
  RecordKind kind = RecordKind::Unknown;
  bool is_record = false;     // else nothing is known but its place
  bool is_operators = false;  // whether only an operator may ask for it
  // What the auditor adds.
  bool is_applied = false;  // a request, a node's own record, or an effect its stream accepted
  /// Whether all that it caused is in `caused`: not of the last ones of a log that goes on.
  bool is_settled = false;
  RecordType type = 0;

  const Caused* caused = nullptr;
  Body body;  // none of the engine's own records
  Bytes own;  // theirs
  const Asked* asked = nullptr;
  std::uint64_t request_hash = 0;  // of a request: of its id
  std::uint64_t asker = 0;         // and of the role and the name of who asked
  Ids ids;
  const std::vector<Name>* cohorts = nullptr;  // of a programme's windows

  [[nodiscard]] bool is_request() const { return kind == RecordKind::Request; }
};
static_assert(sizeof(Seen) == 192);

/// Who asked for it; nobody where nobody did.
[[nodiscard]] inline Asked asked_of(const Seen& seen) {
  return seen.asked == nullptr ? Asked{} : *seen.asked;
}

/// The outcome of the request that stands there; nullptr where it was decided later, or before.
[[nodiscard]] inline const Effect* outcome_of(const Seen& seen) {
  for (const Effect* effect : *seen.caused) {
    const Said* said = std::get_if<Said>(&effect->what);
    if (said != nullptr && said->request == seen.request_hash) return effect;
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
  return seen.body.as<T>();
}

/// Calls rules.apply(seen, body) where there is one for the body's type.
template <class Rules>
void apply_body(Rules& rules, const Seen& seen) {
  seen.body.visit([&](const auto& one) {
    if constexpr (requires { rules.apply(seen, one); }) rules.apply(seen, one);
  });
}

}  // namespace jari::audit
