// Bookings, holds, moves, cuts, losses and withdrawals at random, against a model that counts the
// slow way. Every seed is in the name of its test.

#include <random>

#include "tests/consumers/inventory/site_story.h"

namespace jari::inventory {
namespace {

using namespace std::chrono_literals;

/// What one appointment or hold has.
struct Has {
  std::string slot;
  std::string product;
  bool has_dose = true;
};
struct Held {
  std::string slot;
  std::string product;
  Instant until;
};

/// The site as plain maps; every question is answered by counting.
struct Model {
  struct Slot {
    std::int64_t capacity = 0;
    bool is_withdrawn = false;
  };
  std::map<std::string, Slot> slots;
  std::map<std::string, std::int64_t> stock;
  std::map<Offset, Has> booked;
  std::map<Offset, Held> held;

  std::int64_t taken_places(const std::string& slot) const {
    std::int64_t count = 0;
    for (const auto& [who, has] : booked) count += has.slot == slot ? 1 : 0;
    for (const auto& [who, has] : held) count += has.slot == slot ? 1 : 0;
    return count;
  }
  std::int64_t taken_doses(const std::string& product) const {
    std::int64_t count = 0;
    for (const auto& [who, has] : booked) count += has.product == product && has.has_dose ? 1 : 0;
    for (const auto& [who, has] : held) count += has.product == product ? 1 : 0;
    return count;
  }
  Code judge(const std::string& slot, const std::string& product, bool has_place,
             bool has_dose) const {
    const auto there = slots.find(slot);
    if (there == slots.end()) return Code::UnknownSlot;
    if (there->second.is_withdrawn) return Code::SlotWithdrawn;
    if (!has_place && taken_places(slot) >= there->second.capacity) return Code::SlotFull;
    if (has_dose) return Code::None;
    const auto doses = stock.find(product);
    const bool is_out = doses == stock.end() || taken_doses(product) >= doses->second;
    return is_out ? Code::OutOfStock : Code::None;
  }
};

struct Storm : SiteStory, testing::WithParamInterface<std::uint64_t> {
  std::mt19937_64 random{GetParam()};
  Model model;
  Offset last = 0;

  std::uint64_t draw(std::uint64_t below) { return random() % below; }
  std::string any_slot() { return "slot" + std::to_string(draw(5)); }
  std::string any_product() { return draw(2) == 0 ? "a" : "b"; }
  Offset any_one() { return 1 + draw(last + 1); }

