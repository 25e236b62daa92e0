#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/requests/answers.h"
#include "tests/support/story.h"

namespace jari::requests {
namespace {

using namespace std::chrono_literals;
using support::a_person;
using support::an_operator;

constexpr std::uint8_t kTable = 9;

class RequestsTest : public ::testing::Test {
 protected:
  static Asked asks(std::string_view person, std::string_view key, std::uint64_t content = 1) {
    Asked asked = a_person(person, key);
    asked.content = {content, 0};
    return asked;
  }
  static Outcome granted() {
    Outcome outcome;
    outcome.asked = 3;
    outcome.decision = Decision::Granted;
    outcome.status = 201;
    outcome.ticket = 7;
    outcome.queue = QueueId{"main"};
    return outcome;
  }
  static Outcome refused(Code code) {
    Outcome outcome;
    outcome.asked = 3;
    outcome.decision = Decision::Refused;
    outcome.code = code;
    outcome.status = status_of(code);
    return outcome;
  }
  Seen look(const Asked& asked, std::string_view person) const {
    return requests.look(asked, person, time);
  }
  void pass(milliseconds gap) { time.now = time.now + gap; }

  Store store;
  Requests requests{store, kTable};
  LogTime time{support::kStoryBegins, 0ms};
};

TEST_F(RequestsTest, ARequestIsNewUntilItIsDecided) {
  EXPECT_EQ(look(asks("alice", "k"), "alice"), Seen::New);
  requests.decided(asks("alice", "k"), "alice", granted(), time);
  EXPECT_EQ(look(asks("alice", "k"), "alice"), Seen::Decided);
  EXPECT_EQ(look(asks("alice", "k", 2), "alice"), Seen::Reused);
  EXPECT_EQ(look(asks("bob", "k"), "bob"), Seen::New);
}

TEST_F(RequestsTest, APersonAndAnOperatorOfOneNameAreTwo) {
  requests.decided(asks("ann", "k"), "ann", granted(), time);
  EXPECT_EQ(look(an_operator("ann", "k"), "ann"), Seen::New);
  EXPECT_NE(key_of(Role::Person, "ann", "k"), key_of(Role::Operator, "ann", "k"));
  EXPECT_NE(key_of(Role::Person, "an", "nk"), key_of(Role::Person, "ann", "k"));
}

TEST_F(RequestsTest, WithoutAKeyNothingIsRemembered) {
  const Hash128 before = store.digest();
  requests.begin(key_of(asks("alice", "")), asks("alice", ""), "alice", 3);
  requests.decided(asks("alice", ""), "alice", granted(), time);
  EXPECT_EQ(store.digest(), before);
  EXPECT_EQ(look(asks("alice", ""), "alice"), Seen::New);
}

TEST_F(RequestsTest, OneThatBeganIsPendingUntilDecided) {
  const Asked asked = asks("alice", "k");
  requests.begin(key_of(asked), asked, "alice", 3);
  EXPECT_EQ(look(asked, "alice"), Seen::Pending);
  EXPECT_EQ(requests.next_deadline(time), kNever) << "a pending one is not forgotten";
  requests.decided(key_of(asked), granted(), time);
  EXPECT_EQ(look(asked, "alice"), Seen::Decided);
}

/// Every field that a row keeps.
Outcome with_everything(Outcome outcome) {
  outcome.programme = ProgrammeId{"flu"};
  outcome.programme_version = 4;
  outcome.site = SiteId{"site"};
  outcome.slot = SlotId{"slot"};
  outcome.product = ProductId{"product"};
  outcome.queue = QueueId{"main"};
  outcome.hold = HoldId{"h0-5"};
  outcome.until = Instant{123};
  outcome.opens_at = Instant{456};
  outcome.not_before = Day{100};
  outcome.not_after = Day{200};
  outcome.field = "product";
  outcome.version = 8;
  outcome.used_rebook_right = true;
  outcome.ticket = 9;
  return outcome;
}

TEST_F(RequestsTest, SaysAnOutcomeAgainAsItWas) {
  const Outcome outcome = with_everything(granted());
  const Asked asked = asks("alice", "k");
  requests.decided(asked, "alice", outcome, time);
  Outcome again = requests.outcome_of(*requests.find(key_of(asked)), "k");
  Outcome expected = outcome;
  expected.request = "k";
  EXPECT_TRUE(again.hold.empty()) << "ids that Jari made are numbers: their owner writes them";
  again.hold = expected.hold;
  EXPECT_EQ(hash_of_record(again), hash_of_record(expected));
  EXPECT_EQ(requests.find(key_of(asked))->hold, make_id(0, 5));
}

/// Any kind of answer, with whatever it may carry.
Outcome some_outcome(std::mt19937_64& random) {
  const auto one_of = [&](std::initializer_list<std::string_view> texts) {
    return texts.begin()[random() % texts.size()];
  };
  const auto is_there = [&] { return random() % 2 == 0; };
  Outcome outcome;
  outcome.asked = static_cast<std::uint16_t>(1 + random() % 40);
  outcome.decision = is_there() ? Decision::Granted : Decision::Refused;
  const bool is_granted = outcome.decision == Decision::Granted;
  outcome.status = is_granted ? 201 : 403;
  while (!is_granted && !is_remembered(outcome.code)) outcome.code = Code(random() % kCodesEnd);
  if (is_there()) outcome.ticket = random() >> random() % 64;
  if (is_there()) outcome.programme_version = static_cast<std::uint32_t>(random());
  if (is_there()) outcome.until = Instant{static_cast<std::int64_t>(random() % (1ULL << 42))};
  if (is_there()) outcome.opens_at = Instant{static_cast<std::int64_t>(random() % (1ULL << 42))};
  if (is_there()) outcome.not_before = Day{static_cast<std::int32_t>(random() % 30'000)};
  if (is_there()) outcome.not_after = Day{-static_cast<std::int32_t>(random() % 30'000)};
  if (is_there()) outcome.version = static_cast<std::uint32_t>(random());
  outcome.used_rebook_right = is_there();
  outcome.field = one_of({"", "slot", "product"});
  if (!is_granted) return outcome;
  outcome.programme = ProgrammeId{one_of({"", "flu", "covid-19"})};
  outcome.queue = QueueId{one_of({"", "main", "second"})};
  outcome.site = SiteId{one_of({"", "busan", "jeju-city"})};
  outcome.slot = SlotId{one_of({"", "2026-11-26T09:00", "9"})};
  outcome.product = ProductId{one_of({"", "first-dose", "second-dose"})};
  return outcome;
}

TEST_F(RequestsTest, SaysEveryKindOfOutcomeAgainAlsoAfterLoading) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  std::vector<std::pair<std::string, Hash128>> said;
  for (int i = 0; i < 3'000; ++i) {
    Outcome outcome = some_outcome(random);
    const std::string key = "k" + std::to_string(i);
    requests.decided(asks("p" + std::to_string(i % 50), key), "somebody", outcome, time);
    outcome.request = key;
    said.emplace_back(key, hash_of_record(outcome));
  }
  support::StoredRows rows;
  store.drain(rows);
  Store other;
  Requests loaded{other, kTable};
  rows.load_into(other);
  loaded.rebuild();
  for (std::size_t i = 0; i < said.size(); ++i) {
    const auto& [key, hash] = said[i];
    const Hash128 its = key_of(asks("p" + std::to_string(i % 50), key));
    ASSERT_EQ(hash_of_record(requests.outcome_of(*requests.find(its), key)), hash) << key;
    ASSERT_EQ(hash_of_record(loaded.outcome_of(*loaded.find(its), key)), hash) << key;
  }
}

TEST_F(RequestsTest, ARefusalKeepsItsReasonAndNoNameThatAnybodyMadeUp) {
  const Outcome outcome = with_everything(refused(Code::TooEarlyForNextDose));
  const std::size_t names = store.names().size();
  const Asked asked = asks("alice", "k");
  requests.decided(asked, "alice", outcome, time);
  EXPECT_EQ(store.names().size(), names + 1) << "the field";
  Outcome expected = outcome;
  expected.request = "k";
  expected.programme = {};
  expected.site = {};
  expected.slot = {};
  expected.product = {};
  expected.queue = {};
  expected.hold = {};
  const Outcome again = requests.outcome_of(*requests.find(key_of(asked)), "k");
  EXPECT_EQ(hash_of_record(again), hash_of_record(expected));
}

TEST_F(RequestsTest, KeepsWhichAppointmentItWasAbout) {
  Outcome outcome = granted();
  outcome.appointment.emplace();
  outcome.appointment->appointment = AppointmentId{"a3-1042"};
  outcome.appointment->version = 5;
  requests.decided(asks("alice", "k"), "alice", outcome, time);
  const auto row = requests.find(key_of(asks("alice", "k")));
  EXPECT_EQ(row->appointment, make_id(3, 1042));
  EXPECT_EQ(row->appointment_version, 5U);
}

TEST_F(RequestsTest, RemembersTheNoesOfTheRulesAndNoOther) {
  const Asked asked = asks("alice", "k");
  const Hash128 empty = store.digest();
  for (const Code code : {Code::Overloaded, Code::SlowDown, Code::InvalidRequest, Code::DiskFull}) {
    requests.begin(key_of(asked), asked, "alice", 3);
    requests.decided(asked, "alice", refused(code), time);
    EXPECT_EQ(look(asked, "alice"), Seen::New) << to_text(code);
    EXPECT_EQ(store.digest(), empty);
  }
  for (const Code code : {Code::NotEligible, Code::UnknownQueue, Code::QueueClosed}) {
    requests.decided(asks("alice", to_text(code)), "alice", refused(code), time);
    EXPECT_EQ(look(asks("alice", to_text(code)), "alice"), Seen::Decided);
  }
}

TEST_F(RequestsTest, ForgetsADayAfterTheDecisionAndNotForAnOutage) {
  const Asked asked = asks("alice", "k");
  requests.begin(key_of(asked), asked, "alice", 3);
  pass(48h);
  EXPECT_EQ(requests.sweep(time, 10), 0U);
  requests.decided(asked, "alice", granted(), time);
  time.now = time.now + 100h;
  time.outages = 100h;
  EXPECT_EQ(requests.next_deadline(time), time.now + 24h);
  pass(24h - 1ms);
  EXPECT_EQ(requests.sweep(time, 10), 0U);
  pass(1ms);
  EXPECT_EQ(requests.sweep(time, 10), 1U);
  EXPECT_EQ(look(asked, "alice"), Seen::New);
  EXPECT_EQ(store.rows(), 0U);
}

TEST_F(RequestsTest, AKeyWhoseTimeIsOverIsNewBeforeItIsSwept) {
  requests.decided(asks("alice", "k"), "alice", granted(), time);
  pass(24h - 1ms);
  EXPECT_EQ(look(asks("alice", "k", 2), "alice"), Seen::Reused);
  pass(1ms);
  EXPECT_EQ(look(asks("alice", "k", 2), "alice"), Seen::New);
  requests.decided(asks("alice", "k", 2), "alice", refused(Code::QueueClosed), time);
  EXPECT_EQ(look(asks("alice", "k", 2), "alice"), Seen::Decided);
  EXPECT_EQ(look(asks("alice", "k"), "alice"), Seen::Reused);
  EXPECT_EQ(requests.sweep(time, 10), 0U) << "its day begins anew";
  EXPECT_EQ(store.rows(), 1U);
  pass(24h);
  requests.begin(key_of(asks("alice", "k", 3)), asks("alice", "k", 3), "alice", 3);
  EXPECT_EQ(look(asks("alice", "k", 3), "alice"), Seen::Pending);
  EXPECT_EQ(store.rows(), 1U);
}

TEST_F(RequestsTest, SweepsAsManyAsItIsTold) {
  for (int i = 0; i < 5; ++i) {
    requests.decided(asks("alice", "k" + std::to_string(i)), "alice", granted(), time);
  }
  pass(24h);
  EXPECT_EQ(requests.sweep(time, 2), 2U);
  EXPECT_LE(requests.next_deadline(time), time.now);
  EXPECT_EQ(requests.sweep(time, 10), 3U);
}

TEST_F(RequestsTest, KeysThatTheDoorDrewAreKnownAndCountForNobody) {
  Asked drawn = asks("ann", "drawn");
  drawn.is_drawn = true;
  requests.decided(drawn, "site", granted(), time);
  EXPECT_EQ(look(drawn, "site"), Seen::Decided);
  for (std::uint32_t i = 0; i < kLiveKeysMax - 1; ++i) {
    requests.decided(asks("ann", "k" + std::to_string(i)), "site", granted(), time);
  }
  EXPECT_EQ(look(asks("ann", "the last"), "site"), Seen::New);
  requests.decided(asks("ann", "the last"), "site", granted(), time);
  EXPECT_EQ(look(asks("ann", "one more"), "site"), Seen::TooMany);
  drawn.request = "drawn, too";
  EXPECT_EQ(look(drawn, "site"), Seen::New);
}

TEST_F(RequestsTest, CountsTheLiveKeysOfEachPersonAlsoAfterLoading) {
  for (std::uint32_t i = 0; i < kLiveKeysMax; ++i) {
    requests.decided(asks("alice", "k" + std::to_string(i)), "alice", granted(), time);
  }
  EXPECT_EQ(look(asks("alice", "one more"), "alice"), Seen::TooMany);
  EXPECT_EQ(look(asks("alice", "k3"), "alice"), Seen::Decided);
  EXPECT_EQ(look(asks("bob", "k"), "bob"), Seen::New);
  support::StoredRows rows;
  store.drain(rows);
  Store other;
  Requests loaded{other, kTable};
  rows.load_into(other);
  loaded.rebuild();
  EXPECT_EQ(other.digest(), store.digest());
  EXPECT_EQ(loaded.look(asks("alice", "one more"), "alice", time), Seen::TooMany);
  pass(24h);
  loaded.sweep(time, 1);
  EXPECT_EQ(loaded.look(asks("alice", "one more"), "alice", time), Seen::New);
}

TEST_F(RequestsTest, ForgetTheSameInTheSameOrderAfterLoading) {
  constexpr std::uint64_t kSeed = 23;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  const auto live = [&](Requests& its, std::uint64_t what) {
    const std::string key = std::to_string(what % 400);
    const std::string person = "p" + std::to_string(what % 7);
    const Asked asked = asks(person, key, what % 2);
    const Seen seen = its.look(asked, asked.by, time);
    if (seen == Seen::New && what % 3 == 0) {
      its.begin(key_of(asked), asked, asked.by, 3);
    } else if (seen == Seen::New || seen == Seen::Pending) {
      its.decided(asked, asked.by, what % 5 == 0 ? refused(Code::SlowDown) : granted(), time);
    }
  };
  support::StoredRows rows;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 200; ++i) {
      live(requests, random());
      if (random() % 60 == 0) pass(1h);  // many end at one moment
      if (random() % 90 == 0) requests.sweep(time, 3);
    }
    store.drain(rows);
    Store other;
    Requests loaded{other, kTable};
    rows.load_into(other);
    loaded.rebuild();
    for (int i = 0; i < 50; ++i) {
      const std::uint64_t what = random();
      live(requests, what);
      live(loaded, what);
      if (what % 11 == 0) pass(3h);
      const auto count = static_cast<std::uint32_t>(random() % 4);
      ASSERT_EQ(requests.next_deadline(time), loaded.next_deadline(time));
      ASSERT_EQ(requests.sweep(time, count), loaded.sweep(time, count));
      ASSERT_EQ(store.digest(), other.digest());
    }
    ASSERT_EQ(store.digest(), store.digest_anew());
  }
}

TEST_F(RequestsTest, OfOneMomentThoseWithTheLeastKeysAreForgottenFirst) {
  std::vector<Hash128> keys;
  for (int i = 0; i < 100; ++i) {
    const std::string key = "k" + std::to_string(i);
    const Asked asked = asks("alice", key);
    keys.push_back(key_of(asked));
    requests.decided(asked, "alice", granted(), time);
  }
  std::sort(keys.begin(), keys.end());
  pass(24h);
  for (const std::size_t forgotten : {1, 10, 37, 100}) {
    requests.sweep(time, static_cast<std::uint32_t>(forgotten - (keys.size() - store.rows())));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ(requests.find(keys[i]).has_value(), i >= forgotten);
    }
  }
}

struct Speaker {
  Asked asked;
  std::string_view field;
};

TEST(Speakers, HaveANameAKeyOfTheFormAndAnOperatorAReason) {
  const std::string long_name(257, 'a');
  const std::string with_nul("a\0b", 3);
  const std::vector<Speaker> wrong{
      {a_person("alice", "no spaces"), "request"},
      {a_person("", "k"), "by"},
      {an_operator(long_name, "k"), "by"},
      {an_operator(with_nul, "k"), "by"},
      {Asked{"k", Role::Nobody, "alice", {}, {}, {}}, "by"},
      {an_operator("ann", "k", ""), "reason"},
  };
  for (const Speaker& one : wrong) {
    EXPECT_EQ(fault_of(one.asked).code, Code::InvalidRequest) << one.field;
    EXPECT_EQ(fault_of(one.asked).field, one.field);
    EXPECT_EQ(fault_of_operator(one.asked).field, one.field);
    EXPECT_EQ(fault_of_person(one.asked, PersonId{"alice"}).field, one.field);
  }
  EXPECT_EQ(fault_of(a_person("alice", "")).code, Code::None);
  EXPECT_EQ(fault_of(an_operator("Ann Lee, desk 3", "k")).code, Code::None);
}

TEST(Speakers, PeopleSpeakForThemselvesAndNotAsOperators) {
  EXPECT_EQ(fault_of_person(a_person("alice", "k"), PersonId{"alice"}).code, Code::None);
  EXPECT_EQ(fault_of_person(a_person("bob", "k"), PersonId{"alice"}).code, Code::ScopeRequired);
  EXPECT_EQ(fault_of_person(an_operator("alice", "k"), PersonId{"alice"}).code,
            Code::ScopeRequired);
  EXPECT_EQ(fault_of_operator(an_operator("ann", "k")).code, Code::None);
  EXPECT_EQ(fault_of_operator(a_person("ann", "k")).code, Code::ScopeRequired);
}

}  // namespace
}  // namespace jari::requests
