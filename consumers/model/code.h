// consumers/model/code.h — every reason for a no, by its stable number, name and HTTP status.
//
// The numbers are schemas/records/code.fbs, enum Code: append only.
//
// Errors:  parse_code gives nothing for a name that is no code.
// Threads: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace jari {

enum class Code : std::uint8_t {
  None = 0,
  InvalidRequest = 1,
  InvalidJson = 2,
  IdempotencyKeyRequired = 3,
  TokenRequired = 4,
  TokenInvalid = 5,
  ScopeRequired = 6,
  NotAdmitted = 7,
  NotEligible = 8,
  CohortNotOpen = 9,
  TooEarlyForNextDose = 10,
  TooLateForNextDose = 11,
  NotFound = 12,
  NoTicket = 13,
  UnknownQueue = 14,
  UnknownProgramme = 15,
  UnknownSite = 16,
  UnknownSlot = 17,
  UnknownProduct = 18,
  UnknownAppointment = 19,
  UnknownHold = 20,
  SlotFull = 21,
  OutOfStock = 22,
  SlotWithdrawn = 23,
  SlotStarted = 24,
  SlotBooked = 25,
  AlreadyBooked = 26,
  HoldExpired = 27,
  QueueNotOpen = 28,
  QueueClosed = 29,
  TicketEnded = 30,
  AppointmentNotActive = 31,
  BelowBooked = 32,
  StaleVersion = 33,
  CommitmentMismatch = 34,
  PrequeueNotClosed = 35,
  PrequeueStarted = 36,
  AlreadyDrawn = 37,
  IdempotencyKeyReused = 38,
  MethodNotAllowed = 39,
  BodyTooLarge = 40,
  UriTooLong = 41,
  UnsupportedMediaType = 42,
  SlowDown = 43,
  HeadersTooLarge = 44,
  Overloaded = 45,
  NotCaughtUp = 46,
  DiskFull = 47,
  ShuttingDown = 48,
  PartitionParked = 49,
};
inline constexpr std::uint8_t kCodesEnd = 50;

[[nodiscard]] std::string_view to_text(Code code);  // `slot-full`
[[nodiscard]] std::uint16_t status_of(Code code);   // 409
[[nodiscard]] std::string_view title_of(Code code);
[[nodiscard]] std::optional<Code> parse_code(std::string_view text);

/// Whether a key remembers it: 403 of the rules, 404 unknown-…, 409. Never what was refused before.
[[nodiscard]] bool is_remembered(Code code);

/// What an operator may override, as bits of a request's `overrides`.
enum class Override : std::uint32_t {
  CohortNotOpen = 1,
  TooEarlyForNextDose = 2,
  TooLateForNextDose = 4,
  SlotStarted = 8,
};
[[nodiscard]] constexpr bool overrides(std::uint32_t bits, Override which) {
  return (bits & static_cast<std::uint32_t>(which)) != 0;
}

}  // namespace jari
