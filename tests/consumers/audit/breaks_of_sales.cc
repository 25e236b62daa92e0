// Breaks of I1 to I3: places, doses, and the right to book.

#include "tests/consumers/audit/breaks.h"

namespace jari::audit {
namespace {

template <class T>
At place_of(Tale& tale, std::string_view person, std::size_t nth = 0) {
  return tale.find<T>([&](const T& one, const Envelope&) { return one.person.text == person; }, nth)
      .at;
}

/// Where the site's first yes to the person stands.
At granted_to(Tale& tale, std::string_view person) {
  return place_of<ReservationGranted>(tale, person);
}

/// A no of the site that becomes a yes.
At grant_refused(Tale& tale, std::string_view person, std::string_view slot) {
  Page& page = tale.find<ReservationRefused>(
      [&](const ReservationRefused& no, const Envelope&) { return no.person.text == person; });
  Envelope envelope = page.envelope();
  const Record body = decode(envelope.type, envelope.body);
  const auto& no = std::get<ReservationRefused>(body);
  ReservationGranted yes;
  yes.appointment = no.appointment;
  yes.person = no.person;
  yes.site = SiteId{"north"};
  yes.slot = SlotId{slot};
  yes.product = ProductId{"vax"};
  Encoder encoder;
  envelope.type = kTypeOf<ReservationGranted>;
  const std::string bytes(text_of(encoder.encode(yes)));
  envelope.body = bytes_of(bytes);
  const Offset cause = envelope.stream->cause;
  const PartitionRef site = envelope.stream->source;
  page.write(envelope);
  return {site, cause};
}

template <class T>
void alter_programme(Tale& tale, T&& change) {
  tale.alter_all<ProgrammeConfigured>([&](ProgrammeConfigured& said, Envelope&) {
    change(said);
    return true;
  });
}

const std::vector<Break> kBreaksOfSales{
    {"CapacityBelowWhatWasSold", Rule::I1, "has 1 places",
     [](Tale& tale) {
       tale.alter<SlotPublished>([](SlotPublished& said, Envelope&) {
         if (said.slot.text == "early") said.capacity = 1;
         return said.slot.text == "early";
       });
       return place_of<Reserve>(tale, "p2");
     }},
    {"FewerDosesThanWereSold", Rule::I1, "has 1 doses of vax",
     [](Tale& tale) {
       tale.alter<StockChanged>([](StockChanged& said, Envelope&) {
         said.doses = 1;
         return true;
       });
       return place_of<Reserve>(tale, "p2");
     }},
    {"ASaleOverCapacity", Rule::I1, "has 2 places, and with this one 3",
     [](Tale& tale) { return grant_refused(tale, "p3", "early"); }},
    {"ADoseThatIsNotThere", Rule::I1, "has 4 doses of vax, and with this one 5",
     [](Tale& tale) { return grant_refused(tale, "p4", "late"); }},
    {"AnotherSlotThanAskedFor", Rule::I1, "another person, slot or product",
     [](Tale& tale) {
       tale.alter<ReservationGranted>([](ReservationGranted& yes, Envelope&) {
         yes.slot = SlotId{"late"};
         return yes.person.text == "p1";
       });
       return place_of<Reserve>(tale, "p1");
     }},
    {"ASlotThatHadStarted", Rule::I1, "after it had started",
     [](Tale& tale) {
       tale.alter<SlotPublished>([](SlotPublished& said, Envelope&) {
         said.starts_at = said.starts_at - std::chrono::hours{30};
         return said.slot.text == "early";
       });
       return place_of<Reserve>(tale, "p1");
     }},
    {"AWithdrawnSlot", Rule::I1, "while withdrawn",
     [](Tale& tale) {
       const At at = tale.alter<Reserve>([](Reserve& ask, Envelope&) {
         if (ask.person.text != "p6" || ask.slot.text != "early") return false;
         ask.slot = SlotId{"late"};
         return true;
       });
       return at;
     }},
    {"ADayOutsideOfTheInterval", Rule::I1, "outside of the days",
     [](Tale& tale) {
       return tale.alter<Reserve>([](Reserve& ask, Envelope&) {
         ask.not_before = *parse_day("2021-08-01");
         return ask.person.text == "p1";
       });
     }},
    {"AHoldThatDidNotLive", Rule::I1, "did not live",
     [](Tale& tale) {
       tale.alter<HoldRequested>([](HoldRequested& ask, Envelope& envelope) {
         ask.length_ms = 0;
         return envelope.kind == RecordKind::Effect;
       });
       return tale.find<HoldConfirmed>([](const HoldConfirmed&, const Envelope&) { return true; })
           .at;
     }},
    {"MoreActiveThanAllowed", Rule::I2, "which allows 0",
     [](Tale& tale) {
       alter_programme(tale, [](ProgrammeConfigured& said) { said.active_appointments_max = 0; });
       return granted_to(tale, "p1");
     }},
    {"ABookingWithoutAnAdmission", Rule::I3, "without an admission",
     [](Tale& tale) {
       Tale::silence(tale.find<Admitted>(
           [](const Admitted& one, const Envelope&) { return one.person.text == "p2"; }));
       return granted_to(tale, "p2");
     }},
    {"AnAdmissionThatWasOver", Rule::I3, "without an admission",
     [](Tale& tale) {
       tale.alter<Admitted>([](Admitted& one, Envelope&) {
         one.session_seconds = 0;
         return one.person.text == "p2";
       });
       return granted_to(tale, "p2");
     }},
    {"ABookingThatNobodyAskedFor", Rule::I3, "nobody asked for it",
     [](Tale& tale) {
       tale.alter<BookingRequested>([](BookingRequested& asked, Envelope& envelope) {
         asked.person = PersonId{"p5"};
         return envelope.asked->request == "book-2";
       });
       return granted_to(tale, "p2");
     }},
    {"AClosedWindow", Rule::I3, "the window of cohort all was closed",
     [](Tale& tale) {
       alter_programme(tale, [](ProgrammeConfigured& said) {
         said.cohorts[0].closes_at = said.cohorts[0].opens_at + seconds{1};
       });
       return granted_to(tale, "p1");
     }},
    {"SomebodyNotEligible", Rule::I3, "to who is not eligible",
     [](Tale& tale) {
       Tale::silence(
           tale.find<EligibilityGranted>([](const EligibilityGranted& said, const Envelope&) {
             return said.person.text == "p2";
           }));
       return granted_to(tale, "p2");
     }},
    {"ARightThatWasNotThere", Rule::I3, "a right to rebook that was not there",
     [](Tale& tale) {
       tale.alter<Outcome>([](Outcome& said, Envelope&) {
         said.used_rebook_right = true;
         return said.request == "book-2";
       });
       return granted_to(tale, "p2");
     }},
    {"ARightThatWasNotUsedUp", Rule::I3, "did not use it up",
     [](Tale& tale) {
       tale.alter<Outcome>([](Outcome& said, Envelope&) {
         said.used_rebook_right = false;
         return said.request == "rebook-6";
       });
       return place_of<ReservationGranted>(tale, "p6", 1);
     }},
    {"ARightForWhoCancelledThemself", Rule::I3, "where none comes of it",
     [](Tale& tale) {
       Tale::rewrite(tale.document("\"cancelled_by\":\"person\""), "\"version\":2",
                     "\"rebook_until\":\"2021-08-01T00:00:00.000Z\",\"version\":2");
       return tale
           .find<CancelRequested>([](const CancelRequested&, const Envelope&) { return true; })
           .at;
     }},
    {"AnOperatorsBookingWithoutAReason", Rule::I3, "without name and reason",
     [](Tale& tale) {
       tale.alter<BookingRequested>([](BookingRequested&, Envelope& envelope) {
         envelope.asked->reason = {};
         return envelope.asked->role == Role::Operator;
       });
       return granted_to(tale, "p6");
     }},
    {"AHoldThatWasNeverGranted", Rule::I3, "by a hold that was never granted to them",
     [](Tale& tale) {
       Tale::silence(
           tale.find<HoldGranted>([](const HoldGranted&, const Envelope&) { return true; }));
       return place_of<ReservationGranted>(tale, "p3");
     }},
};

}  // namespace

const std::vector<Break>& breaks_of_sales() {
  return kBreaksOfSales;
}

}  // namespace jari::audit
