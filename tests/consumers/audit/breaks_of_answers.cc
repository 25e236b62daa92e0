// Breaks of what was answered: rows of `outcomes` that say otherwise than what came of the request,
// and sessions that the queue is told of.

#include "tests/consumers/audit/audit_world.h"
#include "tests/consumers/audit/breaks.h"

namespace jari::audit {
namespace {

/// Where the answer to the request stands, which now says something else.
At alter_answer(Tale& tale, std::string_view request, const std::function<void(Outcome&)>& change) {
  return tale.alter<Outcome>([&](Outcome& said, Envelope&) {
    if (said.request != request) return false;
    change(said);
    return true;
  });
}

void refuse(Outcome& said, Code code) {
  said.decision = Decision::Refused;
  said.code = code;
  said.status = status_of(code);
  said.appointment.reset();
  said.hold = {};
  said.ticket = 0;
}

Page& answer_to(Tale& tale, std::string_view request) {
  return tale.find<Outcome>(
      [&](const Outcome& said, const Envelope&) { return said.request == request; });
}

template <class T>
At asked_at(Tale& tale, std::string_view request) {
  return tale
      .find<T>([&](const T&, const Envelope& one) {
        return one.kind == RecordKind::Request && one.asked->request == request;
      })
      .at;
}

/// The answer stands twice.
At double_answer(Tale& tale, std::string_view request) {
  const Page first = answer_to(tale, request);
  const Envelope row = first.envelope();
  tale.insert_after(answer_to(tale, request), row);
  return {first.at.where, first.at.offset + 1};
}

template <class T>
At drop_answer(Tale& tale, std::string_view request) {
  Tale::silence(answer_to(tale, request));
  return asked_at<T>(tale, request);
}

const std::vector<Break> kBreaksOfAnswers{
    {"RefusedThoughItWasBooked", Rule::I5, "says otherwise than the site",
     [](Tale& tale) {
       return alter_answer(tale, "book-2", [](Outcome& said) { refuse(said, Code::SlotFull); });
     }},
    {"RefusedThoughItWasHeld", Rule::I5, "says otherwise than the site",
     [](Tale& tale) {
       return alter_answer(tale, "hold-3", [](Outcome& said) { refuse(said, Code::OutOfStock); });
     }},
    {"BookedThoughTheSiteRefused", Rule::I5, "says otherwise than the site",
     [](Tale& tale) {
       return alter_answer(tale, "book-3", [](Outcome& said) {
         said.decision = Decision::Granted;
         said.code = Code::None;
         said.status = 201;
         said.appointment.emplace();
         said.appointment->appointment = AppointmentId{"a0-7"};
       });
     }},
    {"AnotherReasonThanTheSites", Rule::I5, "gives other reasons than the site",
     [](Tale& tale) {
       return alter_answer(tale, "book-3", [](Outcome& said) { said.code = Code::OutOfStock; });
     }},
    {"ACodeThatIsNotOfTheRequest", Rule::I5, "is none that such a request can have",
     [](Tale& tale) {
       return alter_answer(tale, "may-p4", [](Outcome& said) { refuse(said, Code::SlotFull); });
     }},
    {"AnotherStatus", Rule::I5, "is none that such a request can have",
     [](Tale& tale) {
       return alter_answer(tale, "book-2", [](Outcome& said) { said.status = 200; });
     }},
    {"ANewTicketAsAnOldOne", Rule::I5, "was answered as one that was given before",
     [](Tale& tale) {
       return alter_answer(tale, "ticket-p2", [](Outcome& said) { said.status = 200; });
     }},
    {"NoTicketThoughTheQueueWasOpen", Rule::I5, "refused as queue-closed, which was not so",
     [](Tale& tale) {
       return alter_answer(tale, "ticket-p2",
                           [](Outcome& said) { refuse(said, Code::QueueClosed); });
     }},
    {"AnotherPersonInTheAnswer", Rule::I5, "names another person",
     [](Tale& tale) {
       return alter_answer(tale, "ticket-p2", [](Outcome& said) { said.person = PersonId{"p1"}; });
     }},
    {"AnotherQueueInTheAnswer", Rule::I5, "names another queue, site, slot or product",
     [](Tale& tale) {
       return alter_answer(tale, "ticket-p2", [](Outcome& said) { said.queue = QueueId{"other"}; });
     }},
    {"AnotherSlotInAnOperatorsAnswer", Rule::I5, "names another queue, site, slot or product",
     [](Tale& tale) {
       return alter_answer(tale, "early", [](Outcome& said) { said.slot = SlotId{"late"}; });
     }},
    {"AnotherAppointmentInTheAnswer", Rule::I5, "shows another appointment",
     [](Tale& tale) {
       return alter_answer(tale, "book-2", [](Outcome& said) {
         said.appointment->appointment = AppointmentId{whole_day().made("book-1")};
       });
     }},
    {"AnotherSlotInTheAnswer", Rule::I7, "otherwise than sync does",
     [](Tale& tale) {
       return alter_answer(tale, "book-2",
                           [](Outcome& said) { said.appointment->slot = SlotId{"late"}; });
     }},
    {"AnotherProductInTheAnswer", Rule::I7, "otherwise than sync does",
     [](Tale& tale) {
       return alter_answer(tale, "book-2",
                           [](Outcome& said) { said.appointment->product = ProductId{"dip"}; });
     }},
    {"AnotherDoseInTheAnswer", Rule::I7, "otherwise than sync does",
     [](Tale& tale) {
       return alter_answer(tale, "book-2", [](Outcome& said) { said.appointment->dose = 2; });
     }},
    {"TheAnswerToAnotherKindOfRequest", Rule::I8, "its outcome was lost",
     [](Tale& tale) {
       alter_answer(tale, "cancel-1",
                    [](Outcome& said) { said.asked = kTypeOf<RescheduleRequested>; });
       return asked_at<CancelRequested>(tale, "cancel-1");
     }},
    {"CancelledThoughAnotherWasMeant", Rule::I5, "shows another appointment",
     [](Tale& tale) {
       tale.alter<CancelRequested>([](CancelRequested& asked, Envelope&) {
         asked.appointment = AppointmentId{whole_day().made("book-2")};
         return true;
       });
       return answer_to(tale, "cancel-1").at;
     }},
    {"AnotherHoldInTheAnswer", Rule::I5, "names another hold",
     [](Tale& tale) {
       return alter_answer(tale, "hold-3", [](Outcome& said) { said.hold = HoldId{"h1-4096"}; });
     }},
    {"AnotherSlotOfAHoldInTheAnswer", Rule::I5, "names another queue, site, slot or product",
     [](Tale& tale) {
       return alter_answer(tale, "hold-3", [](Outcome& said) { said.slot = SlotId{"early"}; });
     }},
    {"ALongerHoldInTheAnswer", Rule::I5, "says another end of the hold",
     [](Tale& tale) {
       return alter_answer(tale, "hold-3",
                           [](Outcome& said) { said.until = said.until + seconds{60}; });
     }},
    {"AnotherVersionOfASlot", Rule::I5, "names a version that is not the next",
     [](Tale& tale) { return alter_answer(tale, "early", [](Outcome& said) { ++said.version; }); }},
    {"AnotherVersionOfAQueue", Rule::I5, "names a version that is not the next",
     [](Tale& tale) { return alter_answer(tale, "draw", [](Outcome& said) { ++said.version; }); }},
    {"AVersionOfTheProgrammeThatDidNotHold", Rule::I5, "that did not hold",
     [](Tale& tale) {
       return alter_answer(tale, "book-2", [](Outcome& said) { ++said.programme_version; });
     }},
    {"AnAnswerToNoRequest", Rule::I5, "an answer to what nobody asked",
     [](Tale& tale) {
       return alter_answer(tale, "ticket-p2", [](Outcome& said) {
         refuse(said, Code::InvalidRequest);
         said.request = "nobodys";
       });
     }},
    {"AnAnswerTwice", Rule::I5, "or was answered before",
     [](Tale& tale) { return double_answer(tale, "book-3"); }},
    {"ABookingsAnswerDropped", Rule::I8, "its outcome was lost",
     [](Tale& tale) { return drop_answer<BookingRequested>(tale, "book-2"); }},
    {"ARefusalDropped", Rule::I8, "its outcome was lost",
     [](Tale& tale) { return drop_answer<BookingRequested>(tale, "book-4"); }},
    {"AHoldsAnswerDropped", Rule::I8, "its outcome was lost",
     [](Tale& tale) { return drop_answer<HoldRequested>(tale, "hold-3"); }},
    {"ACancellationsAnswerDropped", Rule::I8, "its outcome was lost",
     [](Tale& tale) { return drop_answer<CancelRequested>(tale, "cancel-1"); }},
    {"AnotherProductThanWasAskedFor", Rule::I3, "for another slot or product than was asked for",
     [](Tale& tale) {
       tale.alter<BookingRequested>([](BookingRequested& asked, Envelope& envelope) {
         asked.product = ProductId{"dip"};
         return envelope.asked->request == "book-2";
       });
       return tale
           .find<ReservationGranted>([](const ReservationGranted& yes, const Envelope&) {
             return yes.person.text == "p2";
           })
           .at;
     }},
    {"ASessionOfAnotherTicketEnded", Rule::I4, "was ended, and no booking had used it up",
     [](Tale& tale) {
       return tale.alter<SessionEnded>([](SessionEnded& said, Envelope&) {
         said.ticket = said.ticket % 5 + 1;
         return true;
       });
     }},
    {"ASessionsEndThatTheQueueIsNotTold", Rule::I4, "and the queue was not told",
     [](Tale& tale) {
       Page& page =
           tale.find<SessionEnded>([](const SessionEnded&, const Envelope&) { return true; });
       const Envelope envelope = page.envelope();
       const At at{envelope.stream->source, envelope.stream->cause};
       Tale::silence(page);
       return at;
     }},
};

}  // namespace

const std::vector<Break>& breaks_of_answers() {
  return kBreaksOfAnswers;
}

}  // namespace jari::audit