  void book() {
    const Asker who{++last};
    const std::string slot = any_slot();
    const std::string product = any_product();
    const Code code = model.judge(slot, product, false, false);
    EXPECT_EQ(code_of(reserve(who, {.slot = slot, .product = product})), code);
    if (code == Code::None) model.booked[who.number] = {slot, product};
  }
  void move() {
    const Asker who{any_one()};
    const auto before = model.booked.find(who.number);
    if (before == model.booked.end()) return;
    const Has old = before->second;
    const std::string slot = any_slot();
    const std::string product = draw(3) == 0 ? any_product() : old.product;
    const Code code =
        model.judge(slot, product, old.slot == slot, old.has_dose && old.product == product);
    const Wanted wanted{.slot = slot, .product = product, .replaces = old.slot};
    EXPECT_EQ(code_of(reserve(who, wanted)), code);
    if (code == Code::None) before->second = {slot, product};
  }
  void cancel() {
    const Asker who{any_one()};
    const auto has = model.booked.find(who.number);
    release(who, has == model.booked.end() ? any_slot() : has->second.slot);
    if (has != model.booked.end()) model.booked.erase(has);
  }
  void hold_one() {
    const Asker who{++last};
    const std::string slot = any_slot();
    const std::string product = any_product();
    const Code code = model.judge(slot, product, false, false);
    const auto length_ms = static_cast<std::uint32_t>(1 + draw(20'000));
    EXPECT_EQ(code_of(hold(who, {.slot = slot, .product = product}, length_ms)), code);
    if (code == Code::None)
      model.held[who.number] = {slot, product, now() + milliseconds{length_ms}};
  }
  void confirm_one() {
    const Asker who{any_one()};
    const auto has = model.held.find(who.number);
    if (has == model.held.end()) return;
    EXPECT_EQ(code_of(confirm(who)), Code::None);
    model.booked[who.number] = {has->second.slot, has->second.product};
    model.held.erase(has);
  }
  void let_one_go() {
    const Asker who{any_one()};
    let_go(who);
    model.held.erase(who.number);
  }
  void attend() {
    const Asker who{any_one()};
    const auto has = model.booked.find(who.number);
    const bool came = draw(2) == 0;
    came ? came_after_all(who) : missed(who);
    if (has != model.booked.end()) has->second.has_dose = came;
  }
  void publish() {
    const std::string name = any_slot();
    const auto capacity = static_cast<std::uint32_t>(draw(12));
    EXPECT_EQ(slot({.slot = name, .capacity = capacity, .hours = 2400}).outcome().code, Code::None);
    model.slots[name] = {capacity, false};
  }
  void withdraw_one() {
    const std::string name = any_slot();
    const bool cancels = draw(2) == 0;
    const bool is_known = model.slots.contains(name);
    EXPECT_EQ(withdraw(name, cancels).outcome().code, is_known ? Code::None : Code::UnknownSlot);
    if (!is_known) return;
    model.slots[name].is_withdrawn = true;
    std::erase_if(model.held, [&](const auto& one) { return one.second.slot == name; });
    if (!cancels) return;
    std::erase_if(model.booked, [&](const auto& one) { return one.second.slot == name; });
  }
  void change_stock() {
    const std::string product = any_product();
    const std::int64_t doses = static_cast<std::int64_t>(draw(21)) - 10;
    const bool lost = draw(3) == 0;
    const std::int64_t after = model.stock[product] + doses;
    const bool is_below = doses < 0 && after < model.taken_doses(product) && !lost;
    const Code code = is_below ? Code::BelowBooked : after < 0 ? Code::InvalidRequest : Code::None;
    EXPECT_EQ(stock(doses, product, lost).outcome().code, code);
    if (code == Code::None) model.stock[product] = after;
  }
  void wait() {
    const milliseconds gap{draw(3'000)};
    if (draw(8) == 0) {
      story.outage(gap);  // holds end later by it
      for (auto& [who, held] : model.held) held.until = held.until + gap;
      return;
    }
    story.pass(gap);
    std::erase_if(model.held, [&](const auto& one) { return one.second.until <= now(); });
  }
  void fill_windows() {
    for (PartitionNo to = 0; to < 4; ++to) {
      story.room({kBookingsTopic, to}, draw(2) == 0 ? 0 : 1'000'000);
    }
  }

  void step() {
    const std::uint64_t what = draw(100);
    if (what < 30) return book();
    if (what < 45) return move();
    if (what < 57) return cancel();
    if (what < 68) return hold_one();
    if (what < 74) return confirm_one();
    if (what < 77) return let_one_go();
    if (what < 81) return attend();
    if (what < 86) return publish();
    if (what < 88) return withdraw_one();
    if (what < 93) return change_stock();
    if (what < 98) return wait();
    fill_windows();
  }
  void compare() {
    for (const auto& [name, slot] : model.slots) {
      const auto shown = consumer().view().slot(SiteId{"s"}, SlotId{name});
      ASSERT_TRUE(shown);
      ASSERT_EQ(static_cast<std::int64_t>(shown->places.taken()), model.taken_places(name));
      ASSERT_EQ(static_cast<std::int64_t>(shown->places.total), slot.capacity);
      ASSERT_EQ(shown->is_withdrawn, slot.is_withdrawn);
    }
    for (const StockView& one : consumer().view().stock(SiteId{"s"})) {
      const std::string product{one.product.text};
      ASSERT_EQ(static_cast<std::int64_t>(one.doses.taken()), model.taken_doses(product));
      ASSERT_EQ(static_cast<std::int64_t>(one.doses.total), model.stock[product]);
    }
  }
};

TEST_P(Storm, AgreesWithAModelThatCountsTheSlowWay) {
  site();
  for (int i = 0; i < 2'500; ++i) {
    step();
    ASSERT_FALSE(HasFailure()) << "seed " << GetParam() << ", step " << i;
    compare();
    ASSERT_FALSE(HasFailure()) << "seed " << GetParam() << ", step " << i;
  }
  EXPECT_EQ(oversold(), 0U);
}

/// A disk that has lost whom the places belong to.
class LostReservations final : public RowSink {
 public:
  void put(std::uint8_t table, std::string_view key, std::string_view row) override {
    if (table != kReservationTable) kept.put(table, key, row);
  }
  void erase(std::uint8_t table, std::string_view key) override { kept.erase(table, key); }
  support::StoredRows kept;
};

/// Not proved at the end: its rows go to the disk above.
struct Conservation : SiteStory {
  void TearDown() override {}
};

TEST_F(Conservation, IsABrokenInvariantWhereCountsAndPeopleDisagree) {
  site();
  stock(10);
  slot({});
  reserve({1});
  LostReservations disk;
  story.store().drain(disk);
  Store store;
  Inventory other{store};
  disk.kept.load_into(store);
  EXPECT_DEATH(other.rebuild(), "broken invariant");
}

INSTANTIATE_TEST_SUITE_P(Seeds, Storm, testing::Values(1, 2, 3, 4, 5, 6),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace jari::inventory
