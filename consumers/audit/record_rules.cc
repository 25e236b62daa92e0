#include "consumers/audit/record_rules.h"

#include <algorithm>

namespace jari::audit {
namespace {

constexpr std::int64_t kKeyKeptMs = 86'400'000;
constexpr std::size_t kDigestsKept = 4096;

/// Whether the outcome is one that its key remembers.
bool is_effect(const Said& said) {
  return said.decision == Decision::Granted ||
         (said.decision == Decision::Refused && is_remembered(said.code));
}

/// Whether such a request, with an id, is answered where it stands: in bookings it may wait for its
/// turn.
bool is_answered_at_once(const Seen& seen) {
  return seen.body.visit([&](const auto& one) {
    using T = std::decay_t<decltype(one)>;
    constexpr bool kIsQueues =
        std::is_same_v<T, QueueConfigured> || std::is_same_v<T, PrequeueDrawn> ||
        std::is_same_v<T, TicketRequested> || std::is_same_v<T, TicketReturned>;
    constexpr bool kIsSites = std::is_same_v<T, SitePublished> ||
                              std::is_same_v<T, SlotPublished> || std::is_same_v<T, SlotChanged> ||
                              std::is_same_v<T, SlotWithdrawn> || std::is_same_v<T, StockChanged>;
    if constexpr (kIsQueues) return seen.at.where.topic == kQueueTopic;
    if constexpr (kIsSites) {
      return seen.at.where.topic == kInventoryTopic && is_id(one.site.text);
    }
    return std::is_same_v<T, ProgrammeConfigured> && seen.at.where.topic == kProgrammesTopic;
  });
}

}  // namespace

void RecordRules::look(const Seen& seen) {
  answered_.clear();
  is_repeat_ = false;
  look_at_own(seen);
  if (seen.is_request() && seen.is_applied && seen.asked) look_at_request(seen);
  look_at_decisions(seen);
}

void RecordRules::look_at_request(const Seen& seen) {
  look_at_operator(seen);
  const Asked& asked = *seen.asked;
  Keys& keys = keys_[seen.at.where];
  forget(keys, seen.time.steady_ms());
  // Asked again: its answer is the one it had, or 422. Without an id each is one of its own.
  const auto is_theirs = [&](const Sender& one) { return one.asker == seen.asker; };
  is_repeat_ = !asked.request.empty() && keys.senders.find(seen.request_hash, is_theirs) != nullptr;
  if (is_repeat_) return;
  keys.senders.add(seen.request_hash,
                   {seen.asker, seen.at.offset, Sender::kOpen, seen.type, seen.ids.person});
  if (!seen.is_settled || !is_answered_at_once(seen) || !is_id(asked.request)) return;
  desk_.expect(said_of(seen) != nullptr, Rule::I8, seen.at, [&] {
    return "the outcome of request " + std::string(asked.request) + " was lost";
  });
}

void RecordRules::look_at_operator(const Seen& seen) {
  if (!seen.is_operators) return;
  const Asked& asked = *seen.asked;
  const Said* said = said_of(seen);
  const bool did_nothing = said != nullptr && said->decision == Decision::Refused;
  const bool is_whole = asked.role == Role::Operator && !asked.by.empty() && !asked.reason.empty();
  desk_.expect(did_nothing || is_whole, Rule::I9, seen.at, [&] {
    const std::string act = "an operator's " + std::string(name_of(seen.type));
    if (asked.by.empty()) return act + " without a name";
    return act + (asked.reason.empty() ? " without a reason" : " by who is no operator");
  });
}

void RecordRules::look_at_decisions(const Seen& seen) {
  Keys* keys = nullptr;
  for_each<Said>(*seen.caused, [&](const Said& said, const At& row) {
    if (keys == nullptr) keys = &keys_[seen.at.where];
    settle(seen, *keys, said, row);
  });
}

/// Who sent what was decided: what stands there, or what waited under that id for that person.
Sender* RecordRules::sender_of(Senders& senders, const Seen& seen, const Said& said) {
  Sender* waited = nullptr;
  Sender* there = senders.find(said.request, [&](Sender& one) {
    if (one.asked != said.asked || !one.is_open()) return false;
    const bool is_theirs = one.person == 0 || said.person == 0 || one.person == said.person;
    if (is_theirs && waited == nullptr) waited = &one;
    return one.offset == seen.at.offset;
  });
  return there == nullptr ? waited : there;
}

/// Which request it answers. One that no key remembers may answer what was asked again.
void RecordRules::note(const Seen& seen, const Said& said, const At& row, const Sender* sender) {
  const bool is_there = seen.is_request() && seen.request_hash == said.request &&
                        seen.type == said.asked && !is_effect(said);
  const bool is_sent = is_there || sender != nullptr;
  answered_.push_back({said, row, is_sent, is_there || !is_sent ? seen.at.offset : sender->offset});
}

void RecordRules::settle(const Seen& seen, Keys& keys, const Said& said, const At& row) {
  const std::int64_t now = seen.time.steady_ms();
  Sender* sender = sender_of(keys.senders, seen, said);
  note(seen, said, row, sender);
  if (!is_effect(said)) {
    // Judged anew when it is sent again; but one sent again while the first waits is no other.
    const bool is_repeat = seen.is_request() && seen.request_hash == said.request;
    if (sender == nullptr || (is_repeat && sender->offset != seen.at.offset)) return;
    keys.senders.remove(said.request, [&](const Sender& one) { return &one == sender; });
    return;
  }
  desk_.expect(sender != nullptr, Rule::I5, seen.at, [&] {
    const bool was_sent = keys.senders.has(said.request);
    return was_sent ? "a request was decided twice within 24 hours: its second outcome is " +
                          desk_.report.place_of(row)
                    : "something was decided for a request that nobody sent: its outcome is " +
                          desk_.report.place_of(row);
  });
  if (sender == nullptr) return;
  sender->decided_ms = now;
  keys.decided.emplace_back(now, said.request);
}

void RecordRules::forget(Keys& keys, std::int64_t now_ms) {
  while (!keys.decided.empty() && keys.decided.front().first + kKeyKeptMs <= now_ms) {
    const std::uint64_t request = keys.decided.front().second;
    keys.decided.pop_front();
    keys.senders.remove(request, [&](const Sender& one) {
      return !one.is_open() && one.decided_ms + kKeyKeptMs <= now_ms;
    });
  }
}

void RecordRules::look_at_own(const Seen& seen) {
  const RecordKind kind = seen.kind;
  Tick tick;
  Claim claim;
  TimeJump jump;
  if (kind == RecordKind::Tick && flat::read_root(seen.own, tick)) {
    look_at_tick(seen, owners_[seen.at.where], tick);
  } else if (kind == RecordKind::Claim && flat::read_root(seen.own, claim)) {
    Owner& owner = owners_[seen.at.where];
    desk_.expect(claim.epoch <= owner.epoch + 1, Rule::I6, seen.at, [&] {
      return "epoch " + std::to_string(claim.epoch) + " was claimed after epoch " +
             std::to_string(owner.epoch);
    });
    if (claim.epoch != owner.epoch + 1) return;
    owner.epoch = claim.epoch;
    owner.process = claim.process;
  } else if (kind == RecordKind::TimeJump && flat::read_root(seen.own, jump)) {
    Owner& owner = owners_[seen.at.where];
    if (jump.epoch == owner.epoch && jump.process == owner.process) owner.time = seen.time.now;
  } else if (kind == RecordKind::Disputed) {
    desk_.expect(false, Rule::I6, seen.at, "a node came to another state");
  } else if (kind == RecordKind::StreamSet || kind == RecordKind::Reissue) {
    const Asked asked = asked_of(seen);
    desk_.expect(!asked.by.empty() && !asked.reason.empty(), Rule::I9, seen.at,
                 "an operator's repair without name and reason");
  }
}

void RecordRules::look_at_tick(const Seen& seen, Owner& owner, const Tick& tick) {
  if (tick.digest != Hash128{}) {  // it says something of the state
    const auto [known, is_new] = owner.digests.try_emplace(tick.upto, tick.digest);
    desk_.expect(is_new || known->second == tick.digest, Rule::I6, seen.at, [&] {
      return "two ticks give the state after offset " + std::to_string(tick.upto) +
             " different digests";
    });
  }
  desk_.expect(tick.upto < seen.at.offset, Rule::I6, seen.at,
               "the tick gives a digest of what stands after it");
  if (owner.digests.size() > kDigestsKept) owner.digests.erase(owner.digests.begin());
  // Among many writers one may come late, and one may be too far ahead to count.
  if (writers_ == LogWriters::Many) return;
  if (tick.epoch != owner.epoch || tick.process != owner.process) return;
  desk_.expect(tick.time >= owner.time, Rule::I6, seen.at, [&] {
    return "the tick says " + to_text(tick.time) + ", which is before the " + to_text(owner.time) +
           " of the one before it";
  });
  owner.time = std::max(owner.time, tick.time);
}

}  // namespace jari::audit
