// Breaks of one byte: a bit flipped in a record as it lies in the log, in its body, its envelope or
// its place in a stream. Whoever does that mends nothing. Bytes that no rule holds against anything
// are in tests/consumers/proof/unseen.cc: only a checkpoint tells those.

#include "tests/consumers/audit/breaks.h"

namespace jari::audit {
namespace {

template <class T>
Page& of_person(Tale& tale, std::string_view person) {
  return tale.find<T>([&](const T& body, const Envelope&) { return body.person.text == person; });
}

/// Flipped, and where it stands.
At flipped(Page& page, const Tale::Misread& is_it) {
  Tale::flip(page, is_it);
  return page.at;
}

/// It is a T still, of somebody else.
template <class T>
bool is_of_another(const Envelope& was, const std::optional<Envelope>& is) {
  if (!is || is->type != was.type) return false;
  const Record before = decode(was.type, was.body);
  const Record after = decode(is->type, is->body);
  const T* const one = std::get_if<T>(&before);
  const T* const other = std::get_if<T>(&after);
  return one != nullptr && other != nullptr && one->person.text != other->person.text &&
         is_id(other->person.text);
}

bool is_no_record(const Envelope&, const std::optional<Envelope>& is) {
  return !is;
}

bool is_of_another_type(const Envelope& was, const std::optional<Envelope>& is) {
  return is && is->type != was.type && is->kind == was.kind;
}

/// The row behind it in its stream, where the chain is found not to go on.
template <class T>
At next_of(Tale& tale, const Page& page) {
  const Envelope before = page.envelope();
  return tale
      .find<T>([&](const T&, const Envelope& row) {
        return row.stream && row.stream->source == before.stream->source &&
               row.stream->destination == before.stream->destination &&
               row.stream->seq == before.stream->seq + 1;
      })
      .at;
}

constexpr const char* kChainEnds = "does not continue the chain of those before it";
constexpr const char* kNobodySent = "something was decided for a request that nobody sent";

const std::vector<Break> kBodies{
    {"AByteOfARequest", Rule::I9, "an operator's TicketRequested without a reason",
     [](Tale& tale) {
       return flipped(of_person<TicketRequested>(tale, "p2"), is_of_another<TicketRequested>);
     },
     false},
    {"AByteOfAnEffect", Rule::I1, "the site's answer names another person",
     [](Tale& tale) { return flipped(of_person<Reserve>(tale, "p1"), is_of_another<Reserve>); },
     false},
    {"AByteOfAnAnswer", Rule::I5, "names another person",
     [](Tale& tale) { return flipped(of_person<Outcome>(tale, "p2"), is_of_another<Outcome>); },
     false},
    {"AByteOfADocument", Rule::I8, kChainEnds,
     [](Tale& tale) {
       At next = flipped(tale.document("\"person\":\"p2\""), [](const Envelope&,
                                                                const std::optional<Envelope>& is) {
         return is && text_of(is->body).find("\"person\":\"p3\"") != std::string_view::npos;
       });
       ++next.offset;
       return next;
     },
     false},
    {"AByteOfATicksTime", Rule::I6, "which is before",
     [](Tale& tale) {
       return flipped(tale.late_tick({kBookingsTopic, 0}, 2),
                      [](const Envelope& was, const std::optional<Envelope>& is) {
                        Tick before;
                        Tick after;
                        return is && is->kind == was.kind && flat::read_root(was.body, before) &&
                               flat::read_root(is->body, after) &&
                               before.time - after.time > milliseconds{10'000};
                      });
     },
     false},
};

const std::vector<Break> kEnvelopes{
    {"AByteThatMakesARequestNoRecord", Rule::I5, kNobodySent,
     [](Tale& tale) { return flipped(of_person<TicketRequested>(tale, "p2"), is_no_record); },
     false},
    {"AByteThatMakesAnEffectNoRecord", Rule::I8, "its outcome was lost",
     [](Tale& tale) {
       Page& page = of_person<Reserve>(tale, "p1");
       const Envelope envelope = page.envelope();
       const At cause{envelope.stream->source, envelope.stream->cause};
       (void)flipped(page, is_no_record);
       return cause;
     },
     false},
    {"AnAnswerToWhatIsNoRecord", Rule::I8, "an answer that nobody asked this site for",
     [](Tale& tale) {
       (void)flipped(of_person<Reserve>(tale, "p1"), is_no_record);
       return of_person<ReservationGranted>(tale, "p1").at;
     },
     false},
    {"AByteOfAnEffectsType", Rule::I8, kChainEnds,
     [](Tale& tale) {
       Page& page = of_person<Admitted>(tale, "p1");
       const At next = next_of<Admitted>(tale, page);
       (void)flipped(page, is_of_another_type);
       return next;
     },
     false},
    {"AByteOfAKey", Rule::I5, kNobodySent,
     [](Tale& tale) {
       return flipped(of_person<TicketRequested>(tale, "p2"),
                      [](const Envelope& was, const std::optional<Envelope>& is) {
                        return is && is->asked && is->asked->request != was.asked->request;
                      });
     },
     false},
};

/// A flip of p1's Reserve that leaves a record whose place in its stream is another.
template <class Field>
At in_the_place(Tale& tale, Field field) {
  return flipped(of_person<Reserve>(tale, "p1"),
                 [&](const Envelope& was, const std::optional<Envelope>& is) {
                   return is && is->stream && !(field(*is->stream) == field(*was.stream));
                 });
}

const std::vector<Break> kPlaces{
    {"AByteOfASeq", Rule::I8, "number 1 of the stream from bookings 0 is missing",
     [](Tale& tale) {
       const At at = in_the_place(tale, [](const auto& one) { return one.seq; });
       return tale.last_row({kBookingsTopic, 0}, at.where).at;
     },
     false},
    {"AByteOfASource", Rule::I8, "a Reserve that came from queue 0",
     [](Tale& tale) { return in_the_place(tale, [](const auto& one) { return one.source; }); },
     false},
    {"AByteOfAPrevHash", Rule::I8, kChainEnds,
     [](Tale& tale) { return in_the_place(tale, [](const auto& one) { return one.prev_hash; }); },
     false},
    {"AByteOfACause", Rule::I3, "though its site was asked before anybody asked for it",
     [](Tale& tale) {
       const At granted = of_person<ReservationGranted>(tale, "p1").at;
       (void)in_the_place(tale, [](const auto& one) { return one.cause; });
       return granted;
     },
     false},
    {"AByteOfTheLogsName", Rule::I8, "is of another log",
     [](Tale& tale) { return in_the_place(tale, [](const auto& one) { return one.incarnation; }); },
     false},
};

}  // namespace

const std::vector<Break>& breaks_of_bytes() {
  static const std::vector<Break> kBreaks = [] {
    std::vector<Break> all;
    for (const auto* some : {&kBodies, &kEnvelopes, &kPlaces}) {
      all.insert(all.end(), some->begin(), some->end());
    }
    return all;
  }();
  return kBreaks;
}

}  // namespace jari::audit
