// People and operators ask at random, one after the other, and every answer is the contract's:
// predicted by rules on plain maps (contract.h), with every refusal, date, deadline and version.

#include <functional>
#include <random>

#include <gmock/gmock.h>

#include "tests/consumers/together/words.h"

namespace jari::together {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr int kSteps = 3'000;

class Exact : public testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    random_.seed(seed_or(GetParam()));
    rules_.now = support::kStoryBegins.ms;
    configure();
    for (const std::string site : {"s1", "s2"}) {
      const std::string key = "site-" + site;
      Words{town_, support::an_operator("ann", key)}.publish(site);
    }
    for (int i = 0; i < 20; ++i) publish();
  }

  // The programme `flu` admits by a queue and allows two at a time; `walk` does neither.
  void configure() {
    const std::int64_t day_ms = kDayMs;
    const std::int64_t begin = rules_.now;
    Programme flu;
    flu.queue = "main";
    flu.windows = {
        {"old", {{begin - day_ms, begin + 1000 * day_ms}}},
        {"later",
         {{begin + 10 * day_ms, begin + 20 * day_ms}, {begin + day_ms, begin + 3 * day_ms}}}};
    flu.products = {{"a", {2, 1, 20, {}}}, {"b", {1, 0, -1, {}}}, {"c", {2, 3, -1, {"a"}}}};
    flu.most = 2;
    flu.hold_ms = 300'000;
    flu.rebook_ms = 7'200'000;
    Programme walk = flu;
    walk.queue.clear();
    walk.products = {{"a", {2, 0, -1, {}}}};
    walk.most = 1;
    walk.hold_ms = 60'000;
    rules_.programmes = {{"flu", flu}, {"walk", walk}};
    for (const auto& [name, programme] : rules_.programmes)
      together::configure(town_, name, programme);
  }

  // Chance.
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool one_in(std::uint64_t many) { return below(many) == 0; }
  std::string anybody() { return "p" + std::to_string(below(6)); }
  std::string any_programme() { return one_in(30) ? "none" : one_in(3) ? "walk" : "flu"; }
  std::string any_product() { return one_in(30) ? "x" : std::string(1, "aaabc"[below(5)]); }
  std::string any_site() { return one_in(40) ? "nowhere" : one_in(2) ? "s1" : "s2"; }
  std::string any_slot() { return one_in(40) ? "no-slot" : "slot" + std::to_string(below(4)); }
  Ask any_ask() {
    Ask ask{anybody(), any_programme(), any_site(), any_slot(), any_product()};
    ask.is_operators = one_in(6);
    if (ask.is_operators && one_in(2)) ask.overrides = static_cast<std::uint32_t>(below(16));
    return ask;
  }
  template <class Map>
  Id any_of(const Map& all) {
    if (all.empty() || one_in(40)) return make_id(0, 999'999).number;
    // Mostly one of the latest, which something can still become of.
    const std::size_t latest = one_in(4) ? all.size() : std::min<std::size_t>(all.size(), 12);
    return std::prev(all.end(), static_cast<std::ptrdiff_t>(1 + below(latest)))->first;
  }
  template <class Map>
  std::string owner_of(const Map& all, Id id) {
    const auto at = all.find(id);
    return at == all.end() || one_in(12) ? anybody() : at->second.person;
  }

  /// Asks, lets everything come to rest, and compares the answer with what `judge` says.
  template <class Send, class Judge>
  void step(const std::string& person, Send send, Judge judge) {
    const std::string by = person.empty() ? "ann" : person;
    const std::string key = "k" + std::to_string(++keys_);
    const auto ask = [this, person, by, key, send] {
      send(Words{town_,
                 person.empty() ? support::an_operator(by, key) : support::a_person(by, key)});
    };
    ask();
    const Id made = town_.made().number;
    const Answer expected = judge(made);
    town_.settle();
    const auto told = town_.told(by, key);
    ASSERT_TRUE(told.has_value()) << key << " was never answered";
    const Outcome outcome = outcome_of(*told);
    compare(outcome, expected);
    if (expected.code == Code::None || is_remembered(expected.code)) {
      asked_.push_back({ask, by, key, *told, rules_.steady()});
    }
  }
  static Outcome outcome_of(const std::string& told) {
    return std::get<Outcome>(decode(kTypeOf<Outcome>, bytes_of(told)));
  }
  /// A refusal's ids are not kept with its key: the same content asks about the same.
  static Outcome kept_of(const std::string& told) {
    Outcome outcome = outcome_of(told);
    if (outcome.decision == Decision::Refused) {
      outcome.programme = {};
      outcome.site = {};
      outcome.slot = {};
      outcome.product = {};
    }
    return outcome;
  }
  void compare(const Outcome& outcome, const Answer& expected) {
    ASSERT_EQ(to_text(outcome.code), to_text(expected.code));
    seen_.insert(outcome.code);
    EXPECT_EQ(outcome.field, expected.field);
    EXPECT_EQ(outcome.not_before.count, expected.not_before);
    EXPECT_EQ(outcome.not_after.count, expected.not_after);
    EXPECT_EQ(outcome.opens_at.ms, expected.opens_at);
    EXPECT_EQ(outcome.used_rebook_right, expected.used_right);
    if (expected.until != 0) {
      EXPECT_EQ(outcome.until.ms, expected.until + rules_.outages);
    }
    if (outcome.appointment) compare(*outcome.appointment);
  }
  void compare(const Appointment& shown) {
    const Id id = parse_appointment(shown.appointment.text)->number;
    const auto at = rules_.appointments.find(id);
    ASSERT_NE(at, rules_.appointments.end()) << shown.appointment.text;
    const Booked& one = at->second;
    EXPECT_EQ(shown.person.text, one.person);
    EXPECT_EQ(shown.programme.text, one.programme);
    EXPECT_EQ(shown.site.text, one.site);
    EXPECT_EQ(shown.slot.text, one.slot);
    EXPECT_EQ(shown.product.text, one.product);
    EXPECT_EQ(int{shown.dose}, one.dose);
    EXPECT_EQ(shown.starts_at.ms, one.starts_at);
    EXPECT_EQ(shown.starts_on.count, one.day);
    EXPECT_EQ(to_text(shown.state), to_text(one.state));
    EXPECT_EQ(to_text(shown.cancelled_by), to_text(one.by));
    EXPECT_EQ(shown.version, one.version);
  }

  // What people do.
  void book() {
    const Ask ask = any_ask();
    step(
        ask.is_operators ? "" : ask.person, [ask](const Words& say) { say.book(ask); },
        [&](Id made) { return rules_.book(ask, made); });
  }
  void hold() {
    Ask ask = any_ask();
    ask.is_operators = false;
    ask.overrides = 0;
    step(
        ask.person, [ask](const Words& say) { say.hold(ask); },
        [&](Id made) { return rules_.hold(ask, made); });
  }
  void confirm() {
    const Id hold = any_of(rules_.holds);
    const std::string person = owner_of(rules_.holds, hold);
    step(
        person, [hold, person](const Words& say) { say.confirm(person, hold); },
        [&](Id made) { return rules_.confirm(person, hold, made); });
  }
  void release() {
    const Id hold = any_of(rules_.holds);
    const std::string person = owner_of(rules_.holds, hold);
    step(
        person, [hold, person](const Words& say) { say.release(person, hold); },
        [&](Id) { return rules_.release(person, hold); });
  }
  void cancel() {
    const Id id = any_of(rules_.appointments);
    const std::string person = one_in(4) ? "" : owner_of(rules_.appointments, id);
    step(
        person, [id, person](const Words& say) { say.cancel(person, id); },
        [&](Id) { return rules_.cancel(person, id); });
  }
  void move() {
    const Id id = any_of(rules_.appointments);
    Ask ask = any_ask();
    ask.person = ask.is_operators ? "" : owner_of(rules_.appointments, id);
    if (!one_in(3)) ask.product.clear();
    step(
        ask.person, [id, ask](const Words& say) { say.move(ask, id); },
        [&](Id) { return rules_.move(ask, id); });
  }

  // What operators do.
  void attend() {
    const Id id = any_of(rules_.appointments);
    const bool attended = !one_in(3);
    step(
        "", [id, attended](const Words& say) { say.attend(id, attended); },
        [&](Id) { return rules_.attend(id, attended); });
  }
  void grant() {
    const Contract::Whose whose{anybody(), one_in(2) ? "walk" : "flu"};
    Standing standing;
    standing.cohort = one_in(4) ? "later" : "old";
    standing.done = one_in(3) ? 1 : 0;
    if (one_in(2)) standing.last_day = day_of(rules_.now) - static_cast<int>(below(15));
    if (one_in(2)) standing.last_product = std::string(1, "abc"[below(3)]);
    step(
        "", [whose, standing](const Words& say) { say.grant(whose, standing); },
        [&](Id) {
          rules_.grant(whose, standing);
          return Answer{};
        });
  }
  void revoke() {
    const Contract::Whose whose{anybody(), "flu"};
    step(
        "", [whose](const Words& say) { say.revoke(whose); },
        [&](Id) {
          const auto at = rules_.standings.find(whose);
          if (at != rules_.standings.end()) at->second.cohort.clear();
          return Answer{};
        });
  }
  void publish() {
    const Contract::Whose where{one_in(2) ? "s1" : "s2", "slot" + std::to_string(below(4))};
    Slot slot;
    if (const auto known = rules_.slots.find(where); known != rules_.slots.end()) {
      slot = known->second;
    }
    if (slot.starts_at == 0 || slot.starts_at < rules_.now || one_in(3)) {
      slot.starts_at = rules_.now + 60'000 * static_cast<std::int64_t>(1 + below(60 * 24 * 12));
      slot.day = day_of(slot.starts_at);
    }
    slot.capacity = static_cast<std::int64_t>(below(5));
    slot.is_withdrawn = false;
    step(
        "", [where, slot](const Words& say) { say.publish(where, slot); },
        [&](Id) { return rules_.publish(where, slot); });
  }
  void withdraw() {
    const Contract::Whose where{one_in(2) ? "s1" : "s2", any_slot()};
    const bool cancels = one_in(2);
    step(
        "", [where, cancels](const Words& say) { say.withdraw(where, cancels); },
        [&](Id) { return rules_.withdraw(where, cancels); });
  }
  void change_stock() {
    const Contract::Whose product{one_in(2) ? "s1" : "s2", std::string(1, "abc"[below(3)])};
    const std::int64_t doses = static_cast<std::int64_t>(below(9)) - 3;
    const bool is_lost = one_in(3);
    step(
        "",
        [product, doses, is_lost](const Words& say) { say.change_stock(product, doses, is_lost); },
        [&](Id) { return rules_.change_stock(product, doses, is_lost); });
  }

  // What the queue and time do.
  void admit() {
    const std::string person = anybody();
    const auto length = static_cast<std::uint32_t>(30 + below(1200));
    ++tickets_;
    together::admit(town_, person, tickets_, length);
    rules_.admit({person, "main"}, tickets_, std::int64_t{length} * 1000);
  }
  void give_back() {
    const std::string person = anybody();
    const auto session = rules_.sessions.find({person, "main"});
    if (session == rules_.sessions.end()) return;
    const std::uint64_t ticket = session->second.ticket - below(2);
    town_.tell(person, AdmissionEnded{PersonId{person}, QueueId{"main"}, ticket});
    town_.settle();
    rules_.give_back({person, "main"}, ticket);
  }
  void pass() {
    milliseconds gap{below(60'000)};
    if (one_in(8)) gap = minutes{below(120)};
    if (one_in(40)) gap = hours{below(60)};
    if (one_in(10)) {
      town_.outage(gap);
      rules_.now += gap.count();
      rules_.outages += gap.count();
      return;
    }
    // No tick is far from the one before: else it is an outage.
    while (gap > milliseconds{0}) {
      const milliseconds part = std::min<milliseconds>(gap, hours{6});
      gap -= part;
      town_.pass(part);
      town_.settle();
      rules_.now += part.count();
      rules_.pass();
    }
  }
  /// A key that was decided in the last 24 hours gets what it was told.
  void repeat() {
    if (asked_.empty()) return;
    const Repeat& one =
        asked_[asked_.size() - 1 - below(std::min<std::size_t>(asked_.size(), 100))];
    if (one.at + kDayMs <= rules_.steady()) return;
    one.ask();
    town_.settle();
    EXPECT_EQ(hash_of_record(kept_of(*town_.told(one.by, one.key))),
              hash_of_record(kept_of(one.told)))
        << one.key;
  }

  void happen() {
    using Act = void (Exact::*)();
    static const std::vector<std::pair<std::uint64_t, Act>> kActs{
        {20, &Exact::book},   {12, &Exact::hold},     {8, &Exact::confirm},
        {3, &Exact::release}, {9, &Exact::cancel},    {14, &Exact::move},
        {6, &Exact::attend},  {4, &Exact::grant},     {1, &Exact::revoke},
        {8, &Exact::publish}, {2, &Exact::withdraw},  {5, &Exact::change_stock},
        {9, &Exact::admit},   {2, &Exact::give_back}, {9, &Exact::pass},
        {4, &Exact::repeat}};
    std::uint64_t all = 0;
    for (const auto& [weight, act] : kActs) all += weight;
    std::uint64_t at = below(all);
    for (const auto& [weight, act] : kActs) {
      if (at < weight) return (this->*act)();
      at -= weight;
    }
  }
  void compare_people();
  void compare_sites();

  struct Repeat {
    std::function<void()> ask;
    std::string by;
    std::string key;
    std::string told;
    std::int64_t at = 0;
  };
  Town town_;
  Contract rules_;
  std::mt19937_64 random_;
  std::vector<Repeat> asked_;
  std::set<Code> seen_;
  std::uint64_t keys_ = 0;
  std::uint64_t tickets_ = 0;
};

void Exact::compare_people() {
  std::size_t shown = 0;
  std::size_t held = 0;
  for (int i = 0; i < 6; ++i) {
    const std::string person = "p" + std::to_string(i);
    const auto view = town_.people(person);
    view.appointments_of(PersonId{person}, [&](const Appointment& one) {
      compare(one);
      ++shown;
      const std::string& document = town_.documents().at(std::string{one.appointment.text});
      EXPECT_NE(document.find("\"version\":" + std::to_string(one.version)), std::string::npos);
      return true;
    });
    const bool is_inside =
        view.session(PersonId{person}, QueueId{"main"}, town_.time()).has_value();
    EXPECT_EQ(is_inside, rules_.is_inside({person, "main"})) << person;
    for (const auto& one : view.eligibility_of(PersonId{person}, town_.time())) {
      const Standing& standing = rules_.standings[{person, std::string{one.programme.text}}];
      EXPECT_EQ(one.cohort.text, standing.cohort);
      EXPECT_EQ(int{one.doses_done}, rules_.doses_done(standing)) << person;
    }
    held += view.holds_of(PersonId{person}, town_.time()).size();
  }
  EXPECT_EQ(shown, rules_.appointments.size());
  EXPECT_EQ(static_cast<std::ptrdiff_t>(held),
            std::count_if(rules_.holds.begin(), rules_.holds.end(),
                          [](const auto& one) { return !one.second.over; }));
  EXPECT_EQ(town_.counts().pending + town_.counts().waiting, 0U);
}

void Exact::compare_sites() {
  for (const auto& [where, slot] : rules_.slots) {
    const auto shown = town_.site(where.first).slot(SiteId{where.first}, SlotId{where.second});
    ASSERT_TRUE(shown.has_value());
    EXPECT_EQ(static_cast<std::int64_t>(shown->places.taken()), rules_.taken_places(where));
    EXPECT_EQ(static_cast<std::int64_t>(shown->places.total), slot.capacity);
    EXPECT_EQ(shown->is_withdrawn, slot.is_withdrawn);
    EXPECT_EQ(shown->starts_at.ms, slot.starts_at);
  }
  for (const std::string site : {"s1", "s2"}) {
    for (const auto& one : town_.site(site).stock(SiteId{site})) {
      const Contract::Whose product{site, std::string{one.product.text}};
      EXPECT_EQ(static_cast<std::int64_t>(one.doses.taken()), rules_.taken_doses(product));
      EXPECT_EQ(static_cast<std::int64_t>(one.doses.total), rules_.stock[product]);
    }
  }
  EXPECT_TRUE(town_.balances());
  EXPECT_EQ(town_.counted("oversold", "places") + town_.counted("oversold", "doses"), 0U);
}

TEST_P(Exact, EveryAnswerIsTheContracts) {
  for (int i = 0; i < kSteps; ++i) {
    happen();
    if (one_in(100)) town_.restart(below(4));
    compare_people();
    compare_sites();
    ASSERT_FALSE(HasFailure()) << "step " << i;
  }
  town_.pass(seconds{1});
  rules_.now += 1000;
  EXPECT_EQ(town_.counts().rights, rules_.live_rights());
  EXPECT_GE(seen_.size(), 20U) << "of the 22 answers that there are";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Exact, testing::Values(1, 2, 3, 20210712));

}  // namespace
}  // namespace jari::together
