#include "consumers/programmes/programmes.h"

#include <set>

#include <gmock/gmock.h>

#include "tests/support/story.h"

namespace jari::programmes {
namespace {

using namespace std::chrono_literals;
using support::an_operator;
using support::kStoryBegins;
using support::Said;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const ProgrammeId kFlu{"flu"};

class ProgrammesStory : public support::StoryTest<Programmes> {
 protected:
  ProgrammesStory() : StoryTest({kProgrammesTopic, 0}) {}

  static ProgrammeConfigured whole() {
    ProgrammeConfigured ask;
    ask.programme = kFlu;
    ask.set = kEveryProgrammeField;
    ask.name = "Flu, autumn";
    ask.queue = QueueId{"main"};
    ask.cohorts = {{CohortId{"old"}, kStoryBegins, kStoryBegins + 24h}};
    ask.products = {{ProductId{"a"}, 2, 21, 42, {ProductId{"b"}}},
                    {ProductId{"b"}, 1, 0, kNoLatestDay, {}}};
    ask.active_appointments_max = 1;
    ask.hold_seconds = 300;
    return ask;
  }
  static ProgrammeConfigured patch(ProgrammeField field) {
    ProgrammeConfigured ask;
    ask.programme = kFlu;
    ask.set = static_cast<std::uint32_t>(field);
    return ask;
  }
  const Said& sets(const ProgrammeConfigured& ask) {
    return story.request(ask, an_operator("ann", "key-" + std::to_string(++keys_)));
  }
  ProgrammeConfigured settings() { return *consumer().settings(kFlu); }
  static Hash128 content(ProgrammeConfigured settings) {
    settings.set = 0;
    settings.version = 0;
    settings.expects_version = 0;
    return hash_of_record(settings);
  }

