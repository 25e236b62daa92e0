#include "consumers/api/refusals.h"

#include <utility>

#include "consumers/requests/requests.h"

namespace jari::api {
namespace {

constexpr std::int64_t kRetryAfterKeys = 60;

/// What is to be done about it.
std::string_view advice_of(Code code) {
  switch (code) {
    case Code::IdempotencyKeyRequired:
      return "Draw a key, 1 to 64 of A-Z a-z 0-9 . _ : -, and send it as Idempotency-Key.";
    case Code::InvalidJson:
      return "Send the body as one JSON value in UTF-8.";
    case Code::TokenRequired:
      return "Send `Authorization: Bearer TOKEN`.";
    case Code::ScopeRequired:
      return "Ask for a token with the scope, and the sites, of this call.";
    case Code::NotAdmitted:
      return "Take a ticket in the programme's queue, and book once it says admitted.";
    case Code::NotEligible:
      return "Ask whoever runs the programme, if this is wrong.";
    case Code::CohortNotOpen:
      return "Come back when the cohort's window is open.";
    case Code::TooEarlyForNextDose:
    case Code::TooLateForNextDose:
      return "Choose a slot between not_before and not_after.";
    case Code::NoTicket:
      return "Take one with POST.";
    case Code::SlotFull:
    case Code::OutOfStock:
    case Code::SlotWithdrawn:
    case Code::SlotStarted:
      return "Choose another slot.";
    case Code::SlotBooked:
      return "Publish another slot, and withdraw this one.";
    case Code::AlreadyBooked:
      return "Reschedule or cancel the appointment there is.";
    case Code::HoldExpired:
      return "Take another hold.";
    case Code::QueueNotOpen:
      return "Come back at opens_at.";
    case Code::BelowBooked:
      return "Take away less, or say `lost: true` of doses that were there and are gone.";
    case Code::StaleVersion:
      return "Read it again, and change what it is now.";
    case Code::CommitmentMismatch:
      return "Send the seed whose SHA-256 was committed to.";
    case Code::PrequeueNotClosed:
      return "Draw once it has closed.";
    case Code::IdempotencyKeyReused:
      return "Draw a new key for each new thing to do.";
    case Code::MethodNotAllowed:
      return "The header Allow says what it takes.";
    case Code::UnsupportedMediaType:
      return "Send `Content-Type: application/json`.";
    case Code::SlowDown:
    case Code::Overloaded:
    case Code::NotCaughtUp:
    case Code::ShuttingDown:
      return "Send the same request, with the same key, again later.";
    case Code::DiskFull:
    case Code::PartitionParked:
      return "Its operators are told; send the same request again later.";
    default:
      return {};
  }
}

}  // namespace

http::Problem problem_of(const Refusal& refusal, std::string_view request) {
  http::Problem problem;
  problem.status = status_of(refusal.code);
  problem.code = to_text(refusal.code);
  problem.detail = refusal.detail;
  if (problem.detail.empty()) {
    problem.detail = std::string(title_of(refusal.code)) + ".";
    const std::string_view advice = advice_of(refusal.code);
    if (!advice.empty()) problem.detail.append(" ").append(advice);
  }
  problem.request_id = request;
  problem.field = refusal.field;
  if (problem.status == 429 || problem.status == 503) {
    problem.retry_after_seconds = refusal.retry_after_seconds;
  }
  if (refusal.opens_at.ms != 0) problem.opens_at = to_text(refusal.opens_at);
  if (refusal.not_before.is_known()) problem.not_before = to_text(refusal.not_before);
  if (refusal.not_after.is_known()) problem.not_after = to_text(refusal.not_after);
  problem.limit = refusal.limit;
  return problem;
}

Refusal refusal_of(const Outcome& outcome) {
  Refusal refusal{.code = outcome.code, .field = std::string(outcome.field)};
  if (outcome.code == Code::SlowDown) {
    refusal.limit = requests::kLiveKeysMax;
    refusal.retry_after_seconds = kRetryAfterKeys;
    refusal.detail =
        "As many keys of the last 24 hours as can be remembered are, for this person (or the site, "
        "queue or programme that an operator acts on). Keys sent before are still answered; a new "
        "one is taken once an old one is a day old.";
  }
  if (outcome.code == Code::InvalidRequest && outcome.field == "doses") {
    refusal.detail = "There must be 0 to 10000000 doses then: what is not there cannot be lost.";
  }
  refusal.opens_at = outcome.opens_at;
  refusal.not_before = outcome.not_before;
  refusal.not_after = outcome.not_after;
  return refusal;
}

Refusal refusal_of(const Fault& fault) {
  return Refusal{.code = fault.code, .field = fault.field, .detail = fault.detail};
}

Refusal refusal_of_rows(const LogIdentity& log, PartitionRef where, PartitionRef sink,
                        bool is_parked) {
  const auto name = [&](PartitionRef one) {
    return log.topics[one.topic].name + "/" + std::to_string(one.partition);
  };
  Refusal refusal{.code = is_parked ? Code::PartitionParked : Code::Overloaded};
  refusal.detail = name(where) + " takes no changes for now: " + name(sink) +
                   (is_parked ? " is parked" : " takes no rows") +
                   ", and the rows that wait for it leave no room for more. Its operators " +
                   (is_parked ? "put back what it has lost (RUNBOOK, A sink has lost rows)"
                              : "look after that topic's brokers") +
                   "; send the same request, with the same key, again later.";
  return refusal;
}

void refuse(Reply& reply, Refusal refusal) {
  reply.kind = Reply::Kind::Refused;
  reply.status = status_of(refusal.code);
  reply.refusal = std::move(refusal);
}

}  // namespace jari::api
