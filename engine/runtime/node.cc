#include "engine/runtime/node.h"

#include <algorithm>
#include <utility>

#include "engine/runtime/node_parts.h"

namespace jari {
namespace {

constexpr std::size_t kSpareBytesMax = std::size_t{4} << 20;  // of a section's room, kept

template <class Slots>
auto& slot_in(Slots& slots, const std::vector<std::size_t>& first_of_topic, PartitionRef where) {
  CHECK(where.topic < first_of_topic.size());
  const std::size_t index = first_of_topic[where.topic] + where.partition;
  CHECK(index < slots.size() && slots[index].where == where);
  return slots[index];
}

}  // namespace

Node::Node(Log& log, StateDisk& disk, Clock& clock, NodeOptions options)
    : log_(log),
      disk_(disk),
      clock_(clock),
      options_(std::move(options)),
      ticker_(milliseconds{log.identity().outage_ms}),
      inbox_(options_.wake) {
  const LogIdentity& identity = log_.identity();
  for (TopicNo topic = 0; topic < identity.topics.size(); ++topic) {
    first_slot_.push_back(slots_.size());
    for (PartitionNo number = 0; number < identity.topics[topic].partitions; ++number) {
      Slot& slot = slots_.emplace_back();
      slot.where = {topic, number};
      slot.section.where = slot.where;
      if (identity.topics[topic].is_sink) continue;
      slot.partition = std::make_unique<Partition>(
          slot.where, identity, options_.settings, options_.known,
          [&](Store& store) { return options_.make_consumer(slot.where, store); });
    }
  }
}

Node::~Node() {
  set_check_hook(nullptr, nullptr);
}

Node::Slot& Node::slot_of(PartitionRef where) {
  return slot_in(slots_, first_slot_, where);
}
const Node::Slot& Node::slot_of(PartitionRef where) const {
  return slot_in(slots_, first_slot_, where);
}

Consumer* Node::consumer(PartitionRef where) {
  Slot& slot = slot_of(where);
  return slot.partition ? &slot.partition->consumer() : nullptr;
}

bool Node::drained() const {
  const std::scoped_lock lock(mutex_);
  return inbox_.drained() && !in_flight_ && batch_bytes_ == 0 && calls_.empty();
}

milliseconds Node::step() {
  read_clock();
  tick_due();  // what has run out by now has, for whatever is asked from here on
  // In order: where one partition has had its share of a commit, the next task waits, too. Not too
  // much at once: what has been taken is applied and on its way to the disk while the rest is
  // applied.
  const std::size_t enough = batch_requests_ + options_.step_requests;
  inbox_.run(*this, [&] { return !is_full_ && batch_requests_ < enough; });
  apply_all();
  acknowledge();
  apply_all();
  if (listener_ != nullptr) listener_->batch_applied(*this);
  submit();
  return rest();
}

// Breadth first: what is appended meanwhile waits for the next round.
void Node::apply_all() {
  for (bool is_busy = true; is_busy;) {
    is_busy = false;
    for (Slot& slot : slots_) {
      if (!slot.partition) continue;
      const std::size_t count = slot.section.count();
      while (slot.applied < count && !slot.parked) is_busy |= apply_next(slot);
    }
  }
}

/// A copy that stays where it is while its section grows.
Bytes Node::keep(Bytes record) {
  scratch_.resize((record.size() + 7) / 8);
  std::copy_n(record.data(), record.size(), std::as_writable_bytes(std::span{scratch_}).begin());
  return {reinterpret_cast<const std::byte*>(scratch_.data()), record.size()};
}

bool Node::apply_next(Slot& slot) {
  const Bytes record = keep(slot.section.record(slot.applied));
  applying_ = &slot;
  said_to_.clear();
  slot.parked = slot.partition->apply(record, *this);
  applying_ = nullptr;
  if (slot.parked) {
    counted(slot.where, "parked", *slot.parked, 1);
    return false;
  }
  ++slot.applied;
  if (slot.parked = why_tail_is_lost(*slot.partition); slot.parked) {
    counted(slot.where, "parked", *slot.parked, 1);
  }
  return true;
}

void Node::append_to(Slot& slot, Bytes record) {
  if (slot.section.count() == 0) slot.section.base_offset = slot.end;
  slot.section.add(record);
  batch_bytes_ += record.size();
}

void Node::submit() {
  if (batch_bytes_ == 0) return release_seen();
  {
    const std::scoped_lock lock(mutex_);
    is_waited_for_ = in_flight_;
    if (in_flight_) return;
    take_back(std::exchange(spent_, {}));
    in_flight_ = true;
    calls_in_flight_.swap(calls_);
    calls_.clear();
  }
  LogBatch batch = close_batch();
  if (now_.time >= drained_ + options_.rows_every) {
    drained_ = now_.time;
    // The rows of records take about what the records do.
    behind_.drain(slots_, std::exchange(undrained_bytes_, 0));
  }
  log_.append_lent(std::move(batch), [this](const Result<void>& result, LogBatch its) {
    committed(result, std::move(its));
  });
}

/// Nothing is to be committed: whoever waits is told what they have seen, once it is durable.
void Node::release_seen() {
  NodeOptions::Calls calls;
  {
    const std::scoped_lock lock(mutex_);
    if (calls_.empty()) return;
    if (in_flight_) {  // what they have seen is on its way
      std::move(calls_.begin(), calls_.end(), std::back_inserter(calls_in_flight_));
    } else {
      calls.swap(calls_);
    }
    calls_.clear();
  }
  if (!calls.empty()) options_.release(std::move(calls));
}

/// Room that has been written in before costs no page fault.
void Node::take_back(LogBatch spent) {
  for (LogSection& section : spent.sections) {
    if (section.bytes.capacity() > kSpareBytesMax) continue;
    section.ends.clear();
    section.bytes.clear();
    slot_of(section.where).spare = std::move(section);
  }
}

LogBatch Node::close_batch() {
  LogBatch batch;
  for (Slot& slot : slots_) {
    if (slot.section.count() == 0) continue;
    behind_.applied(slot, slot.applied);
    slot.end = slot.section.base_offset + slot.section.count();
    batch.sections.push_back(std::exchange(slot.section, std::exchange(slot.spare, {})));
    slot.section.where = slot.where;
    slot.applied = 0;
    slot.requests = 0;
    slot.is_drained = false;
  }
  undrained_bytes_ += std::exchange(batch_bytes_, 0);
  batch_requests_ = 0;
  is_full_ = false;
  return batch;
}

/// On the log's thread. Who waits is told first: the state may have to wait for room.
void Node::committed(const Result<void>& result, LogBatch batch) {
  if (!result) {
    options_.on_failure(result.error());
    return;
  }
  {
    std::unique_lock lock(mutex_);
    release_durable(lock);
  }
  behind_.finish(batch, disk_);
  // Under the lock, for whoever finds the node drained may take it apart.
  std::unique_lock lock(mutex_);
  release_durable(lock);  // who came meanwhile has seen no more than what is durable
  spent_ = std::move(batch);
  in_flight_ = false;
  if (is_waited_for_ || !inbox_.is_open()) options_.wake();
}

/// Tells those who waited for the commit, until nobody does.
void Node::release_durable(std::unique_lock<std::mutex>& lock) {
  while (!calls_in_flight_.empty()) {
    NodeOptions::Calls calls = std::exchange(calls_in_flight_, {});
    lock.unlock();
    options_.release(std::move(calls));
    lock.lock();
  }
}

void Node::append(PartitionRef where, Bytes record) {
  Slot& slot = slot_of(where);
  tick(slot);
  ++batch_requests_;
  append_to(slot, record);
  is_full_ |=
      ++slot.requests >= options_.batch_requests_max || batch_bytes_ >= options_.batch_bytes_max;
}

void Node::after_durable(absl::AnyInvocable<void()> call) {
  calls_.push_back(std::move(call));
}

LogTime Node::time(PartitionRef where) const {
  return slot_of(where).partition->time();
}

PartitionRef Node::home_of(TopicNo topic, std::string_view key) const {
  return home_in(log_.identity(), topic, key);
}

bool Node::is_parked(PartitionRef where) const {
  return slot_of(where).parked.has_value();
}

Offset Node::applied(PartitionRef where) const {
  const Slot& slot = slot_of(where);
  return slot.partition ? slot.partition->next_offset() : slot.end + slot.section.count();
}

std::size_t Node::waiting_requests() const {
  return inbox_.waiting() + batch_requests_;
}

std::uint32_t Node::fullest_stream(PartitionRef where) const {
  return fullest_stream_of(log_.identity(), *slot_of(where).partition);
}

void Node::send(const Envelope& row) {
  Slot& destination = slot_of(row.stream->destination);
  tick(destination);
  append_to(destination, write_envelope(builder_, row));
  said_to_.push_back(&destination);
  if (rows_to_look_ > 0) --rows_to_look_;
}

void Node::decided(PartitionRef where, std::string_view who, std::string_view request,
                   Bytes outcome) {
  if (listener_ != nullptr) listener_->decided(where, who, request, outcome, *this);
}

void Node::counted(PartitionRef where, std::string_view what, std::string_view label,
                   std::uint64_t add) {
  if (listener_ != nullptr) listener_->counted(where, what, label, add);
}

std::vector<PartitionStatus> Node::status() const {
  std::vector<PartitionStatus> all;
  for (const Slot& slot : slots_) {
    PartitionStatus& status = all.emplace_back();
    status.where = slot.where;
    status.owner = options_.name;
    status.end = slot.end + slot.section.count();
    status.applied = applied(slot.where);
    status.durable = disk_.durable(slot.where).value_or(slot.loaded);
    status.parked = slot.parked;
    if (slot.partition) fill(status, *slot.partition);
  }
  return all;
}

std::vector<DeadLetter> Node::dead_letters(PartitionRef where, Offset after,
                                           std::size_t limit) const {
  const Slot& slot = slot_of(where);
  if (!slot.partition) return {};
  return dead_letters_of(*slot.partition, after, limit);
}

}  // namespace jari
