// Breaks of I4: tickets, the draw and admissions.

#include "tests/consumers/audit/breaks.h"

namespace jari::audit {
namespace {

template <class Change>
At alter_queue(Tale& tale, Change&& change) {
  return tale.alter<QueueConfigured>([&](QueueConfigured& said, Envelope&) {
    change(said);
    return true;
  });
}

/// Where the nth in the line was admitted.
At admitted_at_place(Tale& tale, std::uint64_t place) {
  return tale
      .find<Admitted>([&](const Admitted& one, const Envelope&) { return one.place == place; })
      .at;
}

At alter_ticket(Tale& tale, std::string_view request, std::uint64_t ticket) {
  tale.alter<Outcome>([&](Outcome& said, Envelope&) {
    if (said.request != request) return false;
    said.ticket = ticket;
    return true;
  });
  return tale
      .find<TicketRequested>([&](const TicketRequested&, const Envelope& envelope) {
        return envelope.asked->request == request;
      })
      .at;
}

At drawn_at(Tale& tale) {
  return tale.find<PrequeueDrawn>([](const PrequeueDrawn&, const Envelope&) { return true; }).at;
}

/// The operator's settings once more, long after the draw, and granted.
At set_again(Tale& tale, const std::function<void(QueueConfigured&)>& change) {
  Page& set =
      tale.find<QueueConfigured>([](const QueueConfigured&, const Envelope&) { return true; });
  Envelope request = set.envelope();
  Record body = decode(request.type, request.body);
  change(std::get<QueueConfigured>(body));
  Encoder encoder;
  const std::string bytes(text_of(encoder.encode(body)));
  request.body = bytes_of(bytes);
  request.asked->request = "late";
  Page& tick = tale.late_tick(set.at.where, 2);
  tick.write(request);
  const At at = tick.at;
  Page& said = tale.find<Outcome>(
      [](const Outcome& one, const Envelope&) { return one.request == "queue"; });
  Envelope row = said.envelope();
  Record outcome = decode(row.type, row.body);
  std::get<Outcome>(outcome).request = "late";
  Encoder again;
  const std::string answer(text_of(again.encode(outcome)));
  row.body = bytes_of(answer);
  row.stream->cause = at.offset;
  tale.insert_after(tick, row);
  return at;
}

/// Those of the first and the last place stand in each other's admission.
At swap_admissions(Tale& tale) {
  for (const std::uint64_t from : {1, 5}) {
    tale.alter<Admitted>([&](Admitted& one, Envelope&) {
      if (one.place != from) return false;
      one.place = 100 + 6 - from;
      return true;
    });
  }
  At first;
  for (const std::uint64_t to : {101, 105}) {
    const At at = tale.alter<Admitted>([&](Admitted& one, Envelope&) {
      if (one.place != to) return false;
      one.place = to - 100;
      return true;
    });
    if (to == 105) first = at;
  }
  return first;
}

const std::string kOtherSeed(64, '8');
const std::vector<Break> kBreaksOfLines{
    {"MoreThanTheRate", Rule::I4, "admits 1 a second, and this was number 2",
     [](Tale& tale) {
       alter_queue(tale, [](QueueConfigured& said) { said.rate_per_second = 1; });
       return admitted_at_place(tale, 2);
     }},
    {"MoreInsideThanMayBe", Rule::I4, "has 2 inside, and 1 may be",
     [](Tale& tale) {
       alter_queue(tale, [](QueueConfigured& said) { said.inside_max = 1; });
       return admitted_at_place(tale, 2);
     }},
    {"BeforeTheOpening", Rule::I4, "before it opened",
     [](Tale& tale) {
       alter_queue(tale,
                   [](QueueConfigured& said) { said.opens_at = said.opens_at + seconds{60}; });
       return admitted_at_place(tale, 1);
     }},
    {"AfterTheClosing", Rule::I4, "after it had closed",
     [](Tale& tale) {
       alter_queue(tale, [](QueueConfigured& said) { said.closes_at = said.opens_at; });
       return admitted_at_place(tale, 1);
     }},
    {"WhilePaused", Rule::I4, "while paused",
     [](Tale& tale) {
       alter_queue(tale, [](QueueConfigured& said) { said.paused = true; });
       return admitted_at_place(tale, 1);
     }},
    {"BeforeTheDraw", Rule::I4, "before the draw",
     [](Tale& tale) {
       Tale::silence(
           tale.find<PrequeueDrawn>([](const PrequeueDrawn&, const Envelope&) { return true; }));
       return admitted_at_place(tale, 1);
     }},
    {"ForAnotherProgramme", Rule::I4, "its programme does not name it",
     [](Tale& tale) {
       alter_queue(tale, [](QueueConfigured& said) { said.programme = ProgrammeId{"other"}; });
       return admitted_at_place(tale, 1);
     }},
    {"AnotherPlaceThanDrawn", Rule::I4, "has the place",
     [](Tale& tale) {
       return tale.alter<Admitted>([](Admitted& one, Envelope&) {
         one.place = one.place % 5 + 1;
         return true;
       });
     }},
    {"TwoAdmissionsSwapped", Rule::I4, "has the place", swap_admissions},
    {"AnAdmissionLeftOut", Rule::I4, "was admitted before place 1",
     [](Tale& tale) {
       Tale::silence(tale.find<Admitted>(
           [](const Admitted& one, const Envelope&) { return one.place == 1; }));
       return admitted_at_place(tale, 2);
     }},
    {"ATicketThatWasNeverGiven", Rule::I4, "ticket 99 of queue line was admitted and never given",
     [](Tale& tale) {
       return tale.alter<Admitted>([](Admitted& one, Envelope&) {
         one.ticket = 99;
         return true;
       });
     }},
    {"AdmittedForAnother", Rule::I4, "was admitted for another person",
     [](Tale& tale) {
       return tale.alter<Admitted>([](Admitted& one, Envelope&) {
         one.person = PersonId{one.person.text == "p1" ? "p2" : "p1"};
         return true;
       });
     }},
    {"ALongerSession", Rule::I4, "was given 3000 seconds",
     [](Tale& tale) {
       return tale.alter<Admitted>([](Admitted& one, Envelope&) {
         one.session_seconds = 3000;
         return true;
       });
     }},
    {"AnotherTimeThanTheTicks", Rule::I4, "at another time",
     [](Tale& tale) {
       return tale.alter<Admitted>([](Admitted& one, Envelope&) {
         one.admitted_at = one.admitted_at - seconds{1};
         return true;
       });
     }},
    {"ATicketNumberSkipped", Rule::I4, "was next",
     [](Tale& tale) { return alter_ticket(tale, "ticket-p2", 9); }},
    {"ATicketNumberGivenTwice", Rule::I4, "ticket 1 of queue line was given before",
     [](Tale& tale) { return alter_ticket(tale, "ticket-p2", 1); }},
    {"TwoLiveTickets", Rule::I4, "was given to who had a live one",
     [](Tale& tale) {
       return tale.alter<TicketRequested>([](TicketRequested& ask, Envelope& envelope) {
         ask.person = PersonId{"p1"};
         return envelope.asked->request == "ticket-p2";
       });
     }},
    {"ATicketBeforeTheOpening", Rule::I4, "a ticket was given before the queue opened",
     [](Tale& tale) {
       alter_queue(tale, [](QueueConfigured& said) {
         said.prequeue->opens_at = said.prequeue->opens_at + seconds{3};
       });
       return alter_ticket(tale, "ticket-p1", 1);
     }},
    {"ASeedThatWasNotCommittedTo", Rule::I4, "not the one that was committed to",
     [](Tale& tale) {
       return tale.alter<PrequeueDrawn>([](PrequeueDrawn& said, Envelope&) {
         said.seed = kOtherSeed;
         return true;
       });
     }},
    {"AnEarlyDraw", Rule::I4, "drawn before it had closed",
     [](Tale& tale) {
       alter_queue(tale, [](QueueConfigured& said) {
         said.prequeue->closes_at = said.prequeue->closes_at + seconds{60};
       });
       return drawn_at(tale);
     }},
    {"TheEndOfThePrequeueMovedLate", Rule::I4, "was moved too late",
     [](Tale& tale) {
       return set_again(tale, [](QueueConfigured& said) {
         said.prequeue->closes_at = said.prequeue->closes_at + seconds{1};
       });
     }},
    {"ACommitmentThatChanged", Rule::I4, "another commitment, beacon or opening",
     [](Tale& tale) {
       return set_again(tale,
                        [](QueueConfigured& said) { said.prequeue->commitment = kOtherSeed; });
     }},
    {"ADrawWithoutItsBeacon", Rule::I4, "without the beacon it names",
     [](Tale& tale) {
       alter_queue(tale, [](QueueConfigured& said) { said.prequeue->beacon_name = "the lottery"; });
       return drawn_at(tale);
     }},
};

}  // namespace

const std::vector<Break>& breaks_of_lines() {
  return kBreaksOfLines;
}

}  // namespace jari::audit
