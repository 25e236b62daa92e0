#include "consumers/queue/draw.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/consumers/queue/draw_reference.h"

namespace jari::queue {
namespace {

// Computed apart from our code, by this much of Python (seed = bytes(range(32))):
//   K = hmac(seed, pack('>I', len(beacon)) + beacon + pack('>I', len(queue)) + queue + pack('>Q',
//   n)) f(i, R) = int.from_bytes(hmac(K, bytes([i]) + pack('>Q', R))[:8], 'big') % (1 << b) ten
//   times L, R = R, L ^ f(i, R) on x = L << b | R, again while x >= n; place = 1 + x
std::string seed() {
  std::string bytes;
  for (int i = 0; i < 32; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

struct Vector {
  std::string_view beacon;
  std::string_view queue;
  std::vector<std::uint32_t> places;  // of tickets 1 to n
};

const std::vector<Vector> kVectors{
    {"", "main", {1}},
    {"", "main", {2, 1}},
    {"", "main", {10, 5, 8, 1, 2, 3, 6, 7, 4, 9}},
    {"drand 1234", "main", {3, 1, 5, 4, 10, 6, 7, 2, 8, 9}},
    {"추첨 7", "flu:2021", {5, 2, 15, 17, 1, 10, 3, 7, 9, 16, 12, 13, 14, 8, 11, 4, 6}},
};

TEST(Draw, GivesThePlacesOfTheContract) {
  for (const Vector& vector : kVectors) {
    const auto n = static_cast<std::uint32_t>(vector.places.size());
    const Draw draw{bytes_of(seed()), vector.beacon, vector.queue, n};
    for (std::uint32_t ticket = 1; ticket <= n; ++ticket) {
      EXPECT_EQ(draw.place_of(ticket), vector.places[ticket - 1]) << n << " " << ticket;
      EXPECT_EQ(draw.ticket_at(vector.places[ticket - 1]), ticket);
    }
  }
}

void expect_as_the_reference_has_it(const std::string& from, const std::string& beacon,
                                    const std::string& queue, std::uint32_t n) {
  SCOPED_TRACE(queue + " with '" + beacon + "' of " + std::to_string(n));
  const Draw draw{bytes_of(from), beacon, queue, n};
  const auto places = reference::places(from, beacon, queue, n);
  for (std::uint32_t ticket = 1; ticket <= n; ++ticket) {
    ASSERT_EQ(draw.place_of(ticket), places[ticket - 1]) << ticket;
  }
}

TEST(Draw, IsWhatAnyoneRecomputes) {
  for (std::uint32_t n = 1; n <= 20; ++n) expect_as_the_reference_has_it(seed(), "", "main", n);
  for (const std::uint32_t n : {63U, 64U, 65U, 255U, 256U, 257U}) {
    expect_as_the_reference_has_it(seed(), "drand 1234", "main", n);
  }
  constexpr std::uint32_t kSeed = 20210712;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937 engine{kSeed};
  const auto text = [&](std::size_t most) {
    std::string out(engine() % (most + 1), ' ');
    for (char& c : out) c = static_cast<char>(engine());
    return out;
  };
  for (int i = 0; i < 20; ++i) {
    std::string drawn = text(0);
    for (int byte = 0; byte < 32; ++byte) drawn += static_cast<char>(engine());
    expect_as_the_reference_has_it(drawn, text(800), text(64),
                                   static_cast<std::uint32_t>(engine() % 100 + 1));
  }
}

struct Spot {
  std::uint32_t ticket;
  std::uint32_t place;
};

TEST(Draw, GivesThePlacesOfTheContractToMillions) {
  const Draw draw{bytes_of(seed()), "drand 1234", "main", 10'000'000};
  for (const Spot spot : {Spot{1, 851902}, Spot{2, 3497679}, Spot{3, 1539498}, Spot{5000000, 50420},
                          Spot{9999999, 6250586}, Spot{10000000, 8565105}}) {
    EXPECT_EQ(draw.place_of(spot.ticket), spot.place);
    EXPECT_EQ(draw.ticket_at(spot.place), spot.ticket);
  }
}

class DrawOf : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(DrawOf, IsAPermutationAndItsInverse) {
  const std::uint32_t n = GetParam();
  const Draw draw{bytes_of(seed()), "b", "q", n};
  std::vector<bool> is_taken(n + 1, false);
  for (std::uint32_t ticket = 1; ticket <= n; ++ticket) {
    const std::uint32_t place = draw.place_of(ticket);
    ASSERT_TRUE(place >= 1 && place <= n);
    ASSERT_FALSE(is_taken[place]);
    is_taken[place] = true;
    ASSERT_EQ(draw.ticket_at(place), ticket);
  }
}
INSTANTIATE_TEST_SUITE_P(Sizes, DrawOf,
                         ::testing::Values(1, 2, 3, 4, 5, 15, 16, 17, 64, 65, 1000, 4096, 4097));

TEST(Draw, DependsOnSeedBeaconQueueAndCount) {
  const auto order = [](std::string_view from, std::string_view beacon, std::string_view queue,
                        std::uint32_t n) {
    const Draw draw{bytes_of(from), beacon, queue, n};
    std::vector<std::uint32_t> places;
    for (std::uint32_t ticket = 1; ticket <= 100; ++ticket) places.push_back(draw.place_of(ticket));
    return places;
  };
  const auto first = order(seed(), "b", "q", 100);
  EXPECT_NE(order(std::string(32, 'x'), "b", "q", 100), first);
  EXPECT_NE(order(seed(), "c", "q", 100), first);
  EXPECT_NE(order(seed(), "b", "r", 100), first);
  EXPECT_NE(order(seed(), "b", "q", 101), first);
  EXPECT_NE(order(seed(), "bq", "", 100), order(seed(), "b", "q", 100));
}

}  // namespace
}  // namespace jari::queue
