#include "consumers/audit/auditor.h"

#include <algorithm>
#include <utility>

namespace jari::audit {
namespace {

/// How far before its cause an effect may be read: no commit is longer.
constexpr Offset kAheadMax = 10'000'000;
/// So many records before it is shown, what a record will look up is fetched, and so many before
/// that, the record itself, which was read long ago.
constexpr std::size_t kSoon = 8;
constexpr std::size_t kLater = 2 * kSoon;

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kBodyBytes = 2 * kCacheLine;  // of most
void fetch_bytes(const void* from, std::size_t bytes) {
  const auto* first = static_cast<const std::byte*>(from);
  for (std::size_t at = 0; at < bytes; at += kCacheLine) __builtin_prefetch(first + at);
}

}  // namespace

Auditor::Auditor(const LogIdentity& identity, Report& report, LogWriters writers, Order order)
    : writers_(writers),
      order_(writers == LogWriters::One ? order : Order::Any),
      arrivals_(identity),
      desk_{identity, arrivals_.names(), report},
      sites_(desk_),
      sync_(desk_),
      queues_(desk_),
      bookings_(desk_, sync_),
      records_(desk_, writers),
      answers_(desk_, records_, bookings_, sync_),
      course_(desk_, records_),
      lines_(identity) {}

void Auditor::take(const LogRecord& record) {
  if (!is_filling_ || !blocks_.back().has_room_for(record)) {
    const bool was_filling = std::exchange(is_filling_, true);
    const auto filled = std::prev(blocks_.end());
    if (spare_.empty()) spare_.emplace_back();
    spare_.front().self = spare_.begin();
    blocks_.splice(blocks_.end(), spare_, spare_.begin());
    if (was_filling) release(*filled);
  }
  Block& block = blocks_.back();
  Seen& seen = block.add(record);
  arrivals_.look(block, block.records().size() - 1);
  if (arrivals_.has_found()) arrivals_.tell(desk_.report);
  look(seen, block);
}

void Auditor::take(Blocks&& opened) {
  CHECK(!is_filling_);
  while (!opened.empty()) {
    Block& block = opened.front();
    block.self = opened.begin();
    blocks_.splice(blocks_.end(), opened, block.self);
    ++block.waiting;  // for ourselves, while it is looked at
    for (Seen& seen : block.records()) look(seen, block);
    --block.waiting;
    release(block);
  }
}

/// Once nothing waits in it. One that is being filled stays.
void Auditor::release(Block& block) {
  const bool is_filled = !is_filling_ || &block != &blocks_.back();
  if (block.waiting > 0 || block.held > 0 || !is_filled) return;
  block.clear();
  spare_.splice(spare_.end(), blocks_, block.self);
}

void Auditor::look(Seen& seen, Block& block) {
  const PartitionRef where = seen.at.where;
  if (where != reading_) ++run_;
  reading_ = where;
  desk_.report.add_record(seen.at, seen.time.now);
  if (seen.is_applied && seen.effect != nullptr) attribute(seen);
  // What a sink has is only looked at as what its causes led to.
  if (desk_.identity.topics[where.topic].is_sink) return;
  Line& line = lines_[where];
  if (line.read == line.waiting.size()) line.waiting.emplace_back();
  Waiting& here = line.waiting[line.read++];
  here.seen = &seen;
  here.block = &block;
  ++block.waiting;
  line.now = seen.time.now;
  if (seen.kind == RecordKind::Tick) on_tick(line, seen.own);
}

void Auditor::attribute(const Seen& seen) {
  const bool is_known = lines_.has(seen.source);
  desk_.expect(is_known, Rule::I8, seen.at, "its cause stands in no partition of this log");
  if (!is_known) return;
  Line& line = lines_[seen.source];
  desk_.expect(seen.cause >= line.base, Rule::I8, seen.at, [&] {
    return "it came when all that its cause, " + desk_.report.place_of({seen.source, seen.cause}) +
           ", led to had been read";
  });
  const bool is_near = seen.cause >= line.base && seen.cause - line.base < kAheadMax;
  if (!is_near) return;  // what lies beyond the end is found there
  const auto index = static_cast<std::size_t>(seen.cause - line.base);
  if (line.waiting.size() <= index) line.waiting.resize(index + 1);
  line.waiting[index].caused.push_back(seen.effect);
  ++seen.effect->block->held;
  if (writers_ == LogWriters::One) line.applied = std::max(line.applied, seen.cause);
}

void Auditor::on_tick(Line& line, Bytes own) {
  Tick tick;
  if (writers_ == LogWriters::Many || !flat::read_root(own, tick)) return;
  const bool is_new_run = line.ticked_in != run_;
  if (is_new_run && order_ == Order::OfCommits) show_up_to(line, line.ticked, false);
  if (tick.upto >= line.base + line.read) return;  // I6 says so
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
  const Offset known = line.base + line.read;
  std::size_t left =
      is_end ? line.read : std::min(known, std::max(last + 1, line.base)) - line.base;
  for (std::size_t i = 0; i < std::min(left, kLater); ++i) fetch_back(line.waiting[i]);
  for (std::size_t i = 0; i < std::min(left, kSoon); ++i) expect_soon(line.waiting[i]);
  for (; left > 0; --left) {
    Waiting& first = line.waiting.front();
    Seen& seen = *first.seen;
    seen.caused = &first.caused;
    const bool is_old = writers_ == LogWriters::Many && seen.time.now + kArrivesWithin <= line.now;
    seen.is_settled = !is_end || seen.at.offset <= line.applied || is_old;
    if (left > kLater) fetch_back(line.waiting[kLater]);
    if (left > kSoon) expect_soon(line.waiting[kSoon]);
    show(seen);
    forget(first);
    line.waiting.pop_front();
    --line.read;
    ++line.base;
  }
}

void Auditor::forget(Waiting& shown) {
  for (const Effect* effect : shown.caused) {
    --effect->block->held;
    if (effect->block != shown.block) release(*effect->block);
  }
  --shown.block->waiting;
  release(*shown.block);
}

std::size_t Auditor::waiting() const {
  std::size_t all = 0;
  for (const Block& block : blocks_) all += block.waiting;
  return all;
}

/// It was written long ago, by another core: it and what it caused come back.
void Auditor::fetch_back(const Waiting& later) {
  fetch_bytes(later.seen, sizeof(Seen));
  for (const Effect* effect : later.caused) fetch_bytes(effect, sizeof(Effect));
}

void Auditor::expect_soon(const Waiting& soon) const {
  const Seen& seen = *soon.seen;
  fetch_bytes(seen.asked, sizeof(Asked));
  fetch_bytes(seen.body.at(), kBodyBytes);
  records_.expect_soon(seen);
  sites_.expect_soon(seen);
  sync_.expect_soon(seen);
  bookings_.expect_soon(seen);
  for_each<Document>(soon.caused, [&](const Document& document, const At&) {
    sync_.expect_soon(document);
    bookings_.expect_soon(document);
  });
}

void Auditor::show(Seen& seen) {
  if (!seen.is_settled) sync_.look_at_unsettled(seen);
  look_for_answer(desk_, seen);
  records_.look(seen);
  sites_.look(seen);
  queues_.look(seen);
  bookings_.look(seen);
  answers_.look(seen);
  course_.look(seen);
}

void Auditor::finish() {
  lines_.for_each([&](PartitionRef, Line& line) { show_up_to(line, 0, true); });
  arrivals_.finish(desk_.report);
  sync_.finish(sites_);
  course_.finish();
}

}  // namespace jari::audit
