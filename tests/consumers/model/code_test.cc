#include "consumers/model/code.h"

#include <set>

#include <gtest/gtest.h>

namespace jari {
namespace {

TEST(Code, EveryOneHasANameAStatusAndATitleOfItsOwn) {
  std::set<std::string_view> names;
  for (std::uint8_t number = 1; number < kCodesEnd; ++number) {
    const Code code{number};
    EXPECT_FALSE(to_text(code).empty());
    EXPECT_FALSE(title_of(code).empty());
    EXPECT_GE(status_of(code), 400);
    EXPECT_EQ(parse_code(to_text(code)), code);
    names.insert(to_text(code));
  }
  EXPECT_EQ(names.size(), kCodesEnd - 1U);
  EXPECT_FALSE(parse_code("").has_value());
  EXPECT_FALSE(parse_code("teapot").has_value());
}

struct Entry {
  Code code;
  std::string_view text;
  std::uint16_t status;
};

TEST(Code, AreThoseOfTheContract) {
  for (const Entry& entry : {
           Entry{Code::InvalidRequest, "invalid-request", 400},
           Entry{Code::TokenInvalid, "token-invalid", 401},
           Entry{Code::ScopeRequired, "scope-required", 403},
           Entry{Code::NotAdmitted, "not-admitted", 403},
           Entry{Code::TooLateForNextDose, "too-late-for-next-dose", 403},
           Entry{Code::NoTicket, "no-ticket", 404},
           Entry{Code::UnknownHold, "unknown-hold", 404},
           Entry{Code::SlotFull, "slot-full", 409},
           Entry{Code::QueueNotOpen, "queue-not-open", 409},
           Entry{Code::TicketEnded, "ticket-ended", 409},
           Entry{Code::BelowBooked, "below-booked", 409},
           Entry{Code::AlreadyDrawn, "already-drawn", 409},
           Entry{Code::IdempotencyKeyReused, "idempotency-key-reused", 422},
           Entry{Code::MethodNotAllowed, "method-not-allowed", 405},
           Entry{Code::BodyTooLarge, "body-too-large", 413},
           Entry{Code::UriTooLong, "uri-too-long", 414},
           Entry{Code::UnsupportedMediaType, "unsupported-media-type", 415},
           Entry{Code::SlowDown, "slow-down", 429},
           Entry{Code::HeadersTooLarge, "headers-too-large", 431},
           Entry{Code::PartitionParked, "partition-parked", 503},
       }) {
    EXPECT_EQ(to_text(entry.code), entry.text);
    EXPECT_EQ(status_of(entry.code), entry.status);
  }
}

TEST(Code, AKeyRemembersTheNoesOfTheRules) {
  EXPECT_TRUE(is_remembered(Code::NotEligible));
  EXPECT_TRUE(is_remembered(Code::UnknownQueue));
  EXPECT_TRUE(is_remembered(Code::OutOfStock));
  for (const Code code :
       {Code::InvalidRequest, Code::TokenRequired, Code::BodyTooLarge, Code::UnsupportedMediaType,
        Code::SlowDown, Code::Overloaded, Code::IdempotencyKeyReused}) {
    EXPECT_FALSE(is_remembered(code)) << to_text(code);
  }
}

TEST(Code, OverridesAreBits) {
  const std::uint32_t two = static_cast<std::uint32_t>(Override::SlotStarted) |
                            static_cast<std::uint32_t>(Override::CohortNotOpen);
  EXPECT_TRUE(overrides(two, Override::SlotStarted));
  EXPECT_TRUE(overrides(two, Override::CohortNotOpen));
  EXPECT_FALSE(overrides(two, Override::TooEarlyForNextDose));
}

}  // namespace
}  // namespace jari
