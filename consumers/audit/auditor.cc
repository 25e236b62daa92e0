#include "consumers/audit/auditor.h"

#include <algorithm>
#include <utility>

namespace jari::audit {
namespace {

/// How far before its cause an effect may be read: no commit is longer.
constexpr Offset kAheadMax = 10'000'000;
/// So many records before it is shown, what a record will look up is fetched.
constexpr std::size_t kSoon = 8;

}  // namespace

Auditor::Auditor(const LogIdentity& identity, Report& report, LogWriters writers, Order order)
    : writers_(writers),
      order_(writers == LogWriters::One ? order : Order::Any),
      desk_{identity, opener_.names(), report},
      clocks_(identity),
      streams_(desk_),
      sites_(desk_),
      sync_(desk_),
      queues_(desk_),
      bookings_(desk_, sync_),
      records_(desk_, writers),
      answers_(desk_, records_, bookings_, sync_),
      course_(desk_),
      lines_(identity),
      ends_(identity) {}

void Auditor::take(const LogRecord& record) {
  if (!is_filling_ || !blocks_.back().has_room_for(record)) {
    const bool was_filling = std::exchange(is_filling_, true);
    const auto filled = std::prev(blocks_.end());
    if (spare_.empty()) spare_.emplace_back();
    blocks_.splice(blocks_.end(), spare_, spare_.begin());
    if (was_filling) release(filled);
  }
  Seen& seen = blocks_.back().add(record);
  opener_.open(seen);
  look(seen, std::prev(blocks_.end()));
}

void Auditor::take(Blocks&& opened) {
  CHECK(!is_filling_);
  while (!opened.empty()) {
    const auto block = opened.begin();
    blocks_.splice(blocks_.end(), opened, block);
    ++block->waiting;  // for ourselves, while it is looked at
    for (Seen& seen : block->records()) look(seen, block);
    --block->waiting;
    release(block);
  }
}

/// Once nothing waits in it. One that is being filled stays.
void Auditor::release(Blocks::iterator block) {
  const bool is_filled = !is_filling_ || block != std::prev(blocks_.end());
  if (block->waiting > 0 || !is_filled) return;
  block->clear();
  spare_.splice(spare_.end(), blocks_, block);
}

void Auditor::look(Seen& seen, Blocks::iterator block) {
  const PartitionRef where = seen.at.where;
  if (where != reading_) ++run_;
  reading_ = where;
  const Offset next = std::exchange(ends_[where], seen.at.offset + 1);
  const bool may_begin_later = next == 0 && desk_.identity.topics[where.topic].is_sink;
  desk_.expect(seen.at.offset == next || may_begin_later, Rule::I8, seen.at, [&] {
    return "offset " + std::to_string(next) + " was next: a record is missing or doubled";
  });
  if (seen.is_record) {
    seen.time = clocks_.pass(where, seen.envelope);
    seen.is_applied = streams_.look(seen);
    if (seen.is_applied && seen.envelope.stream) attribute(seen);
  }
  desk_.report.add_record(seen.at, seen.time.now);
  // What a sink has is only looked at as what its causes led to.
  if (desk_.identity.topics[where.topic].is_sink) return;
  Line& line = lines_[where];
  line.waiting.push_back({&seen, block});
  ++block->waiting;
  line.now = seen.time.now;
  if (seen.envelope.kind == RecordKind::Tick) on_tick(line, seen.envelope);
}

void Auditor::attribute(const Seen& seen) {
  const StreamPlace& place = *seen.envelope.stream;
  const bool is_known = lines_.has(place.source);
  desk_.expect(is_known, Rule::I8, seen.at, "its cause stands in no partition of this log");
  if (!is_known) return;
  Line& line = lines_[place.source];
  desk_.expect(place.cause >= line.base, Rule::I8, seen.at, [&] {
    return "it came when all that its cause, " +
           desk_.report.place_of({place.source, place.cause}) + ", led to had been read";
  });
  const bool is_near = place.cause >= line.base && place.cause - line.base < kAheadMax;
  if (!is_near) return;  // what lies beyond the end is found there
  const auto index = static_cast<std::size_t>(place.cause - line.base);
  if (line.caused.size() <= index) line.caused.resize(index + 1);
  Caused& caused = line.caused[index];
  if (caused.capacity() == 0 && !emptied_.empty()) {
    caused.swap(emptied_.back());
    emptied_.pop_back();
  }
  caused.push_back({seen.at, seen.fact});
  if (writers_ == LogWriters::One) line.applied = std::max(line.applied, place.cause);
}

void Auditor::on_tick(Line& line, const Envelope& envelope) {
  Tick tick;
  if (writers_ == LogWriters::Many || !flat::read_root(envelope.body, tick)) return;
  const bool is_new_run = line.ticked_in != run_;
  if (is_new_run && order_ == Order::OfCommits) show_up_to(line, line.ticked, false);
  if (tick.upto >= line.base + line.waiting.size()) return;  // I6 says so
  line.ticked = std::max(line.ticked, tick.upto);
  line.ticked_in = run_;
  line.applied = std::max(line.applied, tick.upto);
}

void Auditor::settled(PartitionRef where, Offset last) {
  Line& line = lines_[where];
  line.applied = std::max(line.applied, last);
  show_up_to(line, last, false);
}

void Auditor::show_up_to(Line& line, Offset last, bool is_end) {
  while (!line.waiting.empty() && (is_end || line.base <= last)) {
    const Waiting first = line.waiting.front();
    Seen& seen = *first.seen;
    if (line.caused.empty()) line.caused.emplace_back();
    seen.caused = &line.caused.front();
    const bool is_old = writers_ == LogWriters::Many && seen.time.now + kArrivesWithin <= line.now;
    seen.is_settled = !is_end || seen.at.offset <= line.applied || is_old;
    if (line.waiting.size() > kSoon) expect_soon(*line.waiting[kSoon].seen);
    show(seen);
    if (Caused& caused = line.caused.front(); caused.capacity() != 0) {
      caused.clear();
      emptied_.push_back(std::move(caused));
    }
    line.waiting.pop_front();
    line.caused.pop_front();
    ++line.base;
    --first.block->waiting;
    release(first.block);
  }
}

std::size_t Auditor::waiting() const {
  std::size_t all = 0;
  for (const Block& block : blocks_) all += block.waiting;
  return all;
}

void Auditor::expect_soon(const Seen& seen) const {
  records_.expect_soon(seen);
  sites_.expect_soon(seen);
  sync_.expect_soon(seen);
  bookings_.expect_soon(seen);
}

void Auditor::show(Seen& seen) {
  if (!seen.is_settled) sync_.look_at_unsettled(seen);
  streams_.look_for_answer(seen);
  records_.look(seen);
  sites_.look(seen);
  queues_.look(seen);
  bookings_.look(seen);
  answers_.look(seen);
  course_.look(seen);
}

void Auditor::finish() {
  lines_.for_each([&](PartitionRef, Line& line) { show_up_to(line, 0, true); });
  streams_.finish(ends_);
  sync_.finish(sites_);
  course_.finish();
}

}  // namespace jari::audit
