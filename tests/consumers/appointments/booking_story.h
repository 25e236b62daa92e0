// tests/consumers/appointments/booking_story.h — stories of one partition of `bookings`: the words
// to tell them in, and the programme they play in.
//
// The programme `flu` admits by the queue `main`; cohort `old` may book from the day before the
// story on, `later` from an hour after its beginning; one appointment at a time. Product `a` has
// two doses 21 to 42 days apart, `b` has one, `c` is a second dose after `a`, at least 28 days.
//
// Units:   days are counted from the story's first.
// Errors:  what the test does not expect fails it.
// Threads: one.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/appointments/appointments.h"
#include "tests/support/story.h"

namespace jari::appointments {

using std::chrono::hours;
using std::chrono::minutes;
using support::Said;
using support::Story;

inline constexpr std::int32_t kFirstDay = 18'820;  // 2021-07-12
constexpr Day day(std::int32_t days) {
  return Day{kFirstDay + days};
}

/// A slot of a site: which day of the story it is on, at the story's own time of day.
struct SlotAt {
  std::string_view site = "s1";
  std::string_view slot = "mon";
  std::int32_t in_days = 7;
  std::string_view product = "a";
};

class BookingStory : public support::StoryTest<Appointments> {
 protected:
  BookingStory() : StoryTest({kBookingsTopic, 0}) {}
  void SetUp() override { configure(flu()); }

  static ProgrammeConfigured flu() {
    ProgrammeConfigured flu;
    flu.programme = ProgrammeId{"flu"};
    flu.version = 1;
    flu.name = "Flu";
    flu.queue = QueueId{"main"};
    flu.cohorts = {{CohortId{"old"}, support::kStoryBegins - hours{24},
                    support::kStoryBegins + hours{24 * 100}},
                   {CohortId{"later"}, support::kStoryBegins + hours{1},
                    support::kStoryBegins + hours{24 * 100}}};
    flu.products = {{ProductId{"a"}, 2, 21, 42, {}},
                    {ProductId{"b"}, 1, 0, kNoLatestDay, {}},
                    {ProductId{"c"}, 2, 28, kNoLatestDay, {ProductId{"a"}}}};
    flu.active_appointments_max = 1;
    flu.hold_seconds = 300;
    return flu;
  }
  void configure(ProgrammeConfigured settings) {
    settings.set = kEveryProgrammeField;
    settings.version = ++version_;
    story.effect(settings);
  }

  std::string_view new_key() { return keys_.emplace_back("k" + std::to_string(keys_.size())); }
  Asked by(std::string_view person) { return support::a_person(person, new_key()); }
  Asked by_operator() { return support::an_operator("ann", new_key()); }

  const Said& eligible(std::string_view person, std::string_view cohort = "old",
                       std::uint8_t done = 0, Day last = {}, std::string_view product = {}) {
    return story.request(EligibilityGranted{PersonId{person}, ProgrammeId{"flu"}, CohortId{cohort},
                                            done, last, ProductId{product}},
                         by_operator());
  }
  const Said& admit(std::string_view person, std::uint64_t ticket = 1, std::uint32_t length = 600) {
    return story.effect(Admitted{PersonId{person}, QueueId{"main"}, ticket, ticket, now(), length});
  }
  void enter(std::string_view person) {
    eligible(person);
    admit(person);
  }