 private:
  int keys_ = 0;
};

TEST_F(ProgrammesStory, KeepsWhatWasPublishedAndCountsVersions) {
  EXPECT_FALSE(consumer().settings(kFlu).has_value());
  const Outcome first = sets(whole()).outcome();
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.version, 1U);
  EXPECT_EQ(first.programme, kFlu);
  EXPECT_EQ(content(settings()), content(whole()));
  EXPECT_EQ(sets(whole()).outcome().version, 2U);
  EXPECT_EQ(settings().version, 2U);
}

TEST_F(ProgrammesStory, TellsEveryPartitionTheWholeOfIt) {
  story.context().set_partitions(kQueueTopic, 2);
  story.context().set_partitions(kBookingsTopic, 3);
  story.context().set_partitions(kInventoryTopic, 5);
  sets(whole());
  auto ask = patch(ProgrammeField::HoldSeconds);
  ask.hold_seconds = 60;
  const Said& said = sets(ask);
  std::set<PartitionRef> told;
  auto expected = whole();
  expected.hold_seconds = 60;
  for (const support::Sent& sent : said.effects) {
    told.insert(sent.to);
    const auto settings = sent.as<ProgrammeConfigured>();
    EXPECT_EQ(settings.version, 2U);
    EXPECT_EQ(settings.set, kEveryProgrammeField);
    EXPECT_EQ(content(settings), content(expected));
  }
  EXPECT_THAT(said.effects, SizeIs(10));
  EXPECT_THAT(told, SizeIs(10));
}

TEST_F(ProgrammesStory, DoesNotAskAStreamForRoom) {
  story.room({kQueueTopic, 0}, 0);
  EXPECT_THAT(sets(whole()).effects, SizeIs(12));
}

TEST_F(ProgrammesStory, APatchChangesWhatItNamesAndNothingElse) {
  ProgrammeConfigured given;
  given.name = "another";
  given.queue = QueueId{"other"};
  given.cohorts = {{CohortId{"young"}, kStoryBegins, kStoryBegins + 1h}};
  given.products = {{ProductId{"c"}, 1, 0, kNoLatestDay, {}}};
  given.active_appointments_max = 2;
  given.hold_seconds = 60;
  given.rebook_seconds = 61;
  const auto changed = [&](ProgrammeField field) {
    sets(whole());
    ProgrammeConfigured ask = given;
    ask.programme = kFlu;
    ask.set = static_cast<std::uint32_t>(field);
    EXPECT_EQ(sets(ask).outcome().status, 200);
    const ProgrammeConfigured now_set = settings();
    std::vector<std::string> out;
    if (now_set.name == given.name) out.emplace_back("name");
    if (now_set.queue == given.queue) out.emplace_back("queue");
    if (now_set.cohorts == given.cohorts) out.emplace_back("cohorts");
    if (now_set.products == given.products) out.emplace_back("products");
    if (now_set.active_appointments_max == 2) out.emplace_back("active_appointments_max");
    if (now_set.hold_seconds == 60) out.emplace_back("hold_seconds");
    if (now_set.rebook_seconds == 61) out.emplace_back("rebook_seconds");
    return out;
  };
  EXPECT_THAT(changed(ProgrammeField::Name), ElementsAre("name"));
  EXPECT_THAT(changed(ProgrammeField::Queue), ElementsAre("queue"));
  EXPECT_THAT(changed(ProgrammeField::Cohorts), ElementsAre("cohorts"));
  EXPECT_THAT(changed(ProgrammeField::Products), ElementsAre("products"));
  EXPECT_THAT(changed(ProgrammeField::ActiveMax), ElementsAre("active_appointments_max"));
  EXPECT_THAT(changed(ProgrammeField::HoldSeconds), ElementsAre("hold_seconds"));
  EXPECT_THAT(changed(ProgrammeField::RebookSeconds), ElementsAre("rebook_seconds"));
}

TEST_F(ProgrammesStory, APatchMayTakeTheQueueAway) {
  sets(whole());
  EXPECT_EQ(sets(patch(ProgrammeField::Queue)).outcome().status, 200);
  EXPECT_TRUE(settings().queue.empty());
}

TEST_F(ProgrammesStory, RefusesAPatchOfNoProgramme) {
  const Said& said = sets(patch(ProgrammeField::Name));
  EXPECT_EQ(said.outcome().code, Code::UnknownProgramme);
  EXPECT_THAT(said.effects, IsEmpty());
}

TEST_F(ProgrammesStory, RefusesAnotherVersionThanExpected) {
  sets(whole());
  auto ask = whole();
  ask.expects_version = 2;
  const Said& said = sets(ask);
  EXPECT_EQ(said.outcome().code, Code::StaleVersion);
  EXPECT_EQ(said.outcome().version, 1U);
  EXPECT_THAT(said.effects, IsEmpty());
  ask.expects_version = 1;
  EXPECT_EQ(sets(ask).outcome().version, 2U);
}

struct Wrong {
  std::string_view field;
  void (*change)(ProgrammeConfigured&);
};
const std::vector<Wrong> kWrong{
    {"queue", [](auto& ask) { ask.queue = QueueId{"no id"}; }},
    {"cohorts", [](auto& ask) { ask.cohorts[0].cohort = CohortId{""}; }},
    {"cohorts", [](auto& ask) { ask.cohorts[0].closes_at = ask.cohorts[0].opens_at; }},
    {"products", [](auto& ask) { ask.products[0].product = ProductId{"no id"}; }},
    {"products", [](auto& ask) { ask.products[0].doses = 0; }},
    {"products", [](auto& ask) { ask.products[0].doses = 3; }},
    {"products", [](auto& ask) { ask.products[0].interval_days_min = -1; }},
    {"products", [](auto& ask) { ask.products[0].interval_days_max = 20; }},
    {"products", [](auto& ask) { ask.products[0].follows = {ProductId{"no id"}}; }},
    {"products", [](auto& ask) { ask.products[1].product = ProductId{"a"}; }},
    {"active_appointments_max", [](auto& ask) { ask.active_appointments_max = 0; }},
    {"active_appointments_max", [](auto& ask) { ask.active_appointments_max = 11; }},
    {"name", [](auto& ask) { ask.name = ""; }},
    {"cohorts", [](auto& ask) { ask.cohorts[0].opens_at = Instant{-1}; }},
    {"cohorts", [](auto& ask) { ask.cohorts[0].closes_at = kNever + 1ms; }},
    {"cohorts", [](auto& ask) { ask.cohorts.resize(101, ask.cohorts[0]); }},
    {"products", [](auto& ask) { ask.products.clear(); }},
    {"products", [](auto& ask) { ask.products[0].interval_days_max = 3661; }},
    {"products", [](auto& ask) { ask.products[1].interval_days_min = 3661; }},
    {"hold_seconds", [](auto& ask) { ask.hold_seconds = 86'401; }},
    {"rebook_seconds", [](auto& ask) { ask.rebook_seconds = 31'536'001; }},
};

TEST_F(ProgrammesStory, RefusesWhatCannotBeAndNamesTheField) {
  for (const Wrong& wrong : kWrong) {
    auto ask = whole();
    wrong.change(ask);
    const Said& said = sets(ask);
    EXPECT_EQ(said.outcome().code, Code::InvalidRequest) << wrong.field;
    EXPECT_EQ(said.outcome().field, wrong.field);
    EXPECT_THAT(said.effects, IsEmpty());
  }
  auto nameless = whole();
  nameless.programme = ProgrammeId{"no id"};
  EXPECT_EQ(sets(nameless).outcome().field, "programme");
  EXPECT_THAT(consumer().programmes(), IsEmpty());
}

TEST_F(ProgrammesStory, AnswersAKnownKeyAsItWasAndTellsNobodyAgain) {
  const Asked asked = an_operator("ann", "k");
  story.request(whole(), asked);
  const Said& again = story.request(whole(), asked);
  EXPECT_EQ(again.outcome().version, 1U);
  EXPECT_THAT(again.effects, IsEmpty());
  EXPECT_THAT(again.rows, IsEmpty());
  EXPECT_THAT(again.told, SizeIs(1));
  const Said& reused = story.request(patch(ProgrammeField::Name), asked);
  EXPECT_EQ(reused.outcome().code, Code::IdempotencyKeyReused);
  const Hash128 key = requests::key_of(Role::Operator, "ann", "k");
  EXPECT_EQ(consumer().next_deadline(story.time()), now() + 24h);
  story.pass(24h - 1ms);
  EXPECT_TRUE(consumer().remembered(key).has_value());
  story.pass(1ms);
  EXPECT_FALSE(consumer().remembered(key).has_value());
  EXPECT_EQ(consumer().next_deadline(story.time()), kNever);
}

TEST_F(ProgrammesStory, OnlyAnOperatorWithAReasonPublishes) {
  const auto code = [&](const Asked& asked) {
    return story.request(whole(), asked).outcome().code;
  };
  EXPECT_EQ(code(support::a_person("alice", "k")), Code::ScopeRequired);
  EXPECT_EQ(code(an_operator("ann", "k", "")), Code::InvalidRequest);
  EXPECT_THAT(consumer().programmes(), IsEmpty());
}

TEST_F(ProgrammesStory, KeysAreCountedWithTheProgrammeTheyAreOf) {
  for (std::uint32_t i = 0; i < requests::kLiveKeysMax; ++i) {
    ASSERT_EQ(sets(whole()).outcome().status, 200);
  }
  EXPECT_EQ(sets(whole()).outcome().code, Code::SlowDown);
  EXPECT_EQ(settings().version, requests::kLiveKeysMax);
  auto other = whole();
  other.programme = ProgrammeId{"zoster"};
  EXPECT_EQ(sets(other).outcome().status, 200);
}

TEST_F(ProgrammesStory, ListsProgrammesInTheOrderOfTheirTexts) {
  for (const std::string_view id : {"zoster", "flu", "covid"}) {
    auto ask = whole();
    ask.programme = ProgrammeId{id};
    EXPECT_EQ(sets(ask).rows.at(0).key, id);
  }
  EXPECT_THAT(consumer().programmes(),
              ElementsAre(ProgrammeId{"covid"}, ProgrammeId{"flu"}, ProgrammeId{"zoster"}));
}

TEST_F(ProgrammesStory, WhatIsNoRequestOfItsOwnIsADeadLetter) {
  EXPECT_EQ(story.effect(whole()).applied, Applied::DeadLetter);
  const Asked asked = an_operator("ann", "k");
  EXPECT_EQ(story.request(SitePublished{}, asked).applied, Applied::DeadLetter);
  const Said& bytes = story.deliver(RecordKind::Request, kTypeOf<ProgrammeConfigured>,
                                    bytes_of("no table at all"), &asked);
  EXPECT_EQ(bytes.applied, Applied::DeadLetter);
}

}  // namespace
}  // namespace jari::programmes
