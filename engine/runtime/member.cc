#include "engine/runtime/member.h"

#include <utility>

#include "engine/runtime/node_parts.h"

namespace jari {
namespace {

constexpr milliseconds kLookEvery{5};  // at the log, if it does not wake us

std::string why_silent(const SecondLook& look) {
  if (look.cause != SecondLook::Cause::Behind) {
    return "is made again: its digest differed";
  }
  return "is made again from a snapshot: the log has no longer what comes next";
}

}  // namespace

Member::Member(Log& log, StateDisk& disk, Clock& clock, MemberOptions options)
    : log_(log),
      disk_(disk),
      clock_(clock),
      options_(std::move(options)),
      following_(log_, disk, options_, *this),
      speaking_(following_, log_.identity(), options_, *this),
      letters_(log_, options_.wake),
      inbox_(options_.wake) {}

Member::~Member() {
  set_check_hook(nullptr, nullptr);
}

Result<void> Member::start() {
  adopt_thread();  // a CHECK in the replay must leave a marker, too: else each start dies of it
  auto started = following_.load();
  speaking_.read_clock(clock_.read(), false);
  if (started) started = following_.catch_up(speaking_.now());
  set_check_hook(nullptr, nullptr);
  return started;
}

milliseconds Member::step() {
  speaking_.read_clock(clock_.read(), is_clock_confirmed_.exchange(false));
  auto over = letters_.take(speaking_.now(), [this](const StreamSpan& span, bool is_good) {
    speaking_.answered(span, is_good);
  });
  if (!over.empty()) options_.release(std::move(over));
  following_.follow(speaking_.now());
  tell();  // what was decided elsewhere waits for nothing of ours
  options_.owns &= inbox_.is_open();
  inbox_.run(*this, [this] {
    before_task_ = open_requests_;
    return open_requests_ < options_.batch_requests_max;
  });
  before_task_.reset();
  speaking_.own();
  speaking_.speak();
  alarm_.store(speaking_.alarm());
  for (MemberSlot& to : following_.slots()) letters_.send(to);
  open_requests_ = 0;
  tell();
  following_.write_behind_in_time();
  return inbox_.waiting() > 0 ? milliseconds{0} : kLookEvery;
}

/// Whoever has appended waits until that stands; all else that they have seen does already.
void Member::tell() {
  if (listener_ != nullptr) listener_->batch_applied(*this);
  if (!ready_.empty()) options_.release(std::exchange(ready_, {}));
  if (letters_.wait(calls_) || calls_.empty()) return;
  options_.release(std::exchange(calls_, {}));
}

bool Member::drained() const {
  return inbox_.drained() && calls_.empty() && ready_.empty() && letters_.empty();
}

void Member::on_check(void* self, std::string_view what) noexcept {
  const Member& member = *static_cast<Member*>(self);
  const MemberSlot* applying = member.following_.applying();
  if (applying == nullptr) return;  // not while a record was applied: nothing to stop before
  member.options_.leave_marker(
      {applying->where, applying->partition->next_offset(), std::string(what)});
}

Consumer* Member::consumer(PartitionRef where) {
  MemberSlot& at = slot(where);
  return at.partition ? &at.partition->consumer() : nullptr;
}

void Member::append(PartitionRef where, Bytes record) {
  slot(where).requests.add(record);
  ++open_requests_;
}

void Member::after_durable(absl::AnyInvocable<void()> call) {
  const bool has_appended = !before_task_ || open_requests_ > *before_task_;
  (has_appended ? calls_ : ready_).push_back(std::move(call));
}

LogTime Member::time(PartitionRef where) const {
  return slot(where).partition->time();
}

PartitionRef Member::home_of(TopicNo topic, std::string_view key) const {
  return home_in(log_.identity(), topic, key);
}

bool Member::is_parked(PartitionRef where) const {
  return slot(where).parked.has_value() || slot(where).second_look.has_value();
}

Offset Member::applied(PartitionRef where) const {
  return slot(where).next_offset();
}

bool Member::is_fresh(PartitionRef where) const {
  return speaking_.is_fresh(slot(where));
}

std::size_t Member::waiting_requests() const {
  return inbox_.waiting() + open_requests_ + letters_.waiting_requests() + following_.lag();
}

std::uint32_t Member::fullest_stream(PartitionRef where) const {
  return fullest_stream_of(log_.identity(), *slot(where).partition);
}

void Member::send(const Envelope& row) {
  slot(row.stream->source).waiting->add(row);
}

void Member::decided(PartitionRef where, std::string_view who, std::string_view request,
                     Bytes outcome) {
  if (listener_ == nullptr || !following_.is_news(slot(where))) return;
  listener_->decided(where, who, request, outcome, *this);
}

void Member::counted(PartitionRef where, std::string_view what, std::string_view label,
                     std::uint64_t add) {
  if (listener_ != nullptr) listener_->counted(where, what, label, add);
}

void Member::ticked(PartitionRef where, const Tick& tick) {
  speaking_.ticked(slot(where), tick);
}

void Member::disputed(PartitionRef where, const Disputed& disputed) {
  MemberSlot& at = slot(where);
  const bool is_ours = speaking_.speaks(at) && at.partition->row().epoch == disputed.epoch;
  if (is_ours && following_.is_news(at)) following_.doubt(disputed);
}

std::vector<PartitionStatus> Member::status() const {
  std::vector<PartitionStatus> all;
  for (const MemberSlot& one : following_.slots()) {
    PartitionStatus& status = all.emplace_back();
    status.where = one.where;
    status.applied = one.next_offset();
    status.durable = one.is_void ? 0 : disk_.durable(one.where).value_or(one.loaded);
    status.end = std::max(one.ends.end, status.applied);
    status.parked = one.parked;
    status.waiting_bytes = following_.waiting_bytes(one);
    if (one.second_look && !one.parked) status.parked = why_silent(*one.second_look);
    if (one.partition) fill(status, *one.partition);
  }
  return all;
}

std::vector<DeadLetter> Member::dead_letters(PartitionRef where, Offset after,
                                             std::size_t limit) const {
  const MemberSlot& at = slot(where);
  if (!at.partition) return {};
  return dead_letters_of(*at.partition, after, limit);
}

}  // namespace jari
