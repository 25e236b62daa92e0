#include "engine/store/table.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace jari {
namespace {

struct BoxKey {
  Name place;
  std::uint32_t number = 0;
  bool operator==(const BoxKey&) const = default;
  JARI_FIELDS(BoxKey, place, number)
};
struct BoxRow {
  Name owner;
  std::uint64_t weight = 0;
  std::vector<Name> labels;
  std::string remark;
  JARI_FIELDS(BoxRow, owner, weight, labels, remark)
};

/// The rows as a disk has them.
class Rows final : public RowSink {
 public:
  void put(std::uint8_t table, std::string_view key, std::string_view row) override {
    rows_[{table, std::string{key}}] = row;
    ++puts;
  }
  void erase(std::uint8_t table, std::string_view key) override {
    rows_.erase({table, std::string{key}});
    ++erases;
  }
  void load_into(Store& store) const {
    for (const auto& [key, row] : rows_) {
      ASSERT_TRUE(store.load(key.first, key.second, row).has_value());
    }
  }
  int puts = 0;
  int erases = 0;

 private:
  std::map<std::pair<std::uint8_t, std::string>, std::string> rows_;
};

struct Boxes {
  Store store;
  Table<BoxKey, BoxRow> table{store, 7};
  Table<BoxKey, BoxRow> other{store, 8};