  // What people ask for; `id` is then the id of what they asked for.
  static BookingRequested booking(std::string_view person, const SlotAt& at = {}) {
    return {PersonId{person},
            ProgrammeId{"flu"},
            SiteId{at.site},
            SlotId{at.slot},
            ProductId{at.product},
            HoldId{},
            0};
  }
  const Said& book(std::string_view person, const SlotAt& at = {}) {
    return asks(booking(person, at), by(person));
  }
  const Said& book_by_hold(std::string_view person, const std::string& hold) {
    return asks(BookingRequested{PersonId{person}, {}, {}, {}, {}, HoldId{hold}, 0}, by(person));
  }
  const Said& book_for(std::string_view person, std::uint32_t overrides, const SlotAt& at = {}) {
    BookingRequested request = booking(person, at);
    request.overrides = overrides;
    return asks(request, by_operator());
  }
  static HoldRequested holding(std::string_view person, const SlotAt& at = {}) {
    HoldRequested request;
    request.person = PersonId{person};
    request.programme = ProgrammeId{"flu"};
    request.site = SiteId{at.site};
    request.slot = SlotId{at.slot};
    request.product = ProductId{at.product};
    return request;
  }
  const Said& hold(std::string_view person, const SlotAt& at = {}) {
    const Said& said = asks(holding(person, at), by(person));
    id = hold_text(make_id(0, story.offset()));
    return said;
  }
  const Said& release(std::string_view person, const std::string& held) {
    return story.request(HoldReleaseRequested{HoldId{held}, PersonId{person}, SiteId{}},
                         by(person));
  }
  const Said& cancel(std::string_view person, const std::string& appointment) {
    return story.request(CancelRequested{AppointmentId{appointment}, PersonId{person}}, by(person));
  }
  const Said& cancel_by_operator(const std::string& appointment) {
    return story.request(CancelRequested{AppointmentId{appointment}, PersonId{}}, by_operator());
  }
  const Said& move(std::string_view person, const std::string& appointment, const SlotAt& to,
                   std::string_view product = {}) {
    return story.request(
        RescheduleRequested{AppointmentId{appointment}, PersonId{person}, SiteId{to.site},
                            SlotId{to.slot}, ProductId{product}, 0},
        by(person));
  }
  const Said& attend(const std::string& appointment, bool attended) {
    return story.request(AttendanceRecorded{AppointmentId{appointment}, attended}, by_operator());
  }

  // What sites answer.
  static Instant start_of(const SlotAt& at) {
    return support::kStoryBegins + hours{24 * at.in_days};
  }
  const Said& grant(const std::string& appointment, std::string_view person,
                    const SlotAt& at = {}) {
    return story.effect(ReservationGranted{AppointmentId{appointment}, PersonId{person},
                                           SiteId{at.site}, SlotId{at.slot}, ProductId{at.product},
                                           start_of(at), 900, day(at.in_days), "Asia/Seoul"});
  }
  const Said& refuse(const std::string& appointment, std::string_view person, Code code) {
    return story.effect(
        ReservationRefused{AppointmentId{appointment}, PersonId{person}, code, {}, {}});
  }
  const Said& grant_hold(const std::string& held, std::string_view person,
                         std::uint32_t length_ms = 300'000) {
    return story.effect(HoldGranted{HoldId{held}, PersonId{person}, length_ms});
  }
  const Said& end_hold(const std::string& held, std::string_view person, HoldEnd why) {
    return story.effect(HoldEnded{HoldId{held}, PersonId{person}, why});
  }
  const Said& withdraw(const std::string& appointment, std::string_view person,
                       const SlotAt& at = {}) {
    return story.effect(AppointmentWithdrawn{AppointmentId{appointment}, PersonId{person},
                                             SiteId{at.site}, SlotId{at.slot}});
  }

  /// An appointment that stands; its id.
  std::string booked(std::string_view person, const SlotAt& at = {}) {
    book(person, at);
    const std::string appointment = id;
    EXPECT_EQ(grant(appointment, person, at).outcome().status, 201);
    return appointment;
  }
  std::string held(std::string_view person, const SlotAt& at = {}) {
    hold(person, at);
    const std::string its_id = id;
    EXPECT_EQ(grant_hold(its_id, person).outcome().status, 201);
    return its_id;
  }

  // What is seen.
  std::vector<Appointment> appointments_of(std::string_view person) {
    std::vector<Appointment> out;
    consumer().view().appointments_of(PersonId{person}, [&](const Appointment& one) {
      out.push_back(one);
      out.back().appointment = AppointmentId{ids_.emplace_back(one.appointment.text)};
      return true;
    });
    return out;
  }
  EligibilityView eligibility_of(std::string_view person) {
    const auto all = consumer().view().eligibility_of(PersonId{person}, story.time());
    return all.empty() ? EligibilityView{} : all.front();
  }
  bool is_inside(std::string_view person) {
    return consumer().view().session(PersonId{person}, QueueId{"main"}, story.time()).has_value();
  }

  std::string id;

 private:
  template <class T>
  const Said& asks(const T& request, const Asked& asked) {
    const Said& said = story.request(request, asked);
    id = appointment_text(make_id(0, story.offset()));
    return said;
  }

  std::uint32_t version_ = 0;
  std::deque<std::string> keys_;
  std::deque<std::string> ids_;
};

}  // namespace jari::appointments
