// One person's story told twice, to sites that answer at once and to sites that answer late: no
// answer may depend on it.

#include <algorithm>
#include <random>

#include <gmock/gmock.h>

#include "tests/consumers/together/words.h"

namespace jari::together {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;

/// One person's story; what it says of its own appointments and holds it says by their place in it.
class Pace : public testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr int kSteps = 600;
  /// Who hears it, and what they made of it so far.
  struct Telling {
    Town town;
    std::vector<Id> appointments;
    std::vector<Id> holds;
  };

  static void open(Telling& telling) {
    Town& town = telling.town;
    configure(town, "walk", two_programmes().at("walk"));
    const Asked by = support::an_operator("ann", "");
    const Words say{town, by};
    for (const std::string site : {"s1", "s2", "s3"}) {
      say.publish(site);
      say.change_stock({site, "a"}, 1, false);
      say.change_stock({site, "b"}, 1, false);
      const std::int64_t starts_at = support::kStoryBegins.ms + 24 * kHourMs;
      for (const char* slot : {"slot0", "slot1"}) {
        say.publish({site, slot}, {starts_at, day_of(starts_at), 1, false});
      }
    }
    say.grant({"alice", "walk"}, {"old"});
    town.settle();
  }
  /// What is asked for: the appointment and the hold by their place among what was made.
  struct Step {
    std::uint64_t what = 0;
    std::size_t appointment = 0;
    std::size_t hold = 0;
    Ask ask;
  };
  static void tell(Telling& to, const std::string& key, const Step& step) {
    const auto at = [](const std::vector<Id>& made, std::size_t place) {
      return place < made.size() ? made[place] : Id{1};
    };
    const Id appointment = at(to.appointments, step.appointment);
    const Id hold = at(to.holds, step.hold);
    const bool is_operators = step.what == 6;
    const Asked by =
        is_operators ? support::an_operator("alice", key) : support::a_person("alice", key);
    const Words say{to.town, by};
    if (step.what == 0) say.book(step.ask);
    if (step.what == 1) say.hold(step.ask);
    if (step.what == 2) say.confirm("alice", hold);
    if (step.what == 3) say.release("alice", hold);
    if (step.what == 4) say.cancel("alice", appointment);
    if (step.what == 5) say.move(step.ask, appointment);
    if (step.what == 6) say.cancel("", appointment);
    if (step.what == 0 || step.what == 2) to.appointments.push_back(to.town.made().number);
    if (step.what == 1) to.holds.push_back(to.town.made().number);
  }
  /// Mostly something that still stands where sites answer at once.
  template <class Stands>
  static std::size_t pick(const std::vector<Id>& made, std::uint64_t chance, Stands stands) {
    std::vector<std::size_t> standing;
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (stands(made[i])) standing.push_back(i);
    }
    if (!standing.empty() && chance % 5 != 0) return standing[chance / 5 % standing.size()];
    return made.size() - 1 - chance / 5 % std::min<std::size_t>(made.size() + 1, 6);
  }
  static bool is_booked(const Telling& telling, Id id) {
    const auto at = telling.town.documents().find(appointment_text(MadeId{id}));
    return at != telling.town.documents().end() &&
           at->second.find("\"state\":\"booked\"") != std::string::npos;
  }
  static bool is_held(const Telling& telling, Id id) {
    const auto held = telling.town.people("alice").holds_of(PersonId{"alice"}, telling.town.time());
    return std::any_of(held.begin(), held.end(),
                       [&](const auto& one) { return one.hold == hold_text(MadeId{id}); });
  }
  /// An outcome as the person may tell it: without ids, which are made of offsets.
  static std::string heard(const Town& town, const std::string& key) {
    const auto told = town.told("alice", key);
    if (!told) return "nothing";
    const auto outcome = std::get<Outcome>(decode(kTypeOf<Outcome>, bytes_of(*told)));
    std::string out{to_text(outcome.code)};
    out.append(" ").append(outcome.field).append(" ").append(outcome.slot.text);
    if (outcome.used_rebook_right) out.append(" by right");
    if (!outcome.appointment) return out;
    const Appointment& one = *outcome.appointment;
    out.append(" ").append(one.site.text).append("/").append(one.slot.text);
    out.append(" ").append(one.product.text).append(" ").append(to_text(one.state));
    out.append(" dose ").append(std::to_string(one.dose));
    return out.append(" version ").append(std::to_string(one.version));
  }
};

TEST_P(Pace, NoAnswerDependsOnHowFastSitesAre) {
  std::mt19937_64 random{seed_or(GetParam())};
  const auto below = [&](std::uint64_t end) { return random() % end; };
  Telling at_once;
  Telling late;
  open(at_once);
  open(late);
  for (int step = 0; step < kSteps; ++step) {
    const std::string key = "k" + std::to_string(step);
    Step told;
    told.what = below(7);
    told.appointment =
        pick(at_once.appointments, below(1000), [&](Id id) { return is_booked(at_once, id); });
    told.hold = pick(at_once.holds, below(1000), [&](Id id) { return is_held(at_once, id); });
    told.ask = {"alice", "walk", "s" + std::to_string(1 + below(3)),
                "slot" + std::to_string(below(2)), std::string(1, "ab"[below(2)])};
    tell(at_once, key, told);
    at_once.town.settle();
    tell(late, key, told);
    while ((below(3) == 0 || late.town.counts().waiting > 20) && late.town.deliver(below(8))) {
    }
  }
  late.town.settle();
  std::set<std::string> kinds;
  for (int step = 0; step < kSteps; ++step) {
    const std::string key = "k" + std::to_string(step);
    const std::string one = heard(at_once.town, key);
    ASSERT_EQ(heard(late.town, key), one) << key;
    kinds.insert(one);
  }
  EXPECT_GT(kinds.size(), 20U) << "the story must have had something in it";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Pace, testing::Values(1, 2, 3, 4, 5, 6, 7, 8));

}  // namespace
}  // namespace jari::together
