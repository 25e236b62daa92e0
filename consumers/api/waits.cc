#include <algorithm>

#include "consumers/api/documents.h"
#include "consumers/api/door.h"
#include "consumers/api/refusals.h"

namespace jari::api {
namespace {

/// Names who waits for what, where. No id has a NUL.
Hash128 waiter_key(PartitionRef where, std::string_view who, std::string_view request) {
  thread_local std::string bytes;
  bytes.clear();
  canonical::append_scalar(bytes, where.topic);
  canonical::append_scalar(bytes, where.partition);
  bytes.append(who).push_back('\0');
  bytes.append(request);
  return hash128(bytes_of(bytes));
}

Asked asked_by(const Call& call, const Append& append) {
  return {append.request, call.caller.role, call.caller.name, call.caller.acting_for,
          call.reason,    call.content,     call.is_key_drawn};
}

}  // namespace

/// Once: each is looked up several times on its way.
void Door::name(Call& call) {
  for (Append& append : call.appends) {
    append.key = requests::key_of(call.caller.role, call.caller.name, append.request);
    append.waits_for = waiter_key(append.where, call.caller.name, append.request);
  }
}

/// What another call has appended under the same name and waits for.
std::optional<Door::Waiting> Door::waited_for(const Call& call, const Append& append) const {
  const auto waiting = waiters_.find(append.waits_for);
  if (waiting == waiters_.end()) return std::nullopt;
  for (const Waiting& one : waiting->second) {
    if (calls_.at(one.call)->caller.role == call.caller.role) return one;
  }
  return std::nullopt;
}

bool Door::stands(const Call& call) {
  return std::all_of(call.appends.begin(), call.appends.end(), [](const Append& append) {
    return append.stands == nullptr || append.stands->load();
  });
}

Door::Seen Door::look_up(const Call& call, const Append& append) const {
  if (const auto other = waited_for(call, append); other) {
    return calls_.at(other->call)->content == call.content ? Seen::Pending : Seen::Reused;
  }
  if (const auto row = remembered(world_, append.where, append.key)) {
    if (row->content != call.content) return Seen::Reused;
    return row->pending ? Seen::Pending : Seen::Decided;
  }
  return known_keys_.is_reused(append.key, call.content) ? Seen::Reused : Seen::New;
}

/// Appends what is new, and notes what is known already.
void Door::append_all(Call& call, Turn& turn) {
  call.reply = Reply{};
  call.is_applying = false;
  for (Append& append : call.appends) {
    const Seen seen = look_up(call, append);
    if (seen == Seen::Decided) {
      append.is_decided = true;
      if (call.reply.kind == Reply::Kind::Refused) continue;
      show_remembered(world_, turn, append.where, append.key, append.request, call);
      continue;
    }
    ++call.undecided;
    if (seen == Seen::Pending) {
      if (const auto other = waited_for(call, append); other) {
        append.stands = calls_.at(other->call)->appends[other->append].stands;
      }
      continue;
    }
    Envelope envelope;
    envelope.kind = RecordKind::Request;
    envelope.type = append.type;
    envelope.version = kLogicVersion;
    envelope.body = bytes_of(append.body);
    envelope.asked = asked_by(call, append);
    turn.append(append.where, write_envelope(builder_, envelope));
    has_appended_ = true;
    call.is_applying = true;
    if (!standing_) standing_ = std::make_shared<std::atomic<bool>>(false);
    append.stands = standing_;
    known_keys_.remember(append.key, call.content);
  }
}

void Door::wait_for(CallPtr call, const Turn& turn) {
  if (call->patience == milliseconds{0}) {  // durable is enough
    if (call->is_applying) {                // its position is known once it stands in the log
      applying_.push_back(std::move(call));
      return;
    }
    if (stands(*call)) {
      postpone(*call, turn);
      return finish(std::move(call));
    }
    call->patience = settings_.position_wait;  // another call has appended it, a moment ago
  }
  call->id = ++calls_taken_;
  call->deadline = clock_.read().since_boot + call->patience;
  for (std::size_t i = 0; i < call->appends.size(); ++i) {
    const Append& append = call->appends[i];
    if (append.is_decided) continue;
    waiters_[append.waits_for].push_back({call->id, i});
  }
  deadlines_.insert({call->deadline, call->id});
  waits_count_.fetch_add(1);
  const std::uint64_t id = call->id;
  calls_.emplace(id, std::move(call));
}

/// Takes its waiters away.
void Door::leave(const Call& call) {
  for (const Append& append : call.appends) {
    const auto at = waiters_.find(append.waits_for);
    if (at == waiters_.end()) continue;
    Waiters& all = at->second;
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&](const Waiting& one) { return one.call == call.id; }),
              all.end());
    if (all.empty()) waiters_.erase(at);
  }
  if (deadlines_.erase({call.deadline, call.id}) != 0) waits_count_.fetch_sub(1);
}

