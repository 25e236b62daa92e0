// Sites answer late, each stream at its own pace and through a narrow window: what must hold all
// along, and exactly once everything has come to rest.

#include <random>

#include <gmock/gmock.h>

#include "tests/consumers/together/words.h"

namespace jari::together {
namespace {

using std::chrono::minutes;

constexpr std::int64_t kHourMs = 3'600'000;

class Late : public testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr int kPeople = 14;
  static constexpr int kSlots = 3;
  static constexpr int kSteps = 4'000;

  void SetUp() override {
    random_.seed(seed_or(GetParam()));
    for (const auto& [name, programme] : two_programmes()) configure(town_, name, programme);
    for (const std::string& site : kSites) {
      operators([&](const Words& say) { say.publish(site); });
      for (const char* product : {"a", "b"}) {
        operators([&](const Words& say) { say.change_stock({site, product}, 9, false); });
      }
      for (int slot = 0; slot < kSlots; ++slot) publish({site, slot_name(slot)}, 3);
    }
    for (int i = 0; i < kPeople; ++i) {
      for (const char* programme : {"flu", "walk"}) {
        operators([&](const Words& say) { say.grant({person(i), programme}, {"old"}); });
      }
    }
  }

  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool one_in(std::uint64_t many) { return below(many) == 0; }
  static std::string person(std::uint64_t number) { return "p" + std::to_string(number); }
  static std::string slot_name(std::uint64_t number) { return "slot" + std::to_string(number); }
  Contract::Whose anywhere() { return {kSites[below(kSites.size())], slot_name(below(kSlots))}; }
  Ask any_ask() {
    const auto [site, slot] = anywhere();
    return {person(below(kPeople)), one_in(2) ? "flu" : "walk", site, slot, one_in(2) ? "a" : "b"};
  }
  Id any_of(const std::vector<Id>& made) {
    if (made.empty()) return 1;
    return made[made.size() - 1 - below(std::min<std::size_t>(made.size(), 20))];
  }
  /// Mostly one that is booked.
  Id any_appointment() {
    std::vector<Id> booked;
    for (const auto& [id, document] : town_.documents()) {
      const bool is_booked = document.find("\"state\":\"booked\"") != std::string::npos;
      if (is_booked) booked.push_back(parse_appointment(id)->number);
    }
    return booked.empty() || one_in(3) ? any_of(appointments_) : booked[below(booked.size())];
  }

  template <class Say>
  void people(const std::string& who, Say say) {
    asked_.emplace_back(who, "k" + std::to_string(asked_.size()));
    say(Words{town_, support::a_person(asked_.back().first, asked_.back().second)});
  }
  template <class Say>
  void operators(Say say) {
    asked_.emplace_back("ann", "k" + std::to_string(asked_.size()));
    say(Words{town_, support::an_operator("ann", asked_.back().second)});
  }
  void publish(const Contract::Whose& where, std::int64_t capacity) {
    // Slots of a later number begin within the story: their people attend, or do not.
    const std::int64_t starts_at =
        support::kStoryBegins.ms +
        (where.second == slot_name(kSlots - 1) ? kHourMs / 2 : 24 * kHourMs);
    const Slot slot{starts_at, day_of(starts_at), capacity, false};
    operators([&](const Words& say) { say.publish(where, slot); });
  }

