// Days that a forger made anew: everything in them fits together, and none is the one that was.

#include "tests/consumers/proof/unseen.h"

#include "tests/consumers/audit/audit_world.h"
#include "tests/consumers/audit/tale.h"

namespace jari::proof {
namespace {

using audit::At;
using audit::DayPlan;
using audit::SmallDay;
using audit::Tale;
using audit::whole_day;
using LogPointer = std::unique_ptr<SimulatedLog>;

/// The day with some records written otherwise, and every stream numbered and chained to fit.
LogPointer rewritten(const std::function<void(Tale&)>& change) {
  Tale tale(whole_day().log());
  change(tale);
  tale.chain_anew();
  return tale.log();
}

/// The day decided by the program itself, from other requests.
LogPointer lived_otherwise(const DayPlan& plan) {
  SmallDay day(plan);
  return Tale(day.log()).log();
}

LogPointer cut(std::size_t commits) {
  LogPointer log = Tale(whole_day().log()).log();
  log->truncate(commits);
  return log;
}

DayPlan on_another_start() {
  DayPlan plan;
  plan.process = {2, 2};
  return plan;
}

LogPointer with_a_partition_of_another_run() {
  Tale tale(whole_day().log());
  SmallDay other(on_another_start());
  tale.take_partition(Tale(other.log()), {kQueueTopic, 1});
  return tale.log();
}

/// A refusal of the site and what the person was told of it.
void tell_another_reason(Tale& tale) {
  tale.alter<ReservationRefused>([](ReservationRefused& no, Envelope&) {
    no.code = Code::SlotWithdrawn;
    return no.person.text == "p3";
  });
  tale.alter<Outcome>([](Outcome& said, Envelope&) {
    said.code = Code::SlotWithdrawn;
    return said.request == "book-3";
  });
}

/// More places than there were, where somebody was refused as the slot was full.
void raise_capacity(Tale& tale) {
  tale.alter<SlotPublished>([](SlotPublished& said, Envelope&) {
    if (said.slot.text == "early") ++said.capacity;
    return said.slot.text == "early";
  });
}

/// A dose more than came, where somebody was refused as none was left.
void raise_doses(Tale& tale) {
  tale.alter<StockChanged>([](StockChanged& said, Envelope&) {
    ++said.doses;
    return true;
  });
}

/// One bit, as the record lies in the log, and nothing mended.
LogPointer with_a_byte_of(const std::function<void(Tale&)>& flip) {
  Tale tale(whole_day().log());
  flip(tale);
  return tale.log();
}

void flip_in_a_name(Tale& tale) {
  audit::Page& site =
      tale.find<SitePublished>([](const SitePublished&, const Envelope&) { return true; });
  Tale::flip(site, [](const Envelope&, const std::optional<Envelope>& is) {
    return is && text_of(is->body).find("Norti") != std::string_view::npos;
  });
}

void flip_in_a_reason(Tale& tale) {
  audit::Page& withdrawn =
      tale.find<SlotWithdrawn>([](const SlotWithdrawn&, const Envelope&) { return true; });
  Tale::flip(withdrawn, [](const Envelope& was, const std::optional<Envelope>& is) {
    return is && is->asked && is->asked->reason != was.asked->reason;
  });
}

void rename_request(Tale& tale) {
  tale.alter<TicketRequested>([](TicketRequested&, Envelope& envelope) {
    if (envelope.asked->request != "ticket-p5") return false;
    envelope.asked->request = "another-5";
    return true;
  });
  tale.alter<Outcome>([](Outcome& said, Envelope&) {
    if (said.request != "ticket-p5") return false;
    said.request = "another-5";
    return true;
  });
}

void forge_last_digest(Tale& tale) {
  audit::Page& page = tale.late_tick({kInventoryTopic, 0});
  Envelope envelope = page.envelope();
  Tick tick;
  ASSERT_TRUE(flat::read_root(envelope.body, tick));
  ++tick.digest.low;
  flat::Builder builder;
  const std::string body(text_of(flat::write_root(builder, tick)));
  envelope.body = bytes_of(body);
  page.write(envelope);
}

template <class T>
std::function<void(Tale&)> asked_otherwise(std::string_view by, std::string_view reason) {
  return [=](Tale& tale) {
    tale.alter<T>([=](T&, Envelope& envelope) {
      if (!envelope.asked) return false;
      envelope.asked->by = by;
      envelope.asked->reason = reason;
      return true;
    });
  };
}

const std::vector<Unseen> kOnlyACheckpointTells{
    {"TheTailCut", [] { return cut(12); }},
    {"OneCommitCut", [] { return cut(1); }},
    {"TwoTicketsSwappedAndAllThatCameOfIt",
     [] {
       DayPlan plan;
       std::swap(plan.line[0], plan.line[1]);
       return lived_otherwise(plan);
     }},
    {"ATicketDroppedAndAllThatCameOfIt",
     [] {
       DayPlan plan;
       plan.line.pop_back();
       return lived_otherwise(plan);
     }},
    {"ABookingDroppedAndAllThatCameOfIt",
     [] {
       DayPlan plan;
       plan.has_second_booking = false;
       return lived_otherwise(plan);
     }},
    {"ARequestThatNobodyMade",
     [] {
       DayPlan plan;
       plan.has_second_cancelled = true;
       return lived_otherwise(plan);
     }},
    {"APartitionOfAnotherRun", with_a_partition_of_another_run},
    {"AWholeOtherRun", [] { return lived_otherwise(on_another_start()); }},
    {"ADrawWithAnotherSeedAndCommitment",
     [] {
       DayPlan plan;
       plan.seed.assign(64, '8');
       return lived_otherwise(plan);
     }},
    {"ACapacityRaised", [] { return rewritten(raise_capacity); }},
    {"DosesRaised", [] { return rewritten(raise_doses); }},
    {"ARefusalForAnotherReason", [] { return rewritten(tell_another_reason); }},
    {"ARequestUnderAnotherKey", [] { return rewritten(rename_request); }},
    {"AByteOfAName", [] { return with_a_byte_of(flip_in_a_name); }},
    {"AByteOfAReason", [] { return with_a_byte_of(flip_in_a_reason); }},
    {"AnotherDigest", [] { return rewritten(forge_last_digest); }},
    {"AnOperatorsOtherReason",
     [] { return rewritten(asked_otherwise<SlotWithdrawn>("ann", "a broken fridge")); }},
    {"AnotherOperator",
     [] { return rewritten(asked_otherwise<SlotWithdrawn>("bob", "the plan")); }},
    {"AnotherNameOfASite",
     [] {
       return rewritten([](Tale& tale) {
         tale.alter<SitePublished>([](SitePublished& said, Envelope&) {
           said.name = "South";
           return true;
         });
       });
     }},
};

}  // namespace

const std::vector<Unseen>& only_a_checkpoint_tells() {
  return kOnlyACheckpointTells;
}

}  // namespace jari::proof
