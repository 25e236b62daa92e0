// Breaks of I5 to I9: requests, ticks, sync, streams and operators.

#include "tests/consumers/audit/breaks.h"

namespace jari::audit {
namespace {

template <class T>
Page& any(Tale& tale) {
  return tale.find<T>([](const T&, const Envelope&) { return true; });
}

At request_at(Tale& tale, std::string_view person) {
  return tale
      .find<TicketRequested>(
          [&](const TicketRequested& ask, const Envelope&) { return ask.person.text == person; })
      .at;
}

/// The outcome of p2's ticket says it is of another request.
At rename_outcome(Tale& tale, std::string_view request) {
  tale.alter<Outcome>([&](Outcome& said, Envelope&) {
    if (said.request != "ticket-p2") return false;
    said.request = request;
    return true;
  });
  return request_at(tale, "p2");
}

/// What stands there instead of a tick of the end of the day; later ones say that it was applied.
At put(Tale& tale, PartitionRef where, const Envelope& envelope) {
  Page& page = tale.late_tick(where, 2);
  page.write(envelope);
  return page.at;
}

const std::string& text_of_document(Tale& tale, std::string_view text) {
  static std::string body;
  const Envelope envelope = tale.document(text).envelope();
  body = text_of(envelope.body);
  return body;
}

/// A document more, behind the last of p2's.
At add_document(Tale& tale) {
  const Page page = tale.document("\"person\":\"p2\"");
  Envelope envelope = page.envelope();
  std::string body = text_of_document(tale, "\"person\":\"p2\"");
  body.replace(body.find("\"version\":1"), 11, "\"version\":2");
  body.replace(body.find("\"state\":\"booked\""), 16, "\"state\":\"missed\"");
  envelope.body = bytes_of(body);
  tale.insert_after(tale.document("\"person\":\"p2\""), envelope);
  return tale.document("\"missed\"").at;
}

const std::vector<Break> kRequests{
    {"ARequestDecidedTwice", Rule::I5, "decided twice within 24 hours",
     [](Tale& tale) { return rename_outcome(tale, "ticket-p1"); }},
    {"SomethingDecidedThatNobodySent", Rule::I5, "that nobody sent",
     [](Tale& tale) { return rename_outcome(tale, "nobodys"); }},
    {"TwoDigestsOfOneState", Rule::I6, "different digests",
     [](Tale& tale) {
       std::optional<Tick> first;
       return tale.alter_own<Tick>(RecordKind::Tick, [&](Tick& tick, const At& at) {
         if (at.where.topic != kQueueTopic || at.where.partition != 0) return false;
         if (!first) first = tick;
         if (first->digest == tick.digest) return false;
         tick.upto = first->upto;
         return true;
       });
     }},
    {"ADigestOfWhatIsToCome", Rule::I6, "of what stands after it",
     [](Tale& tale) {
       return tale.alter_own<Tick>(RecordKind::Tick, [](Tick& tick, const At& at) {
         tick.upto = at.offset;
         return true;
       });
     }},
    {"ABackdatedTick", Rule::I6, "which is before",
     [](Tale& tale) {
       std::uint32_t ticks = 0;
       return tale.alter_own<Tick>(RecordKind::Tick, [&](Tick& tick, const At& at) {
         if (!(at.where == PartitionRef{kBookingsTopic, 0}) || ++ticks < 4) return false;
         tick.time = tick.time - seconds{30};
         return true;
       });
     }},
    {"AnEpochLeftOut", Rule::I6, "was claimed after",
     [](Tale& tale) {
       return tale.alter_own<Claim>(RecordKind::Claim, [](Claim& claim, const At&) {
         claim.epoch += 1;
         return true;
       });
     }},
    {"ADispute", Rule::I6, "came to another state",
     [](Tale& tale) {
       flat::Builder builder;
       const std::string body(text_of(flat::write_root(builder, Disputed{1, 2, {3, 4}, "a"})));
       Envelope envelope;
       envelope.kind = RecordKind::Disputed;
       envelope.body = bytes_of(body);
       return put(tale, {kBookingsTopic, 0}, envelope);
     }},
};

const std::vector<Break> kSync{
    {"AVersionLeftOut", Rule::I7, "has version 4 after version 1",
     [](Tale& tale) {
       Page& page = tale.document("\"version\":2");
       Tale::rewrite(page, "\"version\":2", "\"version\":4");
       return page.at;
     }},
    {"ALowerVersion", Rule::I7, "has version 1 after version 1",
     [](Tale& tale) {
       Page& page = tale.document("\"version\":2");
       Tale::rewrite(page, "\"version\":2", "\"version\":1");
       return page.at;
     }},
    {"ADocumentMissing", Rule::I7, "and sync does not",
     [](Tale& tale) {
       Tale::silence(tale.document("\"person\":\"p2\""));
       return tale
           .find<Reserve>(
               [](const Reserve& ask, const Envelope&) { return ask.person.text == "p2"; })
           .at;
     }},
    {"ADocumentMore", Rule::I7, "is missed in sync, and its site has a place", add_document},
    {"CancelledInSyncOnly", Rule::I7, "began as cancelled",
     [](Tale& tale) {
       Page& page = tale.document("\"person\":\"p2\"");
       Tale::rewrite(page, "\"state\":\"booked\"", "\"state\":\"cancelled\"");
       return page.at;
     }},
    {"APlaceThatNoSiteGranted", Rule::I7, "has a place that no site granted",
     [](Tale& tale) {
       Page& page = tale.document("\"person\":\"p2\"");
       Tale::rewrite(page, "\"slot\":\"early\"", "\"slot\":\"late\"");
       return page.at;
     }},
    {"CancelledAndAliveAgain", Rule::I7, "became another person's",
     [](Tale& tale) {
       Page& page = tale.document("\"cancelled_by\":\"person\"");
       Tale::rewrite(page, "\"person\":\"p1\"", "\"person\":\"p5\"");
       return page.at;
     }},
    {"AnAnswerThatSyncDoesNotHave", Rule::I7, "otherwise than sync does",
     [](Tale& tale) {
       return tale.alter<Outcome>([](Outcome& said, Envelope&) {
         if (said.request != "book-2") return false;
         said.appointment->version = 7;
         return true;
       });
     }},
};

const std::vector<Break> kStreams{
    {"AnEffectMissing", Rule::I8, "is missing",
     [](Tale& tale) {
       return tale.alter<Reserve>([](Reserve& ask, Envelope& envelope) {
         if (ask.person.text != "p2") return false;
         envelope.stream->seq += 1000;
         return true;
       });
     },
     false},
    {"AForeignHash", Rule::I8, "does not continue the chain",
     [](Tale& tale) {
       return tale.alter<Reserve>([](Reserve&, Envelope& envelope) {
         ++envelope.stream->prev_hash.low;
         return true;
       });
     },
     false},
    {"AForeignHashLater", Rule::I8, "does not continue the chain",
     [](Tale& tale) {
       return tale.alter<Outcome>([](Outcome& said, Envelope& envelope) {
         if (envelope.stream->seq < 2) return false;
         ++envelope.stream->prev_hash.low;
         return said.asked == kTypeOf<EligibilityGranted>;
       });
     },
     false},
    {"ARowThatComesAgainAndSaysSomethingElse", Rule::I8, "came again and says something else",
     [](Tale& tale) {
       const Page first = any<Outcome>(tale);
       Envelope again = first.envelope();
       ++again.stream->cause;
       tale.insert_after(any<Outcome>(tale), again);
       return At{first.at.where, first.at.offset + 1};
     },
     false},
    {"AnotherLogsEffect", Rule::I8, "is of another log",
     [](Tale& tale) {
       return tale.alter<Reserve>([](Reserve&, Envelope& envelope) {
         ++envelope.stream->incarnation.low;
         return true;
       });
     }},
    {"ATailLost", Rule::I8, "a tail was lost",
     [](Tale& tale) {
       return tale.alter_own<Ack>(RecordKind::Ack, [](Ack& ack, const At&) {
         ack.last += 1000;
         return true;
       });
     },
     false},
    {"AnEffectDropped", Rule::I8, "the site's answer to it was lost",
     [](Tale& tale) {
       Tale::silence(any<ReservationRefused>(tale));
       return tale
           .find<Reserve>(
               [](const Reserve& ask, const Envelope&) { return ask.person.text == "p3"; })
           .at;
     }},
    {"AnEffectDoubled", Rule::I8, "the site's answer to it was lost",
     [](Tale& tale) {
       const Page twice = any<Reserve>(tale);
       return put(tale, twice.at.where, twice.envelope());
     }},
    {"AnAnswerToNobody", Rule::I8, "that nobody asked this site for",
     [](Tale& tale) {
       return tale.alter<ReservationGranted>([](ReservationGranted& yes, Envelope&) {
         yes.appointment = AppointmentId{"a1-4096"};
         return yes.person.text == "p1";
       });
     }},
    {"AnEffectInAnothersPartition", Rule::I8, "stands in a partition that is not theirs",
     [](Tale& tale) {
       return tale.alter<Reserve>([](Reserve& ask, Envelope&) {
         // The other of two partitions.
         for (const char* site : {"a", "b", "c", "d", "e", "f"}) {
           if (partition_of(site, 2) != partition_of("north", 2)) ask.site = SiteId{site};
         }
         return true;
       });
     }},
    {"AnEffectOfAnotherMaker", Rule::I8, "a Admitted that came from bookings",
     [](Tale& tale) {
       return tale.alter<Admitted>([](Admitted&, Envelope& envelope) {
         envelope.stream->source.topic = kBookingsTopic;
         return true;
       });
     }},
    {"SettingsToldOtherwise", Rule::I8, "is another here than in other partitions",
     [](Tale& tale) {
       std::uint32_t told = 0;
       return tale.alter<ProgrammeConfigured>([&](ProgrammeConfigured& said, Envelope& envelope) {
         if (envelope.kind != RecordKind::Effect || ++told < 2) return false;
         said.hold_seconds += 1;
         return true;
       });
     }},
    {"AnOutcomeDropped", Rule::I8, "the outcome of request ticket-p2 was lost",
     [](Tale& tale) {
       Tale::silence(tale.find<Outcome>(
           [](const Outcome& said, const Envelope&) { return said.request == "ticket-p2"; }));
       return request_at(tale, "p2");
     }},
};

const std::vector<Break> kOperators{
    {"AnOperatorWithoutAName", Rule::I9, "an operator's SlotPublished without a name",
     [](Tale& tale) {
       return tale.alter<SlotPublished>([](SlotPublished&, Envelope& envelope) {
         envelope.asked->by = {};
         return true;
       });
     }},
    {"AnOperatorWithoutAReason", Rule::I9, "an operator's SlotWithdrawn without a reason",
     [](Tale& tale) {
       return tale.alter<SlotWithdrawn>([](SlotWithdrawn&, Envelope& envelope) {
         envelope.asked->reason = {};
         return true;
       });
     }},
    {"ARepairWithoutAName", Rule::I9, "an operator's repair without name and reason",
     [](Tale& tale) {
       flat::Builder builder;
       const std::string body(
           text_of(flat::write_root(builder, StreamSet{{kQueueTopic, 0}, 0, {}})));
       Envelope envelope;
       envelope.kind = RecordKind::StreamSet;
       envelope.body = bytes_of(body);
       return put(tale, {kProgrammesTopic, 0}, envelope);
     }},
};

}  // namespace

const std::vector<Break>& breaks_of_records() {
  static const std::vector<Break> kBreaks = [] {
    std::vector<Break> all;
    for (const auto* some : {&kRequests, &kSync, &kStreams, &kOperators}) {
      all.insert(all.end(), some->begin(), some->end());
    }
    return all;
  }();
  return kBreaks;
}

}  // namespace jari::audit
