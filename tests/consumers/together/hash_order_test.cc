// CE14 of the counter-examples that streams between partitions must survive
// (tests/engine/runtime/counter_examples_test.cc), told to the business: many are due at one tick,
// and no order of a hash table decides who is first.
//
// Tables of the same rows are in another order in each consumer, since abseil's hang on where a
// table lies, and hash otherwise in each process. At its end each story is proved: told again to
// consumers that are fresh, and loaded from rows. Here other processes tell it, too.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/consumers/inventory/site_story.h"
#include "tests/consumers/queue/queue_story.h"

namespace jari {
namespace {

using support::Said;

constexpr const char* kTeller = "JARI_HASH_ORDER_TELLER";

/// What the test of that name comes to in a process of its own: the line that it prints.
std::string told_elsewhere(const std::string& test) {
  const std::string command = std::string(kTeller) + "=1 /proc/" + std::to_string(::getpid()) +
                              "/exe --gtest_brief=1 --gtest_filter=" + test;
  std::FILE* const teller = ::popen(command.c_str(), "r");
  std::string all;
  std::array<char, 4096> some{};
  for (std::size_t size = 0; (size = std::fread(some.data(), 1, some.size(), teller)) > 0;) {
    all.append(some.data(), size);
  }
  EXPECT_EQ(::pclose(teller), 0) << all;
  const std::size_t begins = all.find("told ");
  return begins == std::string::npos ? all : all.substr(begins, all.find('\n', begins) - begins);
}

/// Two other processes come to the same; one of those says so and asks nobody.
void expect_told_by_all(const std::string& test, const std::string& said, const Store& store) {
  std::ostringstream line;
  line << "told " << to_text(hash128(bytes_of(said))) << ' ' << to_text(store.digest());
  if (std::getenv(kTeller) != nullptr) {
    std::puts(line.str().c_str());
    return;
  }
  for (int teller = 0; teller < 2; ++teller) EXPECT_EQ(told_elsewhere(test), line.str());
}

TEST(HashOrder, IsAnotherInEachTableOfTheSameRows) {
  const auto order = [](const Table<inventory::HoldKey, inventory::HoldRow>& rows) {
    std::vector<std::uint64_t> all;
    rows.for_each_unordered([&](const inventory::HoldKey& key, const inventory::HoldRow&) {
      all.push_back(key.hold.number);
    });
    return all;
  };
  Store store;
  Table<inventory::HoldKey, inventory::HoldRow> one(store, 1);
  Table<inventory::HoldKey, inventory::HoldRow> other(store, 2);
  for (Offset i = 1; i <= 400; ++i) {
    one.put({make_id(0, i)}, {});
    other.put({make_id(0, i)}, {});
  }
  EXPECT_NE(order(one), order(other));
}

struct ManyAtASite : inventory::SiteStory {};

// Holds run out together, and a slot is withdrawn for those who are booked and hold in it.
TEST_F(ManyAtASite, AreDueAtOneTick) {
  constexpr Offset kPeople = 400;
  site();
  stock(2 * kPeople);
  slot({.slot = "am", .capacity = kPeople});
  slot({.slot = "pm", .capacity = kPeople, .hours = 30});
  for (Offset i = 1; i <= kPeople; ++i) hold({i}, {.slot = i % 3 == 0 ? "am" : "pm"});
  for (Offset i = kPeople + 1; i <= kPeople + kPeople / 2; ++i) reserve({i});
  std::string said;
  std::size_t ended = 0;
  const auto hear = [&](const Said& one) {
    for (const support::Sent& effect : one.effects) said += effect.body;
    ended += one.effects_of<HoldEnded>().size();
  };
  hear(withdraw("am", true));
  hear(story.pass(std::chrono::minutes{2}));
  for (int i = 0; i < 5; ++i) hear(story.pass(std::chrono::seconds{1}));
  EXPECT_EQ(ended, kPeople);
  expect_told_by_all("ManyAtASite.AreDueAtOneTick", said, story.store());
}

struct ManyInAQueue : queue::QueueStory {};

// All sessions run out together, and the next are let in.
TEST_F(ManyInAQueue, AreDueAtOneTick) {
  constexpr std::uint32_t kInside = 200;
  open_queue();
  given_set(QueueField::InsideMax, [](auto& ask) { ask.inside_max = kInside; });
  given_set(QueueField::Rate, [](auto& ask) { ask.rate_per_second = 1'000; });
  given_waiting(3 * kInside);
  EXPECT_EQ(people(story.pass(std::chrono::seconds{1})).size(), kInside);
  std::string said;
  for (const std::string& one : people(story.pass(std::chrono::minutes{10}))) said += one + ' ';
  for (const std::string& one : people(story.pass(std::chrono::seconds{1}))) said += one + ' ';
  EXPECT_THAT(said, ::testing::StartsWith("p201 p202 "));
  expect_told_by_all("ManyInAQueue.AreDueAtOneTick", said, story.store());
}

}  // namespace
}  // namespace jari