  BoxKey key(std::string_view place, std::uint32_t number) {
    return {store.names().intern(place), number};
  }
  BoxRow row(std::string_view owner, std::uint64_t weight) {
    return {store.names().intern(owner), weight, {store.names().intern("fragile")}, "top"};
  }
};

TEST(Table, KeepsRowsByTheirKeys) {
  Boxes boxes;
  boxes.table.put(boxes.key("attic", 1), boxes.row("ann", 5));
  EXPECT_TRUE(boxes.table.contains(boxes.key("attic", 1)));
  EXPECT_FALSE(boxes.table.contains(boxes.key("attic", 2)));
  EXPECT_FALSE(boxes.other.contains(boxes.key("attic", 1)));
  boxes.table.change(boxes.key("attic", 1), [](BoxRow& row) { row.weight = 6; });
  EXPECT_EQ(boxes.table.find(boxes.key("attic", 1))->weight, 6U);
  boxes.table.put(boxes.key("attic", 1), boxes.row("ben", 7));
  EXPECT_EQ(boxes.table.find(boxes.key("attic", 1))->weight, 7U);
  EXPECT_EQ(boxes.store.rows(), 1U);
  boxes.table.erase(boxes.key("attic", 1));
  EXPECT_EQ(boxes.table.find(boxes.key("attic", 1)), nullptr);
}

TEST(Table, HasADigestThatDependsOnRowsAloneNotOnHowTheyCame) {
  Boxes one;
  EXPECT_EQ(one.store.digest(), Hash128{});
  one.table.put(one.key("attic", 1), one.row("ann", 5));
  one.table.put(one.key("cellar", 2), one.row("ben", 6));
  Boxes two;
  two.store.names().intern("names come in another order here");
  two.table.put(two.key("cellar", 2), two.row("eve", 1));
  two.table.put(two.key("attic", 1), two.row("ann", 4));
  two.table.put(two.key("garden", 3), two.row("ann", 4));
  two.table.erase(two.key("garden", 3));
  two.table.change(two.key("attic", 1), [](BoxRow& row) { ++row.weight; });
  EXPECT_NE(one.store.digest(), two.store.digest());
  two.table.put(two.key("cellar", 2), two.row("ben", 6));
  EXPECT_EQ(one.store.digest(), two.store.digest());
  EXPECT_EQ(one.store.digest(), one.store.digest_anew());
}

TEST(Table, HasAnotherDigestInAnotherTable) {
  Boxes one;
  one.table.put(one.key("attic", 1), one.row("ann", 5));
  Boxes two;
  two.other.put(two.key("attic", 1), two.row("ann", 5));
  EXPECT_NE(one.store.digest(), two.store.digest());
}

TEST(Table, DrainsEachChangedRowOnceAsItIsNow) {
  Boxes boxes;
  Rows rows;
  boxes.table.put(boxes.key("attic", 1), boxes.row("ann", 5));
  boxes.table.change(boxes.key("attic", 1), [](BoxRow& row) { row.weight = 6; });
  boxes.table.put(boxes.key("attic", 2), boxes.row("ben", 5));
  boxes.table.erase(boxes.key("attic", 2));
  boxes.store.drain(rows);
  EXPECT_EQ(rows.puts, 1);
  EXPECT_EQ(rows.erases, 0) << "no disk has heard of what came and went since the last drain";
  boxes.store.drain(rows);
  EXPECT_EQ(rows.puts, 1);
}

TEST(Table, HasTheSameDigestHoweverOftenItIsAskedForMeanwhile) {
  Boxes boxes;
  Rows rows;
  const BoxKey key = boxes.key("attic", 1);
  for (std::uint64_t weight = 1; weight <= 4; ++weight) {
    boxes.table.put(key, boxes.row("ann", weight));
    EXPECT_EQ(boxes.store.digest(), boxes.store.digest_anew());
    boxes.table.change(key, [](BoxRow& row) { row.weight += 10; });
    boxes.table.change(key, [](BoxRow& row) { row.weight += 10; });
    EXPECT_EQ(boxes.store.digest(), boxes.store.digest_anew());
    if (weight == 2) boxes.store.drain(rows);
    if (weight == 3) boxes.table.erase(key);
    EXPECT_EQ(boxes.store.digest(), boxes.store.digest_anew());
  }
}

TEST(Table, DrainsARowThatWasErasedAndMadeAgain) {
  Boxes boxes;
  Rows rows;
  const BoxKey key = boxes.key("attic", 1);
  boxes.table.put(key, boxes.row("ann", 5));
  boxes.store.drain(rows);
  boxes.table.erase(key);
  boxes.table.put(key, boxes.row("ben", 6));
  boxes.store.drain(rows);
  EXPECT_EQ(rows.erases, 0);
  EXPECT_EQ(rows.puts, 2);
  boxes.table.erase(key);
  boxes.table.put(key, boxes.row("eve", 7));
  boxes.table.erase(key);
  boxes.store.drain(rows);
  EXPECT_EQ(rows.erases, 1) << "the disk knows it, however often it came and went";
  EXPECT_EQ(boxes.store.digest(), Hash128{});
}

TEST(Table, DrainsWhatAReadDigestHasCountedAlready) {
  Boxes boxes;
  Rows rows;
  boxes.table.put(boxes.key("attic", 1), boxes.row("ann", 5));
  EXPECT_NE(boxes.store.digest(), Hash128{});
  boxes.table.change(boxes.key("attic", 1), [](BoxRow& row) { row.weight = 6; });
  boxes.store.drain(rows);
  EXPECT_EQ(rows.puts, 1);
  EXPECT_EQ(boxes.store.digest(), boxes.store.digest_anew());
}

TEST(Table, KeepsNoChangesWhereNobodyWillDrainThem) {
  Boxes boxes;
  Rows rows;
  boxes.store.keep_no_changes();
  boxes.table.put(boxes.key("attic", 1), boxes.row("ann", 5));
  EXPECT_EQ(boxes.store.digest(), boxes.store.digest_anew());
  boxes.store.drain(rows);
  EXPECT_EQ(rows.puts, 0);
}

TEST(Table, DrainsTheEndOfWhatWasDrainedBefore) {
  Boxes boxes;
  Rows rows;
  const BoxKey key = boxes.key("attic", 1);
  boxes.table.put(key, boxes.row("ann", 5));
  boxes.store.drain(rows);
  EXPECT_EQ(boxes.table.take(key).weight, 5U);
  boxes.table.put(key, boxes.row("ben", 6));
  boxes.table.erase(key);
  boxes.store.drain(rows);
  EXPECT_EQ(rows.puts, 1);
  EXPECT_EQ(rows.erases, 1);
}

TEST(Table, IsTheSameAfterLoading) {
  const std::uint64_t seed = 20'210'712;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random{seed};
  Boxes boxes;
  Rows rows;
  for (int i = 0; i < 5'000; ++i) {
    const BoxKey key = boxes.key("place" + std::to_string(random() % 20),
                                 static_cast<std::uint32_t>(random() % 10));
    auto& table = random() % 2 == 0 ? boxes.table : boxes.other;
    const bool is_there = table.contains(key);
    if (is_there && random() % 3 == 0) {
      table.erase(key);
    } else if (is_there && random() % 2 == 0) {
      table.change(key, [](BoxRow& row) { row.labels.push_back(row.owner); });
    } else {
      table.put(key, boxes.row("owner" + std::to_string(random() % 9), random()));
    }
    if (i % 100 == 0) boxes.store.drain(rows);
    if (i % 37 == 0) {
      ASSERT_EQ(boxes.store.digest(), boxes.store.digest_anew());
    }
  }
  boxes.store.drain(rows);
  Boxes loaded;
  rows.load_into(loaded.store);
  EXPECT_EQ(loaded.store.digest(), boxes.store.digest());
  EXPECT_EQ(loaded.store.digest(), loaded.store.digest_anew());
  EXPECT_EQ(loaded.store.rows(), boxes.store.rows());
  Rows nothing;
  loaded.store.drain(nothing);
  EXPECT_EQ(nothing.puts + nothing.erases, 0) << "what was loaded is not a change";
}

TEST(Table, RefusesRowsItCannotRead) {
  Boxes boxes;
  const auto load = [&](std::uint8_t table, std::string_view key, std::string_view row) {
    const auto loaded = boxes.store.load(table, key, row);
    return loaded ? ErrorCode{} : loaded.error().code;
  };
  EXPECT_EQ(load(9, "", ""), ErrorCode::BadBytes) << "there is no table 9";
  EXPECT_EQ(load(7, "x", ""), ErrorCode::BadBytes);
  std::string key;
  std::string row;
  const RowWriter writer{boxes.store.names()};
  canonical::append(key, boxes.key("attic", 1), writer);
  canonical::append(row, boxes.row("ann", 5), writer);
  EXPECT_EQ(load(7, key, row + "x"), ErrorCode::BadBytes);
  EXPECT_EQ(load(7, key, row.substr(0, row.size() - 1)), ErrorCode::BadBytes);
  EXPECT_EQ(load(7, key, row), ErrorCode{});
  EXPECT_EQ(load(7, key, row), ErrorCode::BadBytes) << "twice the same row";
}

TEST(TableDeathTest, StopsWhereARowThatIsNotThereIsChanged) {
  Boxes boxes;
  EXPECT_DEATH(boxes.table.erase(boxes.key("attic", 1)), "broken invariant");
  EXPECT_DEATH(boxes.table.change(boxes.key("attic", 1), [](BoxRow&) {}), "broken invariant");
}

}  // namespace
}  // namespace jari