  void people_ask() {
    Ask ask = any_ask();
    const Id appointment = any_appointment();
    const Id hold = any_of(holds_);
    switch (below(7)) {
      case 0:
      case 1:
        people(ask.person, [&](const Words& say) { say.book(ask); });
        return appointments_.push_back(town_.made().number);
      case 2:
        people(ask.person, [&](const Words& say) { say.hold(ask); });
        return holds_.push_back(town_.made().number);
      case 3:
        return with_owner(hold, [&](const std::string& who) {
          people(who, [&](const Words& say) { say.confirm(who, hold); });
          appointments_.push_back(town_.made().number);
        });
      case 4:
        return with_owner(hold, [&](const std::string& who) {
          people(who, [&](const Words& say) { say.release(who, hold); });
        });
      case 5:
        return with_owner(appointment, [&](const std::string& who) {
          people(who, [&](const Words& say) { say.cancel(who, appointment); });
        });
      default:
        return with_owner(appointment, [&](const std::string& who) {
          ask.person = who;
          people(who, [&](const Words& say) { say.move(ask, appointment); });
        });
    }
  }
  /// Whoever asked for it: known also while it is pending.
  template <class Then>
  void with_owner(Id made, Then then) {
    const auto at = owners_.find(made);
    if (at != owners_.end()) then(std::string{at->second});
  }
  void operators_ask() {
    const auto where = anywhere();
    const Id id = any_appointment();
    const std::int64_t number = static_cast<std::int64_t>(below(5));
    switch (below(6)) {
      case 0:
        return operators([&](const Words& say) { say.withdraw(where, one_in(2)); });
      case 1:
        return publish(where, number + 1);
      case 2:
        return operators([&](const Words& say) {
          say.change_stock({where.first, one_in(2) ? "a" : "b"}, number - 1, one_in(3));
        });
      case 3:
        return operators([&](const Words& say) { say.cancel("", id); });
      case 4:
        return operators([&](const Words& say) { say.attend(id, one_in(2)); });
      default:
        Ask ask = any_ask();
        ask.overrides = static_cast<std::uint32_t>(below(16));
        operators([&](const Words& say) { say.book(ask); });
        owners_[town_.made().number] = ask.person;
        appointments_.push_back(town_.made().number);
    }
  }
  void queue_and_time() {
    const std::string who = person(below(kPeople));
    switch (below(6)) {
      case 0:
        if (tickets_ == 0) return;
        return town_.tell(
            who, AdmissionEnded{PersonId{who}, QueueId{"main"}, tickets_of_[who] - below(2)});
      case 1:
        return town_.pass(milliseconds{below(8'000)});
      case 2:
        return one_in(10) ? town_.outage(minutes{1}) : town_.restart(below(4));
      default:
        tickets_of_[who] = ++tickets_;
        return admit(town_, who, tickets_, static_cast<std::uint32_t>(20 + below(200)));
    }
  }
  void happen() {
    const std::size_t asked_before = asked_.size();
    if (one_in(8)) {
      operators_ask();
    } else if (one_in(3)) {
      queue_and_time();
    } else {
      people_ask();
    }
    if (asked_.size() > asked_before && asked_.back().first != "ann") {
      owners_[town_.made().number] = asked_.back().first;
    }
    // Now and then sites are slow for a while, and windows fill.
    const bool is_slow = asked_.size() / 64 % 2 == 1;
    while (one_in(3) == is_slow && town_.deliver(below(8))) {
    }
  }

  void come_to_rest();
  void compare_places();
  void compare_people();

  const std::vector<std::string> kSites{"s1", "s2", "s3"};
  Town town_{3};
  std::mt19937_64 random_;
  std::deque<std::pair<std::string, std::string>> asked_;  // by whom, with which key
  std::vector<Id> appointments_;
  std::vector<Id> holds_;
  std::map<Id, std::string> owners_;
  std::map<std::string, std::uint64_t> tickets_of_;
  std::uint64_t tickets_ = 0;
};

/// Every request has its answer, whatever waited is decided, and nobody was answered who had not
/// asked.
void Late::come_to_rest() {
  town_.settle();
  for (const auto& [by, key] : asked_) {
    ASSERT_TRUE(town_.told(by, key).has_value()) << by << " " << key;
  }
  EXPECT_EQ(town_.counts().pending + town_.counts().waiting, 0U);
  EXPECT_EQ(town_.waiting_effects(), 0U);
  EXPECT_EQ(town_.counted("bookings", "answer nobody waits for"), 0U);
}

/// What people have is what their sites have given, place by place and dose by dose.
void Late::compare_places() {
  std::map<Contract::Whose, std::set<Id>> booked;
  std::map<Contract::Whose, std::size_t> held;
  std::map<Contract::Whose, std::size_t> doses;
  for (int i = 0; i < kPeople; ++i) {
    const auto view = town_.people(person(i));
    view.appointments_of(PersonId{person(i)}, [&](const Appointment& one) {
      if (one.state == AppointmentState::Cancelled) return true;
      const std::string site{one.site.text};
      booked[{site, std::string{one.slot.text}}].insert(
          parse_appointment(one.appointment.text)->number);
      const bool has_dose = one.state != AppointmentState::Missed;
      doses[{site, std::string{one.product.text}}] += has_dose ? 1 : 0;
      return true;
    });
    LogTime always = town_.time();
    always.now = {};  // beyond its session a hold is shown no longer, though its site may keep it
    for (const auto& one : view.holds_of(PersonId{person(i)}, always)) {
      ++held[{std::string{one.site.text}, std::string{one.slot.text}}];
      ++doses[{std::string{one.site.text}, std::string{one.product.text}}];
    }
  }
  for (const std::string& site : kSites) {
    for (int i = 0; i < kSlots; ++i) {
      const SlotId slot{i == 0 ? "slot0" : i == 1 ? "slot1" : "slot2"};
      std::set<Id> there;
      for (const auto& one : town_.site(site).booked_by(SiteId{site}, slot)) {
        there.insert(one.appointment.number);
      }
      const auto shown = town_.site(site).slot(SiteId{site}, slot);
      const Contract::Whose where{site, std::string{slot.text}};
      EXPECT_EQ(there, booked[where]) << site << " " << slot.text;
      EXPECT_EQ(shown->places.booked, there.size());
      EXPECT_EQ(shown->places.held, held[where]);
    }
    for (const auto& one : town_.site(site).stock(SiteId{site})) {
      EXPECT_EQ(one.doses.taken(), (doses[{site, std::string{one.product.text}}])) << site;
    }
  }
}

/// No more at a time than is allowed, one hold for each programme, rights that add up, and readers
/// of the documents who know what there is.
void Late::compare_people() {
  std::size_t lost = 0;
  std::size_t used = 0;
  for (const auto& [by, key] : asked_) {
    const auto outcome = decode(kTypeOf<Outcome>, bytes_of(*town_.told(by, key)));
    used += std::get<Outcome>(outcome).used_rebook_right ? 1 : 0;
  }
  for (int i = 0; i < kPeople; ++i) {
    std::map<std::string, std::size_t> active;
    town_.people(person(i)).appointments_of(PersonId{person(i)}, [&](const Appointment& one) {
      active[std::string{one.programme.text}] += one.state == AppointmentState::Booked ? 1 : 0;
      lost += one.rebook_until != Instant{} ? 1 : 0;
      std::string document;
      append_json(document, one, {});
      const std::string& last = town_.documents().at(std::string{one.appointment.text});
      const auto upto = document.find("\"as_of\"");
      EXPECT_EQ(document.substr(0, upto), last.substr(0, last.find("\"as_of\"")));
      return true;
    });
    for (const auto& [programme, count] : active) EXPECT_LE(count, 2U) << person(i);
    std::set<std::string> programmes;
    for (const auto& one : town_.people(person(i)).holds_of(PersonId{person(i)}, town_.time())) {
      EXPECT_TRUE(programmes.insert(std::string{one.programme.text}).second) << person(i);
    }
  }
  EXPECT_EQ(town_.counts().rights + used, lost);
}

TEST_P(Late, EverythingAddsUpHoweverLateSitesAnswer) {
  for (int step = 1; step <= kSteps; ++step) {
    happen();
    ASSERT_TRUE(town_.balances()) << "step " << step;
    if (step % 200 == 0) {
      come_to_rest();
      compare_places();
      compare_people();
    }
    ASSERT_FALSE(HasFailure()) << "step " << step;
  }
  EXPECT_EQ(town_.counted("oversold", "places") + town_.counted("oversold", "doses"), 0U);
  EXPECT_GT(town_.counted("decisions", "BookingRequested overloaded"), 0U)
      << "the windows are narrow";
  EXPECT_GT(town_.counted("decisions", "BookingRequested granted"), 50U);
  EXPECT_GT(town_.counted("decisions", "RescheduleRequested granted"), 20U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Late, testing::Values(1, 2, 3, 4, 20210712));

}  // namespace
}  // namespace jari::together
