// What each of an auditor's tables counts of itself. A table that is not here is not seen to grow.

#include "consumers/audit/kept.h"

#include "consumers/audit/auditor.h"

namespace jari::audit {

void AnswerRules::count(Kept& kept) const {
  kept["questions"] = open_.size();
  kept["lines of questions"] = lines_.size();
  kept["questions with a site"] = pending_.size();
  kept["versions of settings"] = versions_.size();
}

void BookingRules::count(Kept& kept) const {
  kept["programmes"] = programmes_.size();
  kept["sessions"] = sessions_.size();
  kept["people who may book"] = eligible_.size();
  kept["rights to rebook"] = rights_.size();
  kept["people with appointments"] = appointments_.size();
  kept["holds granted"] = holds_.size();
  kept["wishes"] = pending_.size();
  kept["lines of bookings"] = lines_.size();
}

void QueueRules::count(Kept& kept) const {
  kept["queues"] = queues_.size();
  for (const auto& [which, queue] : queues_) {
    kept["tickets"] += queue.tickets.size();
    kept["people with tickets"] += queue.latest.size();
    kept["people who wait"] += queue.line.size();
    kept["people inside"] += queue.inside.size();
  }
  kept["programmes of queues"] = programmes_.size();
  kept["queues held"] = held_.size();
  kept["streams that were sent"] = sent_.size();
  kept["streams that were acknowledged"] = acked_.size();
}

void RecordRules::count(Kept& kept) const {
  keys_.for_each([&](PartitionRef, const Keys& keys) {
    kept["request ids"] += keys.senders.rows();
    kept["request ids with an end"] += keys.decided.size();
  });
  owners_.for_each(
      [&](PartitionRef, const Owner& owner) { kept["digests"] += owner.digests.size(); });
}

void SiteRules::count(Kept& kept) const {
  kept["slots"] = slots_.size();
  for (const auto& [which, slot] : slots_) {
    kept["places taken"] += slot.holds.size() + slot.appointments.size();
  }
  kept["stocks"] = stocks_.size();
  kept["places booked"] = booked_.size();
  kept["holds"] = holds_.size();
  for (const auto& [where, ends] : hold_ends_) kept["ends of holds"] += ends.size();
  kept["withdrawals untold"] = untold_.size();
}

void SyncRules::count(Kept& kept) const {
  kept["documents"] = standing_.size();
  kept["documents unsettled"] = unsettled_.size();
}

void Streams::count(Kept& kept) const {
  kept["streams"] = streams_.size();
  for (const auto& [which, stream] : streams_) kept["rows of streams"] += stream.rows.size();
  kept["acknowledgements"] = acked_.size();
  kept["versions of programmes"] = settings_.size();
}

void Course::count(Kept& kept) const {
  kept["lines with figures"] = lines_.size();
  for (const auto& [which, line] : lines_) kept["times of tickets"] += line.ticket_s.size();
  kept["partitions that were held"] = held_.size();
  kept["acts undecided"] = undecided_.size();
}

Kept Auditor::kept() const {
  Kept kept;
  kept["names"] = arrivals_.names().count();
  arrivals_.streams().count(kept);
  sites_.count(kept);
  sync_.count(kept);
  queues_.count(kept);
  bookings_.count(kept);
  records_.count(kept);
  answers_.count(kept);
  course_.count(kept);
  return kept;
}

}  // namespace jari::audit
