#include "tests/consumers/queue/queue_story.h"

namespace jari::queue {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string commitment() {
  return std::string(64, 'a');
}

class SettingsStory : public QueueStory {
 protected:
  PrequeueSettings prequeue() {
    return {kStoryBegins + 1h, kStoryBegins + 2h, commitment_, "drand"};
  }
  QueueConfigured with_prequeue() {
    auto ask = whole();
    ask.opens_at = kStoryBegins + 3h;
    ask.prequeue = prequeue();
    return ask;
  }
  QueueConfigured only(const std::optional<PrequeueSettings>& prequeue) {
    auto ask = patch(QueueField::Prequeue);
    ask.prequeue = prequeue;
    return ask;
  }
  const QueueRow& row() { return *consumer().queue(kMain); }

  std::string commitment_ = commitment();
};

TEST_F(SettingsStory, AWholeSettingMakesTheQueueAndCountsItsVersion) {
  EXPECT_EQ(consumer().queue(kMain), nullptr);
  const Outcome made = set(whole());
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(made.version, 1U);
  EXPECT_EQ(made.queue, kMain);
  EXPECT_EQ(made.programme.text, "flu");
  EXPECT_EQ(set(whole()).version, 2U);
  EXPECT_EQ(row().version, 2U);
  EXPECT_EQ(row().rate_per_second, 10U);
  EXPECT_TRUE(row().rejoin);
}

TEST_F(SettingsStory, APatchOfNoQueueIsRefused) {
  EXPECT_EQ(set(patch(QueueField::Paused)).code, Code::UnknownQueue);
  EXPECT_EQ(consumer().queue(kMain), nullptr);
}

TEST_F(SettingsStory, APatchChangesWhatItNamesAndNothingElse) {
  const auto row_after = [&](QueueField field) {
    set(whole());
    QueueConfigured ask = patch(field);
    ask.programme = ProgrammeId{"zoster"};
    ask.opens_at = kStoryBegins + 5h;
    ask.closes_at = kStoryBegins + 6h;
    ask.rate_per_second = 77;
    ask.inside_max = 78;
    ask.session_seconds = 79;
    ask.prequeue = prequeue();
    ask.message = "soon";
    ask.paused = true;
    ask.rejoin = false;
    set(ask);
    return row();
  };
  const auto changed = [&](QueueField field) {
    const QueueRow one = row_after(field);
    std::vector<std::string> out;
    if (story.store().names().text(one.programme) != "flu") out.emplace_back("programme");
    if (one.opens_at != kStoryBegins) out.emplace_back("opens_at");
    if (one.closes_at != kStoryBegins + 240h) out.emplace_back("closes_at");
    if (one.rate_per_second != 10) out.emplace_back("rate_per_second");
    if (one.inside_max != 5) out.emplace_back("inside_max");
    if (one.session_seconds != 600) out.emplace_back("session_seconds");
    if (one.prequeue) out.emplace_back("prequeue");
    if (!one.message.empty()) out.emplace_back("message");
    if (one.paused) out.emplace_back("paused");
    if (!one.rejoin) out.emplace_back("rejoin");
    return out;
  };
  EXPECT_THAT(changed(QueueField::Programme), ElementsAre("programme"));
  EXPECT_THAT(changed(QueueField::OpensAt), ElementsAre("opens_at"));
  EXPECT_THAT(changed(QueueField::ClosesAt), ElementsAre("closes_at"));
  EXPECT_THAT(changed(QueueField::Rate), ElementsAre("rate_per_second"));
  EXPECT_THAT(changed(QueueField::InsideMax), ElementsAre("inside_max"));
  EXPECT_THAT(changed(QueueField::SessionSeconds), ElementsAre("session_seconds"));
  EXPECT_THAT(changed(QueueField::Message), ElementsAre("message"));
  EXPECT_THAT(changed(QueueField::Paused), ElementsAre("paused"));
  EXPECT_THAT(changed(QueueField::Rejoin), ElementsAre("rejoin"));
}

TEST_F(SettingsStory, APatchSetsAndTakesAwayThePrequeueBeforeTheFirstTicket) {
  auto ask = whole();
  ask.opens_at = kStoryBegins + 3h;
  set(ask);
  EXPECT_EQ(set(only(prequeue())).status, 200);
  ASSERT_TRUE(row().prequeue.has_value());
  EXPECT_EQ(row().prequeue->beacon_name, "drand");
  EXPECT_EQ(set(only(std::nullopt)).status, 200);
  EXPECT_FALSE(row().prequeue.has_value());
}

TEST_F(SettingsStory, AnotherVersionThanExpectedIsStale) {
  set(whole());
  auto ask = patch(QueueField::Paused);
  ask.paused = true;
  ask.expects_version = 2;
  const Outcome stale = set(ask);
  EXPECT_EQ(stale.code, Code::StaleVersion);
  EXPECT_EQ(stale.version, 1U);
  EXPECT_FALSE(row().paused);
  ask.expects_version = 1;
  EXPECT_EQ(set(ask).version, 2U);
  auto none = whole();
  none.queue = QueueId{"other"};
  none.expects_version = 1;
  EXPECT_EQ(set(none).code, Code::StaleVersion);
}

TEST_F(SettingsStory, WhatDoesNotFitTogetherNamesItsField) {
  const auto field_of = [&](const QueueConfigured& ask) {
    const Outcome outcome = set(ask);
    EXPECT_EQ(outcome.code, Code::InvalidRequest);
    return std::string{outcome.field};
  };
  auto ask = with_prequeue();
  ask.prequeue->closes_at = ask.opens_at + 1ms;
  EXPECT_EQ(field_of(ask), "prequeue.closes_at");
  ask = with_prequeue();
  ask.prequeue->closes_at = ask.prequeue->opens_at;
  EXPECT_EQ(field_of(ask), "prequeue.closes_at");
  ask = with_prequeue();
  ask.prequeue->commitment = "abc";
  EXPECT_EQ(field_of(ask), "prequeue.commitment");
  ask = whole();
  ask.programme = ProgrammeId{"not an id"};
  EXPECT_EQ(field_of(ask), "programme");
  EXPECT_EQ(consumer().queue(kMain), nullptr);
  set(with_prequeue());
  auto earlier = patch(QueueField::OpensAt);
  earlier.opens_at = kStoryBegins + 90min;
  EXPECT_EQ(field_of(earlier), "opens_at");
}

TEST_F(SettingsStory, WhatIsOutOfRangeNamesItsField) {
  const auto field_of = [&](auto change) {
    auto ask = with_prequeue();
    change(ask);
    const Outcome outcome = set(ask);
    EXPECT_EQ(outcome.code, Code::InvalidRequest);
    return std::string{outcome.field};
  };
  const std::string capitals(64, 'A');
  const std::string long_text(501, 'x');
  const std::string long_name(201, 'x');
  EXPECT_EQ(field_of([](auto& ask) { ask.opens_at = Instant{-1}; }), "opens_at");
  EXPECT_EQ(field_of([](auto& ask) { ask.opens_at = kNever + 1ms; }), "opens_at");
  EXPECT_EQ(field_of([](auto& ask) { ask.closes_at = Instant{-1}; }), "closes_at");
  EXPECT_EQ(field_of([](auto& ask) { ask.closes_at = kNever + 1ms; }), "closes_at");
  EXPECT_EQ(field_of([](auto& ask) { ask.rate_per_second = 1'000'001; }), "rate_per_second");
  EXPECT_EQ(field_of([](auto& ask) { ask.inside_max = 100'000'001; }), "inside_max");
  EXPECT_EQ(field_of([](auto& ask) { ask.session_seconds = 0; }), "session_seconds");
  EXPECT_EQ(field_of([](auto& ask) { ask.session_seconds = 86'401; }), "session_seconds");
  EXPECT_EQ(field_of([&](auto& ask) { ask.message = long_text; }), "message");
  EXPECT_EQ(field_of([&](auto& ask) { ask.prequeue->commitment = capitals; }),
            "prequeue.commitment");
  EXPECT_EQ(field_of([&](auto& ask) { ask.prequeue->beacon_name = long_name; }),
            "prequeue.beacon_name");
  EXPECT_EQ(field_of([](auto& ask) { ask.prequeue->opens_at = Instant{-1}; }), "prequeue.opens_at");
  EXPECT_EQ(consumer().queue(kMain), nullptr);
}

TEST_F(SettingsStory, OnlyAnOperatorWithAReasonSetsAnythingOrDraws) {
  const auto code = [&](const Asked& asked) {
    const Code set_code = story.request(whole(), asked).outcome().code;
    EXPECT_EQ(story.request(PrequeueDrawn{kMain, {}, {}}, asked).outcome().code, set_code);
    return set_code;
  };
  EXPECT_EQ(code(a_person("alice", "k")), Code::ScopeRequired);
  EXPECT_EQ(code(an_operator("ann", "k", "")), Code::InvalidRequest);
  EXPECT_EQ(code(an_operator("", "k")), Code::InvalidRequest);
  EXPECT_EQ(consumer().queue(kMain), nullptr);
}

TEST_F(SettingsStory, AnOperatorsKeysAreCountedWithTheQueueTheyAreOf) {
  for (std::uint32_t i = 0; i < requests::kLiveKeysMax; ++i) ASSERT_EQ(set(whole()).status, 200);
  EXPECT_EQ(set(whole()).code, Code::SlowDown);
  EXPECT_EQ(story.request(whole(), an_operator("bob", "k")).outcome().code, Code::SlowDown)
      << "it is the queue's count, whoever asks";
  auto other = whole();
  other.queue = QueueId{"other"};
  EXPECT_EQ(set(other).status, 200);
  EXPECT_EQ(joins(PersonId{"main"}).outcome().status, 201) << "a person of the queue's name";
  EXPECT_EQ(row().version, requests::kLiveKeysMax);
  story.pass(24h);
  EXPECT_EQ(set(whole()).status, 200);
}

TEST_F(SettingsStory, AfterTheFirstTicketThePrequeueIsFixedButForItsEnd) {
  set(with_prequeue());
  story.pass(1h);
  ASSERT_EQ(joins(kAlice).outcome().status, 201);
  const auto refused = [&](auto change) {
    auto next = prequeue();
    change(next);
    return set(only(next)).code;
  };
  const std::string other(64, 'b');
  EXPECT_EQ(refused([&](auto& p) { p.commitment = other; }), Code::PrequeueStarted);
  EXPECT_EQ(refused([](auto& p) { p.beacon_name = "lottery"; }), Code::PrequeueStarted);
  EXPECT_EQ(refused([](auto& p) { p.beacon_name = ""; }), Code::PrequeueStarted);
  EXPECT_EQ(refused([](auto& p) { p.opens_at = p.opens_at - 1s; }), Code::PrequeueStarted);
  EXPECT_EQ(refused([](auto& p) { p.closes_at = p.opens_at + 30min; }), Code::None);
  story.pass(1s);
  joins(kBob);
  story.pass(1min);
  EXPECT_EQ(refused([](auto& p) { p.closes_at = p.opens_at + 1s; }), Code::PrequeueStarted)
      << "bob came at that moment, and was not to be left out";
  EXPECT_EQ(refused([](auto& p) { p.closes_at = p.opens_at + 1s + 1ms; }), Code::None)
      << "closed at once, behind the last who came";
  EXPECT_EQ(refused([](auto& p) { p.closes_at = p.opens_at + 30min; }), Code::PrequeueStarted)
      << "and closed for good";
  EXPECT_EQ(set(only(std::nullopt)).code, Code::PrequeueStarted);
  auto same = with_prequeue();
  same.prequeue->closes_at = same.prequeue->opens_at + 1s + 1ms;
  EXPECT_EQ(set(same).code, Code::None) << "a PUT of the same is no change";
}

TEST_F(SettingsStory, AQueueWithTicketsGetsNoPrequeueAfterwards) {
  set(whole());
  joins(kAlice);
  auto ask = with_prequeue();
  EXPECT_EQ(set(ask).code, Code::PrequeueStarted);
}

TEST_F(SettingsStory, AnOperatorsKeyIsRememberedAndCountsWithTheQueue) {
  const Asked asked = an_operator("ann", "k", "opening");
  const Outcome first = story.request(whole(), asked).outcome();
  const Said& again = story.request(whole(), asked);
  EXPECT_EQ(again.outcome().version, first.version);
  EXPECT_THAT(again.rows, IsEmpty());
  EXPECT_EQ(row().version, 1U);
  const Said& other = story.request(patch(QueueField::Paused), asked);
  EXPECT_EQ(other.outcome().code, Code::IdempotencyKeyReused);
  EXPECT_EQ(other.rows[0].key, "main");
}

}  // namespace
}  // namespace jari::queue
