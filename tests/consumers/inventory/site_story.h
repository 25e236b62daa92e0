// tests/consumers/inventory/site_story.h — stories of one partition of sites: what its operators
// say and what people's partitions ask, in one word each.
//
// After every word the counts are taken again from nothing and must balance.
//
// Units:   slots begin `hours` after the story does, and are an hour long; days count from the
//          story's first.
// Errors:  none.
// Threads: one.
#pragma once

#include <gmock/gmock.h>

#include "consumers/inventory/inventory.h"
#include "tests/support/story.h"

namespace jari::inventory {

using support::an_operator;
using support::Said;

inline constexpr Day kFirstDay{18'820};  // 2021-07-12, as kStoryBegins
inline constexpr std::string_view kZone = "Asia/Seoul";

/// The person who asks for an appointment or hold made by their partition at this offset.
struct Asker {
  Offset number = 0;
  [[nodiscard]] std::string person() const { return "p" + std::to_string(number); }
  [[nodiscard]] PartitionNo home() const {
    return static_cast<PartitionNo>(partition_of(person(), 4));
  }
  [[nodiscard]] std::string appointment() const {
    return appointment_text(make_id(home(), number));
  }
  [[nodiscard]] std::string hold() const { return hold_text(make_id(home(), number)); }
};

struct SlotAsked {
  std::string_view slot = "am";
  std::uint32_t capacity = 10;
  std::int64_t hours = 24;
  std::string_view zone = kZone;
  std::string_view site = "s";
  std::uint32_t expects_version = 0;
  std::uint32_t length_seconds = 3600;
};

/// What is asked for, beyond who asks.
struct Wanted {
  std::string_view slot = "am";
  std::string_view product = "a";
  std::string_view replaces{};  // a slot
  std::string_view hold{};
  std::string_view site = "s";
  Day not_before{};
  Day not_after{};
  std::uint32_t overrides = 0;
};

class SiteStory : public support::StoryTest<Inventory> {
 protected:
  explicit SiteStory(PartitionRef here = {kInventoryTopic, 0}) : StoryTest(here) {}

  template <class T>
  const Said& say(const T& body, std::string_view key = {}) {
    const std::string own = key.empty() ? "key-" + std::to_string(++keys_) : std::string{key};
    const Said& said = story.request(body, an_operator("ann", own));
    EXPECT_TRUE(consumer().balances());
    return said;
  }
  template <class T>
  const Said& ask(const T& body) {
    const Said& said = story.effect(body);
    EXPECT_TRUE(consumer().balances());
    return said;
  }

  const Said& site(std::string_view id = "s", std::string_view zone = kZone,
                   std::string_view region = "north", std::uint32_t expects_version = 0) {
    SitePublished said;
    said.site = SiteId{id};
    said.name = "A clinic";
    said.region = region;
    said.zone = zone;
    said.expects_version = expects_version;
    return say(said);
  }
  const Said& slot(const SlotAsked& asked) {
    SlotPublished said;
    said.site = SiteId{asked.site};
    said.slot = SlotId{asked.slot};
    said.starts_at = support::kStoryBegins + std::chrono::hours{asked.hours};
    said.length_seconds = asked.length_seconds;
    said.capacity = asked.capacity;
    said.starts_on = Day{static_cast<std::int32_t>(kFirstDay.count + (11 + asked.hours) / 24)};
    said.zone = asked.zone;
    said.expects_version = asked.expects_version;
    return say(said);
  }
  const Said& withdraw(std::string_view slot, bool cancel, std::string_view site = "s") {
    return say(SlotWithdrawn{SiteId{site}, SlotId{slot}, cancel});
  }
  const Said& stock(std::int64_t doses, std::string_view product = "a", bool lost = false,
                    std::string_view site = "s") {
    return say(StockChanged{SiteId{site}, ProductId{product}, doses, lost});
  }

  const Said& reserve(Asker who, const Wanted& wanted = {}) {
    const std::string person = who.person();
    const std::string appointment = who.appointment();
    Reserve said;
    said.appointment = AppointmentId{appointment};
    said.person = PersonId{person};
    said.programme = ProgrammeId{"flu"};
    said.site = SiteId{wanted.site};
    said.slot = SlotId{wanted.slot};
    said.product = ProductId{wanted.product};
    said.not_before = wanted.not_before;
    said.not_after = wanted.not_after;
    said.replaces = SlotId{wanted.replaces};
    said.hold = HoldId{wanted.hold};
    said.overrides = wanted.overrides;
    return ask(said);
  }
  const Said& release(Asker who, std::string_view slot = "am", std::string_view site = "s") {
    const std::string appointment = who.appointment();
    return ask(Release{AppointmentId{appointment}, SiteId{site}, SlotId{slot}});
  }
  /// `wanted.hold` is the hold that this one replaces.
  const Said& hold(Asker who, const Wanted& wanted = {}, std::uint32_t length_ms = 60'000) {
    const std::string person = who.person();
    const std::string id = who.hold();
    HoldRequested said;
    said.hold = HoldId{id};
    said.person = PersonId{person};
    said.programme = ProgrammeId{"flu"};
    said.site = SiteId{wanted.site};
    said.slot = SlotId{wanted.slot};
    said.product = ProductId{wanted.product};
    said.not_before = wanted.not_before;
    said.not_after = wanted.not_after;
    said.length_ms = length_ms;
    said.replaces = HoldId{wanted.hold};
    said.overrides = wanted.overrides;
    return ask(said);
  }
  const Said& confirm(Asker who) {
    const std::string person = who.person();
    const std::string id = who.hold();
    const std::string appointment = who.appointment();
    return ask(
        HoldConfirmed{HoldId{id}, AppointmentId{appointment}, PersonId{person}, SiteId{"s"}});
  }
  const Said& let_go(Asker who) {
    const std::string person = who.person();
    const std::string id = who.hold();
    return ask(HoldReleaseRequested{HoldId{id}, PersonId{person}, SiteId{"s"}});
  }
  const Said& missed(Asker who) {
    const std::string appointment = who.appointment();
    return ask(DoseReturned{AppointmentId{appointment}, SiteId{"s"}, ProductId{"a"}});
  }
  const Said& came_after_all(Asker who) {
    const std::string appointment = who.appointment();
    return ask(DoseTaken{AppointmentId{appointment}, SiteId{"s"}, ProductId{"a"}});
  }

  /// What a Reserve or HoldConfirmed, or a HoldRequested, came to; None: granted.
  static Code code_of(const Said& said) {
    const auto no = said.effects_of<ReservationRefused>();
    if (!no.empty()) return no.back().code;
    const auto no_hold = said.effects_of<HoldRefused>();
    if (!no_hold.empty()) return no_hold.back().code;
    EXPECT_EQ(said.effects.size(), 1U);
    EXPECT_TRUE(said.effects[0].is<ReservationGranted>() || said.effects[0].is<HoldGranted>());
    return Code::None;
  }
  std::uint64_t oversold() {
    return story.context().counted("oversold", "places") +
           story.context().counted("oversold", "doses");
  }
  /// {free, held, booked, over}
  using Four = std::array<std::uint64_t, 4>;
  static Four four(const Balance& balance) {
    return {balance.free(), balance.held, balance.booked, balance.over()};
  }
  Four places(std::string_view slot = "am", std::string_view site = "s") {
    return four(consumer().view().slot(SiteId{site}, SlotId{slot})->places);
  }
  Four doses(std::string_view product = "a", std::string_view site = "s") {
    for (const StockView& one : consumer().view().stock(SiteId{site})) {
      if (one.product.text == product) return four(one.doses);
    }
    return {};
  }
  static PartitionRef home(Asker who) { return {kBookingsTopic, who.home()}; }

 private:
  std::uint64_t keys_ = 0;
};

}  // namespace jari::inventory
