#include "tests/consumers/appointments/stand_in.h"

#include <algorithm>
#include <vector>

namespace jari::appointments {

void StandIn::hear(const support::Said& said) {
  for (const support::Sent& one : said.effects) {
    if (one.to.topic == kInventoryTopic) {
      asked_[one.to.partition].push_back(one);
    } else {
      const auto ended = one.as<SessionEnded>();
      const bool is_new =
          ended_sessions_
              .insert(std::string{ended.person.text} + "/" + std::to_string(ended.ticket))
              .second;
      EXPECT_TRUE(is_new) << "a session ends once";
    }
  }
}

bool StandIn::answer(std::size_t which) {
  std::vector<std::deque<support::Sent>*> lines;
  for (auto& [partition, line] : asked_) {
    if (!line.empty()) lines.push_back(&line);
  }
  if (lines.empty()) return false;
  auto& line = *lines[which % lines.size()];
  const support::Sent one = line.front();
  line.pop_front();
  if (one.is<Reserve>()) on(one.as<Reserve>());
  if (one.is<Release>()) on(one.as<Release>());
  if (one.is<HoldRequested>()) on(one.as<HoldRequested>());
  if (one.is<HoldConfirmed>()) on(one.as<HoldConfirmed>());
  if (one.is<HoldReleaseRequested>()) on(one.as<HoldReleaseRequested>());
  return true;
}

bool StandIn::is_full(const Place& place) const {
  std::size_t taken = 0;
  for (const auto& [id, at] : booked_) taken += at == place ? 1 : 0;
  for (const auto& [id, at] : held_) taken += at == place ? 1 : 0;
  return taken >= capacity_.at(place);
}

void StandIn::grant(const std::string& appointment, const std::string& person, const Place& place,
                    const std::string& product) {
  booked_[appointment] = place;
  person_of_[appointment] = person;
  // Far enough ahead that nothing starts while the story lasts.
  say(ReservationGranted{AppointmentId{appointment}, PersonId{person}, SiteId{place.first},
                         SlotId{place.second}, ProductId{product},
                         support::kStoryBegins + std::chrono::hours{24 * 300}, 900, Day{19'120},
                         "Asia/Seoul"});
}

void StandIn::on(const Reserve& asked) {
  const Place place{asked.site.text, asked.slot.text};
  const std::string appointment{asked.appointment.text};
  const std::string hold{asked.hold.text};
  if (const auto held = held_.find(hold); held != held_.end() && held->second == place) {
    held_.erase(held);
  }
  const auto before = booked_.find(appointment);
  const bool replaces =
      before != booked_.end() && before->second == Place{asked.site.text, asked.replaces.text};
  if (is_full(place)) {
    return say(ReservationRefused{asked.appointment, asked.person, Code::SlotFull, {}, {}});
  }
  if (replaces) booked_.erase(before);
  grant(appointment, std::string{asked.person.text}, place, std::string{asked.product.text});
}

void StandIn::on(const Release& asked) {
  const auto at = booked_.find(std::string{asked.appointment.text});
  if (at != booked_.end() && at->second == Place{asked.site.text, asked.slot.text}) {
    booked_.erase(at);
  }
}

void StandIn::on(const HoldRequested& asked) {
  const Place place{asked.site.text, asked.slot.text};
  if (is_full(place)) {
    return say(HoldRefused{asked.hold, asked.person, Code::SlotFull, {}, {}});
  }
  held_.erase(std::string{asked.replaces.text});
  const std::string hold{asked.hold.text};
  held_[hold] = place;
  person_of_[hold] = asked.person.text;
  product_of_[hold] = asked.product.text;
  say(HoldGranted{asked.hold, asked.person, asked.length_ms});
}

void StandIn::on(const HoldConfirmed& asked) {
  const auto held = held_.find(std::string{asked.hold.text});
  if (held == held_.end()) {
    return say(ReservationRefused{asked.appointment, asked.person, Code::HoldExpired, {}, {}});
  }
  const Place place = held->second;
  held_.erase(held);
  grant(std::string{asked.appointment.text}, std::string{asked.person.text}, place,
        product_of_[std::string{asked.hold.text}]);
}

void StandIn::on(const HoldReleaseRequested& asked) {
  held_.erase(std::string{asked.hold.text});
}

void StandIn::withdraw(const Place& place) {
  std::vector<std::string> lost;
  for (const auto& [id, at] : booked_) {
    if (at == place) lost.push_back(id);
  }
  for (const std::string& id : lost) {
    booked_.erase(id);
    say(AppointmentWithdrawn{AppointmentId{id}, PersonId{person_of_[id]}, SiteId{place.first},
                             SlotId{place.second}});
  }
  lost.clear();
  for (const auto& [id, at] : held_) {
    if (at == place) lost.push_back(id);
  }
  for (const std::string& id : lost) {
    held_.erase(id);
    say(HoldEnded{HoldId{id}, PersonId{person_of_[id]}, HoldEnd::Withdrawn});
  }
}

void StandIn::expire_one() {
  if (held_.empty()) return;
  const std::string id = held_.begin()->first;
  held_.erase(id);
  say(HoldEnded{HoldId{id}, PersonId{person_of_[id]}, HoldEnd::Expired});
}

}  // namespace jari::appointments
