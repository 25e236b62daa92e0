#include "engine/store/packed_table.h"

#include <limits>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "engine/store/table.h"

namespace jari {
namespace {

struct ParcelKey {
  Hash128 hash;
  auto operator<=>(const ParcelKey&) const = default;
  JARI_FIELDS(ParcelKey, hash)
};
enum class Size : std::uint16_t { None = 0, Small = 1, Huge = 60'000 };
struct Weight {
  std::int64_t grams = 0;
  bool operator==(const Weight&) const = default;
  JARI_FIELDS(Weight, grams)
};
struct ParcelRow {
  Hash128 seal;
  std::uint64_t number = 0;
  bool is_fragile = false;
  Size size = Size::None;
  Weight weight;
  Instant sent_at;
  Day due;
  std::uint8_t floor = 0;
  Name from;
  Name to;
  bool operator==(const ParcelRow&) const = default;
  JARI_FIELDS(ParcelRow, seal, number, is_fragile, size, weight, sent_at, due, floor, from, to)
};

static_assert(packed::shape<ParcelRow>().leaves == 10);

ParcelRow again(const ParcelRow& row) {
  std::array<char, packed::kBytesMax<ParcelRow>> bytes;
  const char* const end = packed::pack(bytes.data(), row);
  EXPECT_LE(end - bytes.data(), static_cast<std::ptrdiff_t>(bytes.size()));
  return packed::unpack<ParcelRow>(bytes.data());
}
std::size_t size_of(const ParcelRow& row) {
  std::array<char, packed::kBytesMax<ParcelRow>> bytes;
  return static_cast<std::size_t>(packed::pack(bytes.data(), row) - bytes.data());
}

TEST(PackedRow, TakesABitForWhatIsEmpty) {
  EXPECT_EQ(size_of({}), 2U);
  ParcelRow row;
  row.is_fragile = true;
  EXPECT_EQ(size_of(row), 2U);
  row.number = 127;
  EXPECT_EQ(size_of(row), 3U);
  row.number = 128;
  EXPECT_EQ(size_of(row), 4U);
  row.weight.grams = -64;
  EXPECT_EQ(size_of(row), 5U);
  row.seal.high = 1;
  EXPECT_EQ(size_of(row), 21U);
  EXPECT_EQ(again(row), row);
}

TEST(PackedRow, IsTheRowAtEveryEdge) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  for (std::uint64_t bit = 1; bit != 0; bit <<= 1) {
    for (const std::uint64_t number : {bit - 1, bit, bit + 1, kMost - bit, kMost}) {
      ParcelRow row;
      row.number = number;
      row.seal = {number, ~number};
      row.weight.grams = static_cast<std::int64_t>(number);
      row.sent_at.ms = static_cast<std::int64_t>(~number);
      row.due = Day{static_cast<std::int32_t>(number)};
      row.floor = static_cast<std::uint8_t>(number);
      row.size = static_cast<Size>(static_cast<std::uint16_t>(number));
      row.from.number = static_cast<std::uint32_t>(number);
      row.is_fragile = number % 2 == 0;
      ASSERT_EQ(again(row), row) << number;
    }
  }
}

/// The rows as a disk has them.
class Disk final : public RowSink {
 public:
  void put(std::uint8_t table, std::string_view key, std::string_view row) override {
    rows[{table, std::string{key}}] = row;
    ++puts;
  }
  void erase(std::uint8_t table, std::string_view key) override {
    EXPECT_EQ(rows.erase({table, std::string{key}}), 1U);
    ++erases;
  }
  void load_into(Store& store) const {
    for (const auto& [key, row] : rows) {
      ASSERT_TRUE(store.load(key.first, key.second, row).has_value());
    }
  }
  std::map<std::pair<std::uint8_t, std::string>, std::string> rows;
  int puts = 0;
  int erases = 0;
};

struct Packed {
  Store store;
  PackedTable<ParcelKey, ParcelRow> table{store, 7};
};
struct Plain {
  Store store;
  Table<ParcelKey, ParcelRow> table{store, 7};
};

ParcelRow some_row(std::mt19937_64& random, Names& names) {
  ParcelRow row;
  if (random() % 2 == 0) row.seal = {random(), random()};
  if (random() % 2 == 0) row.number = random() >> random() % 64;
  row.is_fragile = random() % 2 == 0;
  if (random() % 3 == 0) row.size = Size::Huge;
  if (random() % 3 == 0) row.weight.grams = -static_cast<std::int64_t>(random() % 5'000);
  if (random() % 3 == 0) row.sent_at.ms = static_cast<std::int64_t>(random() >> 22);
  if (random() % 3 == 0) row.due = Day{static_cast<std::int32_t>(random() % 20'000)};
  if (random() % 3 == 0) row.from = names.intern("office " + std::to_string(random() % 200));
  if (random() % 3 == 0) row.to = names.intern("house " + std::to_string(random() % 200));
  return row;
}

/// Told of both, whatever happens; names come in one order, so their numbers are the same.
class Twins {
 public:
  void step(std::mt19937_64& random) {
    const ParcelKey key{{random() % 300 * 0x9e3779b97f4a7c15U, 1}};
    const bool is_there = plain.table.contains(key);
    ASSERT_EQ(packed.table.contains(key), is_there);
    if (is_there) {
      ASSERT_EQ(*packed.table.find(key), *plain.table.find(key));
    }
    if (is_there && random() % 2 == 0) {
      ASSERT_EQ(packed.table.take(key), plain.table.take(key));
    } else {
      const auto seed = random();
      std::mt19937_64 one(seed);
      std::mt19937_64 other(seed);
      plain.table.put(key, some_row(one, plain.store.names()));
      const ParcelRow row = some_row(other, packed.store.names());
      const CellNo cell = packed.table.put(key, row);
      ASSERT_EQ(packed.table.row_at(cell), row);
      ASSERT_EQ(packed.table.key_at(cell), key);
    }
  }
  void drain() {
    packed.store.drain(packed_disk);
    plain.store.drain(plain_disk);
    ASSERT_EQ(packed_disk.rows, plain_disk.rows);
    ASSERT_EQ(packed_disk.puts, plain_disk.puts);
    ASSERT_EQ(packed_disk.erases, plain_disk.erases);
  }
  Packed packed;
  Plain plain;
  Disk packed_disk;
  Disk plain_disk;
};

TEST(PackedTable, IsATableWhoseRowsAreSmall) {
  constexpr std::uint64_t kSeed = 20'261'126;
  constexpr int kSteps = 30'000;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  Twins twins;
  for (int i = 0; i < kSteps; ++i) {
    ASSERT_NO_FATAL_FAILURE(twins.step(random));
    if (random() % 50 == 0) {
      ASSERT_EQ(twins.packed.store.digest(), twins.plain.store.digest());
    }
    if (random() % 500 == 0) {
      ASSERT_EQ(twins.packed.store.digest_anew(), twins.packed.store.digest());
    }
    if (random() % 100 == 0) {
      ASSERT_NO_FATAL_FAILURE(twins.drain());
    }
  }
  twins.drain();
  ASSERT_EQ(twins.packed.store.rows(), twins.plain.store.rows());
  Packed loaded;
  twins.plain_disk.load_into(loaded.store);
  EXPECT_EQ(loaded.store.digest(), twins.plain.store.digest());
  EXPECT_EQ(loaded.store.digest_anew(), twins.plain.store.digest());
  Disk nothing;
  loaded.store.drain(nothing);
  EXPECT_EQ(nothing.puts + nothing.erases, 0) << "what was loaded is not a change";
}

TEST(PackedTable, KeepsNoChangesWhereNobodyWillDrainThem) {
  Packed one;
  one.store.keep_no_changes();
  one.table.put({{1, 2}}, {});
  EXPECT_EQ(one.store.digest(), one.store.digest_anew());
  Disk disk;
  one.store.drain(disk);
  EXPECT_EQ(disk.puts, 0);
}

TEST(PackedTable, RefusesRowsItCannotRead) {
  Packed one;
  const std::string key(sizeof(Hash128), 'k');
  EXPECT_EQ(one.store.load(7, key, "x").error().code, ErrorCode::BadBytes);
  Packed other;
  other.table.put({{1, 2}}, {});
  Disk disk;
  other.store.drain(disk);
  disk.load_into(one.store);
  const auto& [stored_key, row] = *disk.rows.begin();
  EXPECT_EQ(one.store.load(7, stored_key.second, row).error().code, ErrorCode::BadBytes)
      << "twice the same row";
  EXPECT_EQ(one.store.load(7, key, row + "x").error().code, ErrorCode::BadBytes);
}

TEST(PackedTableDeathTest, StopsWhereARowThatIsNotThereIsTaken) {
  Packed one;
  EXPECT_DEATH(one.table.take({{1, 2}}), "broken invariant");
}

}  // namespace
}  // namespace jari
