#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/consumers/appointments/booking_story.h"
#include "tests/consumers/appointments/stand_in.h"

namespace jari::appointments {
namespace {

constexpr int kPeople = 12;
constexpr int kSteps = 2'500;
constexpr std::uint32_t kActiveMax = 2;

/// Many people ask at random while the sites answer late. What must hold is compared with the
/// stand-in's places all along, and exactly at the end.
class ModelTest : public BookingStory, public testing::WithParamInterface<std::uint64_t> {
 protected:
  void SetUp() override {
    const char* seed = std::getenv("JARI_SEED");
    const std::uint64_t number = seed != nullptr ? std::strtoull(seed, nullptr, 10) : GetParam();
    std::cout << "seed " << number << " (JARI_SEED=" << number << " tells it again)\n";
    random_.seed(number);
    auto settings = flu();
    settings.active_appointments_max = kActiveMax;
    settings.products = {{ProductId{"a"}, 2, 0, kNoLatestDay, {}}};
    configure(settings);
    for (const std::string site : {"s1", "s2", "s3"}) {
      for (const std::string slot : {"mon", "tue"}) {
        places_.emplace_back(site, slot);
        sites_.open(places_.back(), 3);
      }
    }
    for (int i = 0; i < kPeople; ++i) eligible(person(i));
  }

  static std::string person(int number) { return "p" + std::to_string(number); }
  std::size_t below(std::size_t end) { return std::size_t{random_() % end}; }
  std::string somebody() { return person(static_cast<int>(below(kPeople))); }
  SlotAt somewhere() {
    const auto& place = places_[below(places_.size())];
    return {place.first, place.second};
  }
  std::string one_of(std::string_view who) {
    const auto all = appointments_of(who);
    return all.empty() ? id : std::string{all[below(all.size())].appointment.text};
  }

  void ask_for(const std::string& who) {
    switch (below(7)) {
      case 0:
        return sites_.hear(admit(who, ++tickets_, 120));
      case 1:
        return sites_.hear(book(who, somewhere()));
      case 2:
        sites_.hear(hold(who, somewhere()));
        return void(holds_.push_back(id));
      case 3:
        return sites_.hear(cancel(who, one_of(who)));
      case 4:
        return sites_.hear(move(who, one_of(who), somewhere()));
      case 5:
        if (!holds_.empty()) sites_.hear(book_by_hold(who, holds_[below(holds_.size())]));
        return;
      default:
        if (!holds_.empty()) sites_.hear(release(who, holds_[below(holds_.size())]));
    }
  }
  void happen() {
    switch (below(24)) {
      case 0:
        return sites_.withdraw(places_[below(places_.size())]);
      case 1:
        return sites_.expire_one();
      case 2:
        return sites_.hear(
            story.effect(AdmissionEnded{PersonId{somebody()}, QueueId{"main"}, tickets_}));
      case 3:
        return sites_.hear(story.pass(seconds{20}));
      case 4:
        return story.outage(minutes{1});
      case 5:
        return sites_.hear(cancel_by_operator(one_of(somebody())));
      default:
        return ask_for(somebody());
    }
  }
  void expect_bounded() {
    for (int i = 0; i < kPeople; ++i) {
      std::uint32_t active = 0;
      for (const Appointment& one : appointments_of(person(i))) {
        active += one.state == AppointmentState::Booked ? 1 : 0;
      }
      EXPECT_LE(active, kActiveMax) << person(i);
      EXPECT_LE(consumer().view().holds_of(PersonId{person(i)}, story.time()).size(), 1U);
    }
  }
  void expect_same_places() {
    std::map<std::string, StandIn::Place> booked;
    std::map<std::string, StandIn::Place> held;
    for (int i = 0; i < kPeople; ++i) {
      for (const Appointment& one : appointments_of(person(i))) {
        if (one.state != AppointmentState::Booked) continue;
        booked[std::string{one.appointment.text}] = {std::string{one.site.text},
                                                     std::string{one.slot.text}};
      }
      // Beyond its session a hold is shown no longer, though its site may still keep it.
      LogTime always = story.time();
      always.now = {};
      for (const HoldView& one : consumer().view().holds_of(PersonId{person(i)}, always)) {
        held[one.hold] = {std::string{one.site.text}, std::string{one.slot.text}};
      }
    }
    EXPECT_EQ(booked, sites_.booked());
    EXPECT_EQ(held, sites_.held());
  }

  StandIn sites_{story};
  std::mt19937_64 random_;
  std::vector<StandIn::Place> places_;
  std::vector<std::string> holds_;
  std::uint64_t tickets_ = 0;
};

TEST_P(ModelTest, EveryPlaceIsSomebodysAndNothingIsLeftPending) {
  for (int step = 0; step < kSteps; ++step) {
    happen();
    while (below(3) == 0 && sites_.answer(below(8))) {
    }
    if (step % 100 == 0) expect_bounded();
    if (HasFailure()) return;
  }
  while (sites_.answer(0)) {
  }
  expect_bounded();
  expect_same_places();
  const Counts counts = consumer().view().counts();
  EXPECT_EQ(counts.pending, 0U);
  EXPECT_EQ(counts.waiting, 0U);
  EXPECT_GT(counts.appointments, 20U) << "the story must have had something in it";
  EXPECT_EQ(story.context().counted("bookings", "answer nobody waits for"), 0U);
  story.pass(hours{24 * 8});
  const Counts later = consumer().view().counts();
  EXPECT_EQ(later.rights + later.sessions + later.live_holds, 0U) << "all is given back";
  EXPECT_EQ(consumer().next_deadline(story.time()), kNever);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, testing::Values(1, 2, 3, 20210712));

}  // namespace
}  // namespace jari::appointments
