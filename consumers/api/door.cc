#include "consumers/api/door.h"

#include <algorithm>
#include <utility>

#include "consumers/api/documents.h"
#include "consumers/api/refusals.h"

namespace jari::api {
namespace {

constexpr std::size_t kLanes = 16;
constexpr std::size_t kCallsTogether = 256;  // of a lane, in one task
constexpr std::size_t kRoomOfAll = 2;        // times outstanding_max
constexpr std::int64_t kRetryAfterSlow = 1;
constexpr std::int64_t kRetryAfterLong = 5;

}  // namespace

/// Calls on their way to the engine: whoever finds the lane empty posts one task for all of them.
struct Door::Lane {
  std::mutex mutex;
  std::vector<CallPtr> calls;
  bool is_posted = false;

  // The engine's thread's.
  std::vector<CallPtr> taken;
  std::size_t next = 0;  // of taken
};

Door::Door(Engine& engine, const World& world, Clock& clock, DoorSettings settings, Deliver deliver)
    : engine_(engine),
      world_(world),
      clock_(clock),
      settings_(settings),
      deliver_(std::move(deliver)),
      partitions_(world.log.partitions()),
      known_keys_(settings.known_keys_max),
      turned_away_(settings.known_keys_max),
      person_rate_(settings.person_rate) {
  for (std::size_t i = 0; i < kLanes; ++i) lanes_.push_back(std::make_unique<Lane>());
}

Door::~Door() = default;

std::size_t Door::room_for(const Route& route) const {
  const bool is_of_people = is_change(route) && route.access == Access::Person;
  return settings_.outstanding_max * (is_of_people ? 1 : kRoomOfAll);
}

// Here and not where the engine judges it: what waits in lanes has not come that far.
void Door::take(std::uint32_t lane_number, CallPtr call) {
  if (!has_room_for(*call->route)) {
    refuse(call->reply, {.code = Code::Overloaded, .retry_after_seconds = kRetryAfterSlow});
    std::vector<CallPtr> refused;
    refused.push_back(std::move(call));
    return deliver_(std::move(refused));
  }
  Lane& lane = *lanes_[lane_number % kLanes];
  outstanding_.fetch_add(1);
  {
    const std::scoped_lock lock(lane.mutex);
    lane.calls.push_back(std::move(call));
    if (lane.is_posted) return;
    lane.is_posted = true;
  }
  if (engine_.post([this, &lane](Turn& turn) { drain(lane, turn); })) return;
  std::vector<CallPtr> refused;  // the engine takes nothing any more
  {
    const std::scoped_lock lock(lane.mutex);
    refused.swap(lane.calls);
    lane.is_posted = false;
  }
  for (CallPtr& one : refused) refuse(one->reply, Code::ShuttingDown);
  outstanding_.fetch_sub(refused.size());
  deliver_(std::move(refused));
}

// Some at a time, so that the engine can commit in between. It takes no tasks any more once it is
// being stopped: then all of them. Reads first: they see nothing that is appended here, and must
// not wait until it is durable.
void Door::drain(Lane& lane, Turn& turn) {
  if (lane.next == lane.taken.size()) {
    lane.taken.clear();
    lane.next = 0;
    const std::scoped_lock lock(lane.mutex);
    lane.taken.swap(lane.calls);
    lane.is_posted = false;
  }
  const auto go_on = [this, &lane](Turn& next) { drain(lane, next); };
  do {
    const std::size_t end = std::min(lane.taken.size(), lane.next + kCallsTogether);
    for (std::size_t i = lane.next; i < end; ++i) {
      if (!is_change(*lane.taken[i]->route)) judge(std::move(lane.taken[i]), turn);
    }
    flush(turn);
    for (; lane.next < end; ++lane.next) {
      if (lane.taken[lane.next]) judge(std::move(lane.taken[lane.next]), turn);
    }
  } while (lane.next < lane.taken.size() && !engine_.post(go_on));
  flush(turn);
}

void Door::judge(CallPtr call, Turn& turn) {
  if (!is_reached(*call, turn) && !call->is_late) {
    hold_back(std::move(call));
  } else if (is_change(*call->route)) {
    change(std::move(call), turn);
  } else {
    read(std::move(call), turn);
  }
}

bool Door::is_reached(const Call& call, const Turn& turn) const {
  if (!call.position) return true;
  return std::all_of(call.position->begin(), call.position->end(), [&](const LogPlace& place) {
    return turn.applied(place.where) >= place.next_offset;
  });
}

/// Whether it shows a partition that may have decided more than a moment ago what is not seen here.
/// One that stands still for good is shown as it stands.
bool Door::is_stale(const Reply& reply, const Turn& turn) const {
  if (reply.is_of_any_age) return false;
  return std::any_of(reply.places.begin(), reply.places.end(), [&](const LogPlace& place) {
    const bool is_decided = world_.log.has_consumer(place.where);
    return is_decided && !turn.is_fresh(place.where) && !turn.is_parked(place.where);
  });
}

/// Whether it shows a partition of which nothing has been read, as on a node that began without a
/// snapshot on a log that was trimmed.
bool Door::is_unread(const Call& call, const Turn& turn) const {
  if (call.route->is_of_the_node) return false;
  const auto& places = call.reply.places;
  return std::any_of(places.begin(), places.end(), [&](const LogPlace& place) {
    return world_.log.has_consumer(place.where) && turn.applied(place.where) == 0;
  });
}

void Door::hold_back(CallPtr call) {
  if (call->deadline == milliseconds{0}) {
    call->deadline = clock_.read().since_boot + settings_.position_wait;
  }
  held_back_.push_back(std::move(call));
  waits_count_.fetch_add(1);
}

void Door::read(CallPtr call, Turn& turn) {
  const Caller& caller = call->caller;
  if (caller.role == Role::Person && !person_rate_.admits(caller.name, clock_.read().since_boot)) {
    refuse(call->reply, {.code = Code::SlowDown, .limit = settings_.person_rate});
  } else if (call->is_late) {
    refuse(call->reply, Code::NotCaughtUp);
  } else {
    call->changes_seen = changes_.load();
    call->turned_away = &turned_away_;
    call->route->look(world_, turn, *call);
    // Who names a position has been given what is at least as new.
    if ((!call->position && is_stale(call->reply, turn)) || is_unread(*call, turn)) {
      call->reply = {};
      refuse(call->reply, Code::NotCaughtUp);
    }
  }
  finish(std::move(call));
}

// The order of refusals: whose sites they are; keys; rates and bounds; then the partition decides.
void Door::change(CallPtr call, Turn& turn) {
  const Route& route = *call->route;
  const bool was_held_back = call->deadline != milliseconds{0};
  if (route.needs_settled && has_appended_ && !was_held_back) {
    hold_back(std::move(call));
    return;
  }
  std::optional<Refusal> amended;
  if (route.amend != nullptr) amended = route.amend(world_, turn, *call);
  if (amended && amended->code == Code::ScopeRequired) {
    refuse(call->reply, std::move(*amended));
    return finish(std::move(call));
  }
  name(*call);
  bool is_new = false;
  for (const Append& append : call->appends) {
    const Seen seen = look_up(*call, append);
    is_new |= seen == Seen::New;
    if (seen != Seen::Reused) continue;
    refuse(call->reply, Code::IdempotencyKeyReused);
    return finish(std::move(call));
  }
  if (amended && (is_new || call->appends.empty())) {
    refuse(call->reply, std::move(*amended));
    return finish(std::move(call));
  }
  if (is_new) {
    if (call->caller.role == Role::Person &&
        !person_rate_.admits(call->caller.name, clock_.read().since_boot)) {
      refuse(call->reply, {.code = Code::SlowDown, .limit = settings_.person_rate});
      return finish(std::move(call));
    }
    if (auto no = refuses(*call, turn); no) {
      const bool is_long = no->code == Code::DiskFull || no->code == Code::PartitionParked;
      no->retry_after_seconds = is_long ? kRetryAfterLong : kRetryAfterSlow;
      refuse(call->reply, std::move(*no));
      return finish(std::move(call));
    }
  }
  append_all(*call, turn);
  if (call->undecided == 0 && !call->appends.empty()) {  // every key was known
    call->id = ++calls_taken_;
    const std::uint64_t id = call->id;
    calls_.emplace(id, std::move(call));
    return conclude(id, turn);
  }
  wait_for(std::move(call), turn);
}

std::optional<Refusal> Door::refuses(const Call& call, const Turn& turn) const {
  const auto no = [](Code code) { return Refusal{.code = code}; };
  if (const Code why = closed_.load(); why != Code::None) return no(why);
  if (call.is_late) return no(Code::NotCaughtUp);
  // Of the log's own: what others appended waits there, too.
  if (turn.waiting_requests() >= room_for(*call.route)) return no(Code::Overloaded);
  const std::uint64_t rows_max =
      std::uint64_t{world_.log.stream_window} * settings_.stream_percent_max / 100;
  for (const Append& append : call.appends) {
    if (turn.is_parked(append.where)) return no(Code::PartitionParked);
    if (call.caller.role != Role::Person) continue;  // operators' records always apply
    if (turn.fullest_stream(append.where) >= rows_max) return no(Code::Overloaded);
    if (const auto sink = turn.blocking_sink(append.where); sink) {
      return refusal_of_rows(world_.log, append.where, *sink, turn.is_parked(*sink));
    }
  }
  return std::nullopt;
}

void Door::finish(CallPtr call) {
  done_.push_back(std::move(call));
}

void Door::flush(Turn& turn) {
  if (standing_) {
    turn.after_durable([stands = std::exchange(standing_, nullptr)] { stands->store(true); });
  }
  if (done_.empty()) return;
  outstanding_.fetch_sub(done_.size());
  turn.after_durable(
      [this, calls = std::exchange(done_, {})]() mutable { deliver_(std::move(calls)); });
}

bool Door::has_changed(const Turn& turn) {
  std::uint64_t sum = 0;
  bool has_begun = true;
  for (const PartitionRef where : partitions_) {
    const Offset applied = turn.applied(where);
    sum += applied;
    has_begun = has_begun && (applied > 0 || !world_.log.has_consumer(where));
  }
  has_begun_.store(has_begun);
  if (sum == applied_sum_) return false;
  applied_sum_ = sum;
  changes_.fetch_add(1);
  return true;
}

void Door::batch_applied(Turn& turn) {
  has_appended_ = false;
  const bool has_moved = has_changed(turn);
  for (CallPtr& call : applying_) {
    postpone(*call, turn);
    finish(std::move(call));
  }
  applying_.clear();
  for (std::size_t i = 0; i < concluded_.size(); ++i) conclude(concluded_[i], turn);
  concluded_.clear();
  if (!settling_.empty()) settle(turn);
  flush(turn);
  if (!has_moved || held_back_.empty()) return;
  // In a task of its own: what it appends must be applied before the batch is closed.
  static_cast<void>(engine_.post([this](Turn& next) {
    look_again(next);
    flush(next);
  }));
}

void Door::look_again(Turn& turn) {
  std::deque<CallPtr> calls;
  calls.swap(held_back_);
  waits_count_.fetch_sub(calls.size());
  for (CallPtr& call : calls) judge(std::move(call), turn);
}

void Door::pulse() {
  if (waits_count_.load() == 0 || is_pulsing_.exchange(true)) return;
  const bool is_taken = engine_.post([this](Turn& turn) {
    is_pulsing_.store(false);
    expire(turn);
    flush(turn);
  });
  if (!is_taken) is_pulsing_.store(false);
}

}  // namespace jari::api
