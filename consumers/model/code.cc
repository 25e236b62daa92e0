#include "consumers/model/code.h"

#include <array>

#include "engine/base/check.h"

namespace jari {
namespace {

struct Entry {
  std::string_view name;
  std::uint16_t status;
  std::string_view title;
};

constexpr std::array<Entry, kCodesEnd> kCodes{{
    {"", 200, ""},
    {"invalid-request", 400, "The request is not of the form that this call takes"},
    {"invalid-json", 400, "The body is no JSON"},
    {"idempotency-key-required", 400, "This call needs an Idempotency-Key header"},
    {"token-required", 401, "This call needs a bearer token"},
    {"token-invalid", 401, "The bearer token is not valid"},
    {"scope-required", 403, "The token does not allow this call"},
    {"not-admitted", 403, "There is no live admission to this programme's queue"},
    {"not-eligible", 403, "The person is not eligible"},
    {"cohort-not-open", 403, "The person's cohort may not book now"},
    {"too-early-for-next-dose", 403, "The slot is too early for the next dose"},
    {"too-late-for-next-dose", 403, "The slot is too late for the next dose"},
    {"not-found", 404, "There is nothing at this path"},
    {"no-ticket", 404, "The person has no ticket in this queue"},
    {"unknown-queue", 404, "There is no such queue"},
    {"unknown-programme", 404, "There is no such programme"},
    {"unknown-site", 404, "There is no such site"},
    {"unknown-slot", 404, "There is no such slot at this site"},
    {"unknown-product", 404, "The programme has no such product"},
    {"unknown-appointment", 404, "There is no such appointment"},
    {"unknown-hold", 404, "There is no such hold"},
    {"slot-full", 409, "The slot has no free place"},
    {"out-of-stock", 409, "The site has no free dose of this product"},
    {"slot-withdrawn", 409, "The slot was withdrawn"},
    {"slot-started", 409, "The slot has started"},
    {"slot-booked", 409, "The slot has places booked or held"},
    {"already-booked", 409, "The person has the appointments that the programme allows"},
    {"hold-expired", 409, "The hold is over"},
    {"queue-not-open", 409, "The queue is not open yet"},
    {"queue-closed", 409, "The queue is closed"},
    {"ticket-ended", 409, "The ticket is over and this queue takes nobody twice"},
    {"appointment-not-active", 409, "The appointment is not active any more"},
    {"below-booked", 409, "Fewer doses than are booked and held"},
    {"stale-version", 409, "Somebody has changed it since"},
    {"commitment-mismatch", 409, "The seed does not fit the commitment"},
    {"prequeue-not-closed", 409, "The pre-queue is still open"},
    {"prequeue-started", 409, "The pre-queue has tickets already"},
    {"already-drawn", 409, "The draw has been held"},
    {"idempotency-key-reused", 422, "This key was used for another request"},
    {"method-not-allowed", 405, "This path does not take this method"},
    {"body-too-large", 413, "The body is too large"},
    {"uri-too-long", 414, "The request line is too long"},
    {"unsupported-media-type", 415, "The body must be application/json"},
    {"slow-down", 429, "Too many requests from this person"},
    {"headers-too-large", 431, "The headers are too large"},
    {"overloaded", 503, "More work is waiting than can be taken now"},
    {"not-caught-up", 503, "This node has not reached the position asked for"},
    {"disk-full", 503, "There is no room to store more"},
    {"shutting-down", 503, "This node is being stopped"},
    {"partition-parked", 503, "The partition that decides this has been stopped"},
}};

const Entry& entry_of(Code code) {
  CHECK(static_cast<std::uint8_t>(code) < kCodesEnd);
  return kCodes[static_cast<std::uint8_t>(code)];
}

}  // namespace

std::string_view to_text(Code code) {
  return entry_of(code).name;
}
std::uint16_t status_of(Code code) {
  return entry_of(code).status;
}
std::string_view title_of(Code code) {
  return entry_of(code).title;
}

std::optional<Code> parse_code(std::string_view text) {
  for (std::uint8_t i = 1; i < kCodesEnd; ++i) {
    if (kCodes[i].name == text) return Code{i};
  }
  return std::nullopt;
}

bool is_remembered(Code code) {
  const auto status = status_of(code);
  return status == 403 || status == 404 || status == 409;
}

}  // namespace jari
