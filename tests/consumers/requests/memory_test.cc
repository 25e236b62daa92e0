// What a remembered request costs in memory. Whoever adds a field to a row, or an index beside it,
// sees here what it takes 20 million times.
#include <gtest/gtest.h>

#include "consumers/requests/answers.h"
#include "tests/support/story.h"

namespace jari::requests {
namespace {

using namespace std::chrono_literals;
using support::a_person;

constexpr std::size_t kCount = 20'000;

/// What each of many requests takes, which are asked by so many people in all.
template <class Say>
double bytes_each(std::size_t people, const Say& say) {
  Store store;
  Requests requests{store, 9};
  LogTime time{support::kStoryBegins, 0ms};
  const auto empty = static_cast<double>(requests.bytes());
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::string person = "person-" + std::to_string(i % people);
    const std::string key = "key-" + std::to_string(i);
    Asked asked = a_person(person, key);
    asked.content = hash128(bytes_of(key));
    requests.decided(asked, person, say(i), time);
    if (i % 10 == 0) time.now = time.now + 10ms;
  }
  return (static_cast<double>(requests.bytes()) - empty) / static_cast<double>(kCount);
}

Outcome granted(std::uint16_t asked, std::uint16_t status) {
  Outcome outcome;
  outcome.asked = asked;
  outcome.decision = Decision::Granted;
  outcome.status = status;
  return outcome;
}

Outcome ticket(std::size_t i) {
  Outcome outcome = granted(kTypeOf<TicketRequested>, 201);
  outcome.queue = QueueId{"main"};
  outcome.ticket = 5'000'000 + i;
  return outcome;
}

TEST(RequestMemory, OfATicketIsLessThanAHundredBytes) {
  EXPECT_LE(bytes_each(kCount, ticket), 100);  // each asked by somebody else
  EXPECT_LE(bytes_each(kCount / 100, ticket), 86);
}

TEST(RequestMemory, OfABookingIsSomeHundredBytes) {
  std::string appointment;
  std::string slot;
  const auto booking = [&](std::size_t i) {
    Outcome outcome = granted(kTypeOf<BookingRequested>, 201);
    outcome.programme = ProgrammeId{"flu"};
    outcome.programme_version = 3;
    outcome.site = SiteId{"site"};
    slot = "slot-" + std::to_string(i % 50'000);
    outcome.slot = SlotId{slot};
    outcome.product = ProductId{"product"};
    outcome.appointment.emplace();
    appointment = appointment_text(make_id(3, 50'000'000 + i));
    outcome.appointment->appointment = AppointmentId{appointment};
    outcome.appointment->version = 1;
    return outcome;
  };
  EXPECT_LE(bytes_each(kCount, booking), 108);
}

TEST(RequestMemory, OfARefusalIsLessThanAHundredBytes) {
  const auto refusal = [](std::size_t) {
    Outcome outcome;
    outcome.asked = kTypeOf<BookingRequested>;
    outcome.decision = Decision::Refused;
    outcome.code = Code::SlotFull;
    outcome.status = status_of(outcome.code);
    outcome.programme_version = 3;
    return outcome;
  };
  EXPECT_LE(bytes_each(kCount, refusal), 100);
}

TEST(RequestMemory, IsUsedAgainDayAfterDay) {
  Store store;
  store.keep_no_changes();
  Requests requests{store, 9};
  LogTime time{support::kStoryBegins, 0ms};
  std::size_t first_day = 0;
  for (int day = 0; day < 3; ++day) {
    for (std::size_t i = 0; i < kCount; ++i) {
      const std::string key = std::to_string(day) + "-" + std::to_string(i);
      requests.decided(a_person(key, key), key, ticket(i), time);
      static_cast<void>(requests.sweep(time, 2));
      if (i % 10 == 0) time.now = time.now + 1ms;
    }
    if (day == 0) first_day = requests.bytes();
    time.now = time.now + kKeepFor;
  }
  EXPECT_LE(requests.bytes(), first_day * 105 / 100);
}

}  // namespace
}  // namespace jari::requests
