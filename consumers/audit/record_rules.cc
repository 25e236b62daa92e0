#include "consumers/audit/record_rules.h"

namespace jari::audit {
namespace {

constexpr std::int64_t kKeyKeptMs = 86'400'000;
constexpr std::size_t kDigestsKept = 4096;

/// Whether the outcome is one that its key remembers.
bool is_effect(const Said& said) {
  return said.decision == Decision::Granted ||
         (said.decision == Decision::Refused && is_remembered(said.code));
}

}  // namespace

void RecordRules::look(const Seen& seen) {
  look_at_own(seen);
  if (seen.is_request()) look_at_request(seen);
  if (!desk_.identity.topics[seen.at.where.topic].is_sink) look_at_decisions(seen);
}

void RecordRules::look_at_request(const Seen& seen) {
  if (!seen.envelope.asked) return;
  const Asked& asked = *seen.envelope.asked;
  const std::string who =
      std::to_string(static_cast<int>(asked.role)) + " " + std::string(asked.by);
  keys_[{seen.at.where, std::string(asked.request)}].askers.insert(who);
  const Said* said = desk_.facts.said_of(seen.at, asked.request);
  if (asked.role != Role::Operator) return;
  const bool did_nothing = said != nullptr && said->decision == Decision::Refused;
  desk_.expect(
      did_nothing || (!asked.by.empty() && !asked.reason.empty()), Rule::I9, seen.at,
      asked.by.empty() ? "an operator's act without a name" : "an operator's act without a reason");
}

void RecordRules::look_at_decisions(const Seen& seen) {
  const auto* outcomes = desk_.facts.outcomes_of(seen.at);
  if (outcomes == nullptr) return;
  const std::int64_t now = seen.time.steady_ms();
  for (const Said& said : *outcomes) {
    if (!is_effect(said)) continue;
    Key& key = keys_[{seen.at.where, said.request}];
    std::erase_if(key.decided_ms, [now](std::int64_t at) { return at + kKeyKeptMs <= now; });
    key.decided_ms.push_back(now);
    desk_.expect(key.decided_ms.size() <= key.askers.size(), Rule::I5, seen.at,
                 key.askers.empty()
                     ? "something was decided for request " + said.request + ", which nobody sent"
                     : "request " + said.request + " was decided twice within 24 hours");
  }
}

void RecordRules::look_at_own(const Seen& seen) {
  Owner& owner = owners_[seen.at.where];
  Tick tick;
  Claim claim;
  if (seen.envelope.kind == RecordKind::Tick && flat::read_root(seen.envelope.body, tick)) {
    const auto [known, is_new] = owner.digests.try_emplace(tick.upto, tick.digest);
    desk_.expect(is_new || known->second == tick.digest, Rule::I6, seen.at,
                 "two ticks give the state after offset " + std::to_string(tick.upto) +
                     " different digests");
    desk_.expect(tick.upto < seen.at.offset, Rule::I6, seen.at,
                 "the tick gives a digest of what stands after it");
    if (owner.digests.size() > kDigestsKept) owner.digests.erase(owner.digests.begin());
  } else if (seen.envelope.kind == RecordKind::Claim &&
             flat::read_root(seen.envelope.body, claim)) {
    desk_.expect(claim.epoch <= owner.epoch + 1, Rule::I6, seen.at,
                 "epoch " + std::to_string(claim.epoch) + " was claimed after epoch " +
                     std::to_string(owner.epoch));
    if (claim.epoch == owner.epoch + 1) owner.epoch = claim.epoch;
  } else if (seen.envelope.kind == RecordKind::Disputed) {
    desk_.expect(false, Rule::I6, seen.at, "a node came to another state");
  }
}

}  // namespace jari::audit
