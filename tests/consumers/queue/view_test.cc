#include <random>

#include "tests/consumers/queue/queue_story.h"

namespace jari::queue {
namespace {

using testing::ElementsAre;

class ViewStory : public QueueStory {
 protected:
  void given_rate(std::uint32_t rate, std::uint32_t inside_max, std::uint32_t session_seconds) {
    auto ask = whole();
    ask.rate_per_second = rate;
    ask.inside_max = inside_max;
    ask.session_seconds = session_seconds;
    set(ask);
    publish_programme();
  }
  /// The wait of somebody with `ahead` people before them.
  std::optional<WaitRange> wait(std::uint64_t ahead) {
    while (view().waiting < ahead) joins(PersonId{"p" + std::to_string(++given_)});
    const std::string last = "last" + std::to_string(given_);
    joins(PersonId{last});
    const TicketView shown = ticket(PersonId{last});
    EXPECT_EQ(shown.ahead, ahead);
    leaves(PersonId{last});
    return shown.wait_seconds;
  }

 private:
  int given_ = 0;
};

TEST_F(ViewStory, ShowsNothingOfAnUnknownQueue) {
  EXPECT_FALSE(consumer().view(kMain, story.time()).has_value());
  EXPECT_FALSE(consumer().ticket(kMain, kAlice, story.time()).has_value());
  EXPECT_THAT(consumer().queues(), testing::IsEmpty());
}

TEST_F(ViewStory, ShowsTheQueueAsItStands) {
  open_queue();
  join_all({kAlice, kBob, kCarol});
  auto ask = patch(QueueField::InsideMax);
  ask.inside_max = 2;
  set(ask);
  story.pass(900ms);
  const QueueView shown = view();
  EXPECT_EQ(shown.queue, kMain);
  EXPECT_EQ(shown.programme.text, "flu");
  EXPECT_EQ(shown.state, LineState::Open);
  EXPECT_EQ(shown.waiting_for, WaitingFor::Nothing);
  EXPECT_EQ(shown.now_serving, 2U);
  EXPECT_EQ(shown.last_ticket, 3U);
  EXPECT_EQ(shown.waiting, 1U);
  EXPECT_EQ(shown.inside, 2U);
  EXPECT_EQ(shown.settings->version, 2U);
  EXPECT_EQ(shown.as_of, now());
}

TEST_F(ViewStory, TheStateIsTheFirstOfClosedPausedScheduledOpen) {
  const auto state = [&](bool closed, bool paused, bool scheduled) {
    auto ask = whole();
    if (closed) ask.closes_at = now();
    if (scheduled) ask.opens_at = now() + 1h;
    ask.paused = paused;
    set(ask);
    return std::string{to_text(view().state)};
  };
  EXPECT_EQ(state(true, true, true), "closed");
  EXPECT_EQ(state(true, false, true), "closed");
  EXPECT_EQ(state(false, true, true), "paused");
  EXPECT_EQ(state(false, false, true), "scheduled");
  EXPECT_EQ(state(false, false, false), "open");
}

TEST_F(ViewStory, WaitsForTheFirstOfDrawProgrammeOpeningPauseCapacity) {
  const std::string commitment(64, 'a');
  auto ask = whole();
  ask.opens_at = now() + 2h;
  ask.paused = true;
  ask.prequeue = PrequeueSettings{now(), now() + 1h, commitment, ""};
  set(ask);
  story.own(AdmissionHeld{true, "load"});
  const auto reason = [&] { return std::string{to_text(view().waiting_for)}; };
  EXPECT_EQ(reason(), "draw");
  set(patch(QueueField::Prequeue));
  EXPECT_EQ(reason(), "programme");
  publish_programme();
  EXPECT_EQ(reason(), "opening");
  story.pass(2h);
  EXPECT_EQ(reason(), "pause");
  set(patch(QueueField::Paused));
  EXPECT_EQ(reason(), "capacity");
  auto closed = patch(QueueField::ClosesAt);
  closed.closes_at = now();
  set(closed);
  EXPECT_EQ(reason(), "") << "closed says it all";
  closed.closes_at = now() + 1h;
  set(closed);
  story.own(AdmissionHeld{false, ""});
  EXPECT_EQ(reason(), "");
}

TEST_F(ViewStory, TheLowWaitIsTheRatesAndTheHighOneTheSessions) {
  given_rate(10, 5, 600);
  EXPECT_EQ(wait(0), (WaitRange{0, 1}));
  EXPECT_EQ(wait(4), (WaitRange{0, 1})) << "there is room for five";
  EXPECT_EQ(wait(5), (WaitRange{0, 600})) << "the sixth waits for the end of a session";
  EXPECT_EQ(wait(25), (WaitRange{2, 5 * 600}));
}

TEST_F(ViewStory, TheRateBoundsTheHighWaitWhereThereIsRoomInside) {
  given_rate(2, 1000, 600);
  EXPECT_EQ(wait(99), (WaitRange{49, 50}));
}

TEST_F(ViewStory, TheWaitBeginsWhenTheQueueOpens) {
  given_rate(10, 1000, 600);
  ASSERT_EQ(wait(30), (WaitRange{3, 4}));
  auto later = patch(QueueField::OpensAt);
  later.opens_at = now() + 100s;
  set(later);
  EXPECT_EQ(ticket(PersonId{"p30"}).wait_seconds, (WaitRange{102, 103}));
}

TEST_F(ViewStory, NobodyCanTellTheWaitOfAQueueThatStands) {
  open_queue();
  joins(kAlice);
  EXPECT_TRUE(ticket(kAlice).wait_seconds.has_value());
  auto paused = patch(QueueField::Paused);
  paused.paused = true;
  set(paused);
  EXPECT_FALSE(ticket(kAlice).wait_seconds.has_value());
  paused.paused = false;
  set(paused);
  story.own(AdmissionHeld{true, "load"});
  EXPECT_FALSE(ticket(kAlice).wait_seconds.has_value());
  story.own(AdmissionHeld{false, ""});
  auto closed = patch(QueueField::ClosesAt);
  closed.closes_at = now();
  set(closed);
  EXPECT_FALSE(ticket(kAlice).wait_seconds.has_value());
}

TEST_F(ViewStory, PollsNoLessThanAQuarterOfSessionAndLowWait) {
  given_rate(1, 1000, 600);
  for (int i = 0; i < 400; ++i) joins(PersonId{"p" + std::to_string(i)});
  const auto poll = [&](int number) {
    return ticket(PersonId{"p" + std::to_string(number)}).poll_after_seconds;
  };
  EXPECT_EQ(poll(0), 1U);
  EXPECT_EQ(poll(7), 1U);
  EXPECT_EQ(poll(100), 25U);
  EXPECT_EQ(poll(399), 99U);
  auto shorter = patch(QueueField::SessionSeconds);
  shorter.session_seconds = 40;
  set(shorter);
  EXPECT_EQ(poll(399), 10U);
  shorter.session_seconds = 2;
  set(shorter);
  EXPECT_EQ(poll(399), 1U);
  shorter.session_seconds = 3600;
  set(shorter);
  auto stands = patch(QueueField::Paused);
  stands.paused = true;
  set(stands);
  EXPECT_EQ(poll(399), 60U) << "nobody can tell how long";
  auto later = patch(QueueField::OpensAt);
  later.opens_at = now() + 20s;
  set(later);
  EXPECT_EQ(poll(399), 5U) << "not before the opening";
}

/// Whatever is set and whoever asks: a wait is a range, and a poll neither hammers nor oversleeps.
class AnySettings : public ViewStory, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(engine_() % below); }
  void given_any_settings() {
    auto ask = whole();
    ask.opens_at = draw(2) == 0 ? kStoryBegins : now() + seconds{draw(1000)};
    ask.rate_per_second = draw(6);
    ask.inside_max = draw(12);
    ask.session_seconds = draw(4000) + 1;
    ask.paused = draw(6) == 0;
    set(ask);
  }
  void expect_bounds(const TicketView& shown, std::uint64_t session_seconds) {
    std::uint64_t most = session_seconds / 4;
    if (shown.wait_seconds) {
      EXPECT_LE(shown.wait_seconds->low, shown.wait_seconds->high);
      EXPECT_EQ(shown.state, TicketState::Waiting);
      most = std::min(most, shown.wait_seconds->low / 4);
    }
    EXPECT_GE(shown.poll_after_seconds, 1U);
    EXPECT_LE(shown.poll_after_seconds, std::max<std::uint64_t>(1, most));
  }