/// The same key may have come with another content through another node: each is told its own.
bool Door::is_meant(const Call& call, const Append& append, const Outcome& outcome) const {
  if (append.type != outcome.asked) return false;  // of another of the same name
  const auto row = remembered(world_, append.where, append.key);
  if (!row) return true;  // refused, and forgotten
  return (row->content == call.content) == (outcome.code != Code::IdempotencyKeyReused);
}

void Door::decided(PartitionRef where, std::string_view who, std::string_view request,
                   Bytes outcome, Turn& turn) {
  const Record record = decode(kTypeOf<Outcome>, outcome);
  CHECK(std::holds_alternative<Outcome>(record));
  const Outcome& what = std::get<Outcome>(record);
  note_turned_away(who, request, what);
  const auto at = waiters_.find(waiter_key(where, who, request));
  if (at == waiters_.end()) return;
  for (const Waiting& one : at->second) {
    Call& call = *calls_.at(one.call);
    Append& append = call.appends[one.append];
    if (append.is_decided || !is_meant(call, append, what)) continue;
    append.is_decided = true;
    answer_one(call, append, what, turn);
    if (--call.undecided == 0) concluded_.push_back(call.id);
  }
}

/// A partition says who asked, not in which role: this door knows which keys it has sent.
void Door::note_turned_away(std::string_view who, std::string_view request,
                            const Outcome& outcome) {
  if (outcome.decision == Decision::Granted || is_remembered(outcome.code)) return;
  for (const Role role : {Role::Person, Role::Operator}) {
    const Hash128 key = requests::key_of(role, who, request);
    if (known_keys_.has(key)) turned_away_.remember(key, refusal_of(outcome));
  }
}

/// Of several records, the first no is the answer; what is shown is as of the last.
void Door::answer_one(Call& call, Append& append, const Outcome& outcome, Turn& turn) {
  if (call.reply.kind == Reply::Kind::Refused) return;
  show_outcome(world_, turn, append.where, outcome, call);
}

/// Every record of the call is decided: it is answered, unless more must come true first.
void Door::conclude(std::uint64_t id, Turn& turn) {
  const auto at = calls_.find(id);
  if (at == calls_.end()) return;
  Call& call = *at->second;
  const bool is_granted = call.reply.kind != Reply::Kind::Refused;
  if (is_granted && call.route->is_settled != nullptr &&
      !call.route->is_settled(world_, turn, call)) {
    if (!deadlines_.contains({call.deadline, call.id})) {  // its keys were known
      call.deadline = clock_.read().since_boot + call.patience;
      deadlines_.insert({call.deadline, call.id});
      waits_count_.fetch_add(1);
    }
    settling_.push_back(id);
    return;
  }
  for (const Append& append : call.appends) touch(call.reply, turn, append.where);
  leave(call);
  CallPtr done = std::move(at->second);
  calls_.erase(at);
  finish(std::move(done));
}

void Door::settle(Turn& turn) {
  std::vector<std::uint64_t> ids;
  ids.swap(settling_);
  for (const std::uint64_t id : ids) conclude(id, turn);
}

/// What has waited long enough is told so: 202 is a promise, so what does not stand in the log gets
/// none. It may stand there later: the same key sent again, to whichever node, shows it.
void Door::expire(Turn& turn) {
  const milliseconds now = clock_.read().since_boot;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto at = calls_.find(deadlines_.begin()->second);
    CHECK(at != calls_.end());
    leave(*at->second);
    CallPtr call = std::move(at->second);
    calls_.erase(at);
    if (stands(*call)) {
      postpone(*call, turn);
    } else {
      refuse(call->reply, Code::NotCaughtUp);
    }
    finish(std::move(call));
  }
  for (CallPtr& call : held_back_) {
    call->is_late |= call->deadline <= now;
  }
  look_again(turn);
}

/// 202: it is durable, and not decided, or not everywhere. True at a position that has it.
void Door::postpone(Call& call, const Turn& turn) {
  std::vector<PartitionRef> missing = std::move(call.reply.missing);
  call.reply = Reply{};
  call.reply.kind = Reply::Kind::Pending;
  call.reply.status = 202;
  call.reply.missing = std::move(missing);
  for (const Append& append : call.appends) touch(call.reply, turn, append.where);
}

}  // namespace jari::api
