#include "consumers/audit/audit.h"

#include "consumers/audit/booking_rules.h"
#include "consumers/audit/queue_rules.h"
#include "consumers/audit/record_rules.h"
#include "consumers/audit/site_rules.h"
#include "consumers/audit/streams.h"

namespace jari::audit {
namespace {

constexpr std::uint64_t kProgressEvery = 100'000;

/// The time of each partition, as its own ticks tell it.
class Clocks {
 public:
  explicit Clocks(const LogIdentity& identity) : identity_(identity) {}

  Moment pass(PartitionRef where, const Envelope& envelope) {
    Owner& owner = owners_.try_emplace(where, Owner{0, {}, {identity_.begins, 0}}).first->second;
    Claim claim;
    Tick tick;
    TimeJump jump;
    if (envelope.kind == RecordKind::Claim && flat::read_root(envelope.body, claim)) {
      if (claim.epoch == owner.epoch + 1) {
        owner.epoch = claim.epoch;
        owner.process = claim.process;
      }
    } else if (envelope.kind == RecordKind::Tick && flat::read_root(envelope.body, tick)) {
      const bool counts = tick.epoch == owner.epoch && tick.process == owner.process &&
                          tick.time <= owner.time.now + milliseconds{identity_.outage_ms};
      if (counts && tick.time > owner.time.now) owner.time.now = tick.time;
    } else if (envelope.kind == RecordKind::TimeJump && flat::read_root(envelope.body, jump)) {
      const bool counts = jump.epoch == owner.epoch && jump.process == owner.process &&
                          jump.from == owner.time.now && jump.to > jump.from;
      if (counts) {
        owner.time.now = jump.to;
        owner.time.outages_ms += (jump.to - jump.from).count();
      }
    }
    return owner.time;
  }

 private:
  struct Owner {
    std::uint64_t epoch = 0;
    Hash128 process;
    Moment time;
  };
  const LogIdentity& identity_;
  std::map<PartitionRef, Owner> owners_;
};

/// The second reading.
class Reading {
 public:
  explicit Reading(const Desk& desk)
      : desk_(desk),
        clocks_(desk.identity),
        streams_(desk),
        sites_(desk),
        queues_(desk),
        bookings_(desk),
        records_(desk) {}

  void look(const LogRecord& record) {
    desk_.report.add_record();
    ends_[record.where] = record.offset + 1;
    const auto envelope = read_envelope(record.bytes);
    if (!envelope) return;
    const At at{record.where, record.offset};
    const Moment time = clocks_.pass(at.where, *envelope);
    const bool is_applied = streams_.look(at, *envelope);
    const bool is_ours = envelope->kind == RecordKind::Request ||
                         envelope->kind == RecordKind::Effect || envelope->kind == RecordKind::Own;
    const Record body = is_ours ? decode(envelope->type, envelope->body) : Record{};
    const Seen seen{at, *envelope, body, time, is_applied};
    streams_.look_for_answer(seen);
    records_.look(seen);
    sites_.look(seen);
    queues_.look(seen);
    bookings_.look(seen);
  }
  void finish() {
    streams_.finish(ends_);
    bookings_.finish(sites_);
  }

 private:
  Desk desk_;
  Clocks clocks_;
  Streams streams_;
  SiteRules sites_;
  QueueRules queues_;
  BookingRules bookings_;
  RecordRules records_;
  Streams::End ends_;
};

}  // namespace

Result<Report> audit(Log& log, const Progress& progress) {
  std::vector<LogPlace> all;
  std::uint64_t records = 0;
  for (const PartitionRef where : log.identity().partitions()) {
    all.push_back({where, 0});
    records += log.end(where);
  }
  std::uint64_t read = 0;
  const auto tell = [&] {
    if (++read % kProgressEvery == 0 && progress) progress(read, 2 * records);
  };
  // A running service goes on writing: what came after the first reading is not looked at.
  std::map<PartitionRef, Offset> ends;
  Facts facts;
  const auto first = log.read(all, [&](const LogRecord& record) {
    facts.read(log.identity(), record);
    ends[record.where] = record.offset + 1;
    tell();
    return true;
  });
  if (!first) return first.error();
  Report report(log.identity());
  Reading reading(Desk{log.identity(), facts, report});
  const auto second = log.read(all, [&](const LogRecord& record) {
    if (record.offset < ends[record.where]) reading.look(record);
    tell();
    return true;
  });
  if (!second) return second.error();
  reading.finish();
  return report;
}

}  // namespace jari::audit
