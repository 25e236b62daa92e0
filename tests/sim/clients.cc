#include "tests/sim/clients.h"

#include <algorithm>

#include "consumers/appointments/appointments.h"
#include "consumers/inventory/inventory.h"
#include "consumers/model/topics.h"
#include "consumers/programmes/programmes.h"
#include "consumers/queue/queue.h"

namespace jari::sim {
namespace {

constexpr milliseconds kRememberedFor{23 * 3'600'000};  // an hour short of what is promised
constexpr std::size_t kLatest = 60;                     // of the answered ones, that are repeated

std::string record_of(const Request& request) {
  Envelope envelope;
  envelope.kind = RecordKind::Request;
  envelope.type = request.type;
  envelope.version = kLogicVersion;
  envelope.body = bytes_of(request.body);
  envelope.asked = Asked{};
  envelope.asked->request = request.key;
  envelope.asked->role = request.role;
  envelope.asked->by = request.by;
  envelope.asked->reason = request.reason;
  envelope.asked->content = request.content;
  flat::Builder builder;
  return std::string(text_of(write_envelope(builder, envelope)));
}

/// As the door shows what a key was told: from the state. Nothing: it is not known, or pending.
std::optional<std::string> known_outcome(const Consumer& consumer, const Request& request) {
  const Hash128 key = requests::key_of(request.role, request.by, request.key);
  Encoder encoder;
  const auto shown = [&](const auto& view) -> std::optional<std::string> {
    const auto row = view.remembered(key);
    if (!row || row->pending || row->content != request.content) return std::nullopt;
    return std::string(text_of(encoder.encode(view.outcome_of(*row, request.key))));
  };
  switch (request.where.topic) {
    case kQueueTopic:
      return shown(static_cast<const queue::Queue&>(consumer));
    case kInventoryTopic:
      return shown(static_cast<const inventory::Inventory&>(consumer).view());
    case kProgrammesTopic:
      return shown(static_cast<const programmes::Programmes&>(consumer));
    default:
      break;
  }
  const auto view = static_cast<const appointments::Appointments&>(consumer).view();
  const auto row = view.remembered(key);
  if (!row || row->pending || row->content != request.content) return std::nullopt;
  appointments::IdTexts texts;
  const auto outcome = view.outcome_again(key, request.key, texts);
  return std::string(text_of(encoder.encode(*outcome)));
}

}  // namespace

void Clients::ask(SimNode& node, Request request) {
  trace_.note("asks " + request.key + " " + request.by + " " + std::string(name_of(request.type)) +
              " of " + std::to_string(request.where.topic) + "/" +
              std::to_string(request.where.partition));
  by_key_[request.key] = askings_.size();
  askings_.emplace_back();
  askings_.back().request = std::move(request);
  ++unanswered_;
  post(node, askings_.size() - 1);
}

std::size_t Clients::draw_kept() {
  const std::size_t latest = std::min(kept_.size(), kLatest);
  return kept_[kept_.size() - 1 - chance_.below(latest)];
}

void Clients::repeat(SimNode& node) {
  if (kept_.empty()) return;
  const std::size_t index = draw_kept();
  if (!askings_[by_key_.at(askings_[index].request.key)].is_told) return;
  if (lives_.contains(askings_[index].repeated_in)) return;  // one at a time
  trace_.note("repeats " + askings_[index].request.key);
  by_key_[askings_[index].request.key] = index;
  askings_[index].repeated_in = node.life();
  post(node, index);
}

void Clients::reuse_key(SimNode& node) {
  if (kept_.empty()) return;
  Request other = askings_[draw_kept()].request;
  const auto waiting = by_key_.find(other.key);
  const Asking& before = askings_[waiting->second];
  if (!before.is_told || lives_.contains(before.repeated_in)) return;
  other.content = hash128(bytes_of(other.key + "another"));
  trace_.note("uses the key " + other.key + " for something else");
  by_key_[other.key] = askings_.size();
  askings_.emplace_back();
  askings_.back().request = std::move(other);
  askings_.back().is_reuse = true;
  ++unanswered_;
  post(node, askings_.size() - 1);
}

void Clients::ask_again(SimNode& node, std::size_t count) {
  for (std::size_t i = 0; i < askings_.size() && count > 0; ++i) {
    Asking& one = askings_[i];
    if ((one.is_told && !has_missed(one)) || lives_.contains(one.asked_in)) continue;
    trace_.note("asks again " + one.request.key);
    post(node, i);
    --count;
  }
}

/// Told to come again, or that it has no form, and granted after that: it was sent twice.
bool Clients::has_missed(const Asking& one) const {
  const bool may_have = log_.writers() == LogWriters::Many && one.is_told && !one.is_kept;
  if (!may_have || one.is_reuse) return false;
  const auto* decided = watch_.decided_for(one.request.by, one.request.key);
  return decided != nullptr && !decided->is_for_later;
}

std::string Clients::first_unanswered() const {
  for (const Asking& one : askings_) {
    if (!one.is_told) {
      return one.request.key + " " + std::string(name_of(one.request.type)) + " of " +
             one.request.by;
    }
  }
  return {};
}

void Clients::for_each_open(const std::function<void(const Request&)>& visit) const {
  for (const Asking& one : askings_) {
    if (!one.is_told || has_missed(one)) visit(one.request);
  }
}

void Clients::post(SimNode& node, std::size_t index) {
  askings_[index].asked_in = node.life();
  const bool is_taken = node.post([this, index, &node](Turn& turn) { arrive(index, node, turn); });
  trace_.expect(is_taken, "door", "a node that runs takes no task");
}

void Clients::arrive(std::size_t index, SimNode& node, Turn& turn) {
  Asking& one = askings_[index];
  const PartitionRef where = one.request.where;
  if (turn.is_parked(where)) {  // 503
    one.asked_in = 0;
    return;
  }
  const bool is_old = one.is_told && turn.time(where).now - one.told_at >= kRememberedFor;
  if (is_old) return;
  const bool only_looks = one.is_promised || has_missed(one);
  if (!one.is_reuse && (only_looks || chance_.one_in(2)) && show_known(index, node, turn)) {
    return;
  }
  if (only_looks) {  // unless they were told to come again, and have not heard it
    const auto* decided = watch_.decided_for(one.request.by, one.request.key);
    one.is_promised = decided == nullptr || !decided->is_for_later;
    one.asked_in = 0;
    return;
  }
  turn.append(where, bytes_of(record_of(one.request)));
  if (log_.writers() == LogWriters::Many) expect_promise(index, turn);
}

/// Once what was appended is durable, it is answered 202: it will be decided, whoever dies.
void Clients::expect_promise(std::size_t index, Turn& turn) {
  turn.after_durable([this, index] {
    Asking& one = askings_[index];
    trace_.expect(watch_.stands(one.request.by, one.request.key), "durable",
                  "a request was taken that the log does not have");
    one.is_promised = !one.is_told && chance_.one_in(2);
  });
}

void Clients::give_up(std::uint64_t life, std::optional<PartitionRef> where) {
  for (Asking& one : askings_) {
    if (where && one.request.where != *where) continue;
    if (one.asked_in == life) one.asked_in = 0;
    if (one.repeated_in == life) one.repeated_in = 0;
  }
}

bool Clients::show_known(std::size_t index, SimNode& node, Turn& turn) {
  const Request& request = askings_[index].request;
  auto known = known_outcome(*node.consumer(request.where), request);
  if (!known) return false;
  answer(index, request.where, turn.applied(request.where), *std::move(known), turn);
  return true;
}

/// Told once all that it rests on is durable; then the log must reach that far.
void Clients::answer(std::size_t index, PartitionRef where, Offset position, std::string outcome,
                     Turn& turn) {
  const Instant now = turn.time(where).now;
  turn.after_durable([this, index, where, position, now, bytes = std::move(outcome)] {
    trace_.expect(log_.end(where) >= position, "durable",
                  "an answer was told before the log was durable up to it");
    note_position(where, position);
    tell(index, bytes, now);
  });
}

void Clients::decided(std::uint64_t life, PartitionRef where, std::string_view request,
                      Bytes outcome, Turn& turn) {
  const auto waiting = by_key_.find(request);
  if (waiting == by_key_.end()) return;
  const std::uint64_t asked_in = askings_[waiting->second].asked_in;
  if (asked_in != life && lives_.contains(asked_in)) return;  // they wait elsewhere
  // The record itself is being applied.
  answer(waiting->second, where, turn.applied(where) + 1, std::string(text_of(outcome)), turn);
}

/// Where many serve, one may tell late what no key remembers, of a request that was sent twice.
bool Clients::is_earlier(const Watch::Decided& decided, const Hash128& kept,
                         const Hash128& than) const {
  const auto at = [&](const Hash128& one) {
    return std::find(decided.kept.begin(), decided.kept.end(), one);
  };
  return log_.writers() == LogWriters::Many && at(kept) < at(than);
}

void Clients::tell(std::size_t index, const std::string& bytes, Instant now) {
  Asking& one = askings_[index];
  const Outcome outcome = outcome_in(bytes);
  const Hash128 kept = kept_of(outcome);
  const bool is_of_another = one.is_reuse && outcome.code != Code::IdempotencyKeyReused;
  if (is_of_another && log_.writers() == LogWriters::Many) return;  // it came once more, and late
  one.repeated_in = 0;
  const bool is_missed = has_missed(one) && is_kept(outcome);
  if (one.is_told && !one.is_kept && !is_missed) return;  // asked anew, and answered once more
  trace_.note("told " + text_of_outcome(outcome));
  const Watch::Decided* decided = watch_.decided_for(one.request.by, one.request.key);
  const bool is_decided =
      decided != nullptr &&
      std::find(decided->kept.begin(), decided->kept.end(), kept) != decided->kept.end();
  trace_.expect(is_decided, "told", "what was told is not what the log decided");
  if (!is_decided) return;
  // 503, 429: they ask again, for one that they sent twice may have been granted meanwhile.
  const bool is_for_later = outcome.code == Code::Overloaded || outcome.code == Code::SlowDown;
  if (!one.is_told && is_for_later) {
    one.asked_in = 0;
    one.is_promised = false;
    return;
  }
  if (one.is_told && !is_missed) {
    const bool is_repeated_reuse = outcome.code == Code::IdempotencyKeyReused;
    trace_.expect(kept == one.kept || is_repeated_reuse || is_earlier(*decided, kept, one.kept),
                  "told", "the same key was told something else");
    return;
  }
  one.told_at = now;
  tell_first(one, outcome, decided);
  if (one.is_kept) kept_.push_back(index);
}

void Clients::tell_first(Asking& one, const Outcome& outcome, const Watch::Decided* decided) {
  if (!one.is_told) --unanswered_;
  one.is_told = true;
  one.is_kept = is_kept(outcome) && !one.is_reuse;
  one.kept = kept_of(outcome);
  if (one.is_reuse) {
    trace_.expect(outcome.code == Code::IdempotencyKeyReused, "told",
                  "a key was used for something else, and nobody minded");
    return;
  }
  ledger_.take(one.request, outcome, decided->order);
}

void Clients::look(SimNode& node, const std::string& person, const std::string& queue) {
  const auto home = [this](TopicNo topic, const std::string& key) {
    return PartitionRef{topic, static_cast<PartitionNo>(
                                   partition_of(key, log_.identity().topics[topic].partitions))};
  };
  const PartitionRef people = home(kBookingsTopic, person);
  const PartitionRef line = home(kQueueTopic, queue);
  const bool is_taken = node.post([this, &node, people, line, person, queue](Turn& turn) {
    const auto& bookings = static_cast<const appointments::Appointments&>(*node.consumer(people));
    std::vector<std::string> seen;
    bookings.view().appointments_of(PersonId{person}, [&](const Appointment& one) {
      Outcome wrapped;
      wrapped.appointment = one;
      Encoder encoder;
      seen.emplace_back(text_of(encoder.encode(wrapped)));
      return true;
    });
    const auto& queues = static_cast<const queue::Queue&>(*node.consumer(line));
    const auto view = queues.view(QueueId{queue}, turn.time(line));
    const std::uint64_t last = view ? view->last_ticket : 0;
    const std::uint64_t serving = view ? view->now_serving : 0;
    const bool is_there = view.has_value() && !turn.is_parked(line) && is_reached(line, turn);
    const bool shows_people = !turn.is_parked(people) && is_reached(people, turn);
    for (const PartitionRef where : {people, line}) {
      if (log_.writers() == LogWriters::Many && turn.is_fresh(where)) {
        watch_.expect_fresh(where, turn.applied(where));
      }
    }
    auto show = [this, queue, last, serving, is_there, shows_people, people, line,
                 applied = turn.applied(people), applied_line = turn.applied(line),
                 seen = std::move(seen)] {
      trace_.expect(log_.end(people) >= applied, "durable",
                    "somebody was shown what was not durable");
      if (shows_people) note_position(people, applied);
      if (is_there) note_position(line, applied_line);
      if (is_there) ledger_.see_queue(queue, last, serving);
      for (const std::string& bytes : seen) {
        if (shows_people) ledger_.see(*outcome_in(bytes).appointment);
      }
    };
    // Where many serve all that was read is durable; and others are told more before this is shown.
    if (log_.writers() == LogWriters::Many) return show();
    turn.after_durable(std::move(show));
  });
  trace_.expect(is_taken, "door", "a node that runs takes no task");
}

void Clients::append(SimNode& node, PartitionRef where, std::string record) {
  const bool is_taken = node.post([where, record = std::move(record)](Turn& turn) {
    if (!turn.is_parked(where)) turn.append(where, bytes_of(record));
  });
  trace_.expect(is_taken, "door", "a node that runs takes no task");
}

void Clients::check_outcomes() const {
  for (const Asking& one : askings_) {
    if (!one.is_kept) continue;
    trace_.expect(watch_.outcomes_of(one.request.key) == 1, "outcomes",
                  one.request.key + " stands in outcomes " +
                      std::to_string(watch_.outcomes_of(one.request.key)) + " times");
  }
}

void Clients::counted(std::string_view what, std::string_view label) {
  const bool is_usual = label == "repeated" || label == "early" || label == "sent-again";
  const bool is_broken = what == "oversold" || (what == "dead-letters" && !may_dead_letter) ||
                         (what == "streams" && !is_usual) || what == "bookings" ||
                         what == "sinks" ||
                         (what == "digests" && label != "not-compared" && !may_dispute);
  if (is_broken) trace_.fail("counted", std::string(what) + " " + std::string(label));
}

}  // namespace jari::sim
