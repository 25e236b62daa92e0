// What partitions tell each other, and what those outside are told.
#include "consumers/timeline/words_parts.h"
#include "engine/http/json_reader.h"

namespace jari::timeline {
namespace {

std::string_view text_in(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  return value ? value->text().value_or(std::string_view{}) : std::string_view{};
}

std::int64_t number_in(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  return value ? value->integer().value_or(0) : 0;
}

/// Of what a site was asked, where its answer is not a line of its own.
std::string answered(const Aside& aside) {
  if (aside.answer == nullptr) return {};
  if (const auto* no = aside.answer->as<ReservationRefused>(); no != nullptr) {
    return text(": refused, ", reason_of(no->code));
  }
  if (const auto* no = aside.answer->as<HoldRefused>(); no != nullptr) {
    return text(": refused, ", reason_of(no->code));
  }
  return ": granted";
}

std::string why_over(HoldEnd why) {
  switch (why) {
    case HoldEnd::Expired:
      return "its time ran out";
    case HoldEnd::Withdrawn:
      return "its slot was withdrawn";
    case HoldEnd::Released:
      return "it was given back";
    case HoldEnd::Unknown:
      break;
  }
  return "for a reason that is not known";
}

}  // namespace

std::string say(const SessionEnded& said, const Aside&) {
  return text("session of ticket ", said.ticket, " of ", said.queue, " of ", said.person,
              " over: all is booked that may be");
}

std::string say(const Admitted& said, const Aside& aside) {
  return text(said.person, " admitted by ", said.queue, ": ticket ", said.ticket, ", place ",
              said.place, ", ", said.session_seconds, " s to act, until ",
              to_text(aside.time + seconds{said.session_seconds}));
}

std::string say(const AdmissionEnded& said, const Aside&) {
  return text("admission of ", said.person, " by ", said.queue, " over: ticket ", said.ticket,
              " was given back");
}

std::string say(const AdmissionHeld& said, const Aside&) {
  return said.on ? text("admissions held: ", said.why) : "admissions go on";
}

std::string say(const ReservationGranted& said, const Aside&) {
  return text(said.site, " gives ", said.appointment, " a place in slot ", said.slot, " at ",
              to_text(said.starts_at), " and a dose of ", said.product);
}

std::string say(const ReservationRefused& said, const Aside&) {
  return text("no place for ", said.appointment, ": ", reason_of(said.code),
              bounds(said.not_before, said.not_after));
}

std::string say(const HoldGranted& said, const Aside&) {
  return text("hold ", said.hold, " begins, for ", said.length_ms / 1000, " s");
}

std::string say(const HoldRefused& said, const Aside&) {
  return text("no hold ", said.hold, ": ", reason_of(said.code),
              bounds(said.not_before, said.not_after));
}

std::string say(const HoldEnded& said, const Aside&) {
  return text("hold ", said.hold, " of ", said.person, " over: ", why_over(said.why));
}

std::string say(const AppointmentWithdrawn& said, const Aside&) {
  return text("appointment ", said.appointment, " of ", said.person, " lost: slot ", said.slot,
              " of ", said.site, " was withdrawn");
}

std::string say(const Reserve& ask, const Aside& aside) {
  return text(ask.site, " asked for a place in slot ", ask.slot, " and a dose of ", ask.product,
              " for ", ask.appointment, " of ", ask.person,
              ask.replaces.empty() ? "" : text(", in exchange for slot ", ask.replaces),
              ask.hold.empty() ? "" : text(", with hold ", ask.hold), in_spite_of(ask.overrides),
              answered(aside));
}

std::string say(const Release& ask, const Aside&) {
  return text("place of ", ask.appointment, " in slot ", ask.slot, " given back to ", ask.site);
}

std::string say(const HoldRequested& ask, const Aside& aside) {
  return text(ask.site, " asked to hold a place in slot ", ask.slot, " and a dose of ", ask.product,
              " for ", ask.person, " as ", ask.hold,
              ask.replaces.empty() ? "" : text(", in exchange for hold ", ask.replaces),
              in_spite_of(ask.overrides), answered(aside));
}

std::string say(const HoldConfirmed& ask, const Aside& aside) {
  return text(ask.site, " asked to make appointment ", ask.appointment, " of hold ", ask.hold,
              " of ", ask.person, answered(aside));
}

std::string say(const HoldReleaseRequested& ask, const Aside&) {
  return text("hold ", ask.hold, " of ", ask.person, " given back to ", ask.site);
}

std::string say(const DoseReturned& ask, const Aside&) {
  return text("dose of ", ask.product, " of ", ask.appointment, " given back to ", ask.site);
}

std::string say(const DoseTaken& ask, const Aside&) {
  return text("dose of ", ask.product, " for ", ask.appointment, " taken again from ", ask.site);
}

std::string say(const Outcome& said, const Aside&) {
  const bool is_yes = said.decision == Decision::Granted;
  return text(name_of(said.asked), " ", said.request,
              is_yes ? " granted" : text(" refused, ", reason_of(said.code)));
}

std::string say_document(Bytes json) {
  const auto document = http::parse_json(text_of(json));
  if (!document || !document->root().is_object()) return "a document that cannot be read";
  const auto root = document->root();
  const std::string_view by = text_in(root, "cancelled_by");
  const std::string_view rebook = text_in(root, "rebook_until");
  return text("appointment ", text_in(root, "appointment"), " is ", text_in(root, "state"),
              by.empty() ? "" : text(" (by ", by, ")"), ": slot ", text_in(root, "slot"), " at ",
              text_in(root, "site"), ", ", text_in(root, "starts_at"), ", ",
              text_in(root, "product"), ", dose ", number_in(root, "dose"), ", version ",
              number_in(root, "version"),
              text_in(root, "slot_state").empty() ? "" : ", its slot is withdrawn",
              rebook.empty() ? "" : text(", may be booked anew until ", rebook));
}

}  // namespace jari::timeline