 private:
  std::mt19937 engine_{GetParam()};
};

TEST_P(AnySettings, KeepWaitAndPollInBounds) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  open_queue();
  for (int i = 0; i < 60; ++i) joins(PersonId{"p" + std::to_string(i)});
  for (int round = 0; round < 10; ++round) {
    given_any_settings();
    story.pass(milliseconds{draw(5000)});
    if (draw(3) == 0) leaves(PersonId{"p" + std::to_string(draw(60))});
    for (std::uint64_t number = 1; number <= 60; ++number) {
      const auto shown = consumer().ticket_numbered(kMain, number, story.time());
      expect_bounds(*shown, consumer().queue(kMain)->session_seconds);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, AnySettings, ::testing::Range(1U, 11U));

TEST_F(ViewStory, ATicketShowsHowLongItsSessionLasts) {
  open_queue();
  joins(kAlice);
  EXPECT_EQ(ticket(kAlice).state, TicketState::Waiting);
  EXPECT_EQ(ticket(kAlice).admitted_until, std::nullopt);
  story.pass(100ms);
  EXPECT_EQ(to_text(ticket(kAlice).state), "admitted");
  EXPECT_EQ(ticket(kAlice).admitted_until, now() + 600s);
  EXPECT_EQ(ticket(kAlice).ahead, 0U);
  story.outage(1h);
  EXPECT_EQ(ticket(kAlice).admitted_until, now() + 600s);
}

TEST_F(ViewStory, ListsThePersonsTicketsOverAllQueues) {
  open_queue();
  for (const std::string_view id : {"zeta", "alpha"}) {
    auto ask = whole();
    ask.queue = QueueId{id};
    set(ask);
    story.request(TicketRequested{QueueId{id}, kAlice}, a_person("alice", new_key()));
  }
  join_all({kBob, kAlice});
  leaves(kAlice);
  std::vector<std::string> seen;
  for (const TicketView& one : consumer().tickets_of(kAlice, story.time())) {
    seen.push_back(std::string{one.queue.text} + " " + std::to_string(one.ticket) + " " +
                   std::string{to_text(one.state)});
  }
  EXPECT_THAT(seen, ElementsAre("alpha 1 waiting", "main 2 returned", "zeta 1 waiting"));
}

}  // namespace
}  // namespace jari::queue
