#include "consumers/model/record.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/record/filler.h"

namespace jari {
namespace {

using schema_match::Filler;

/// Bytes aligned as a log hands them out.
std::vector<std::uint64_t> aligned(Bytes bytes) {
  std::vector<std::uint64_t> words((bytes.size() + 7) / 8);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(words.data()));
  return words;
}

template <std::size_t Index>
void comes_back_the_same() {
  using T = std::variant_alternative_t<Index, Record>;
  SCOPED_TRACE(name_of(Index));
  Filler filler;
  Encoder encoder;
  for (const bool is_filled : {true, false}) {
    T record{};
    if (is_filled) filler.fill(record);
    const Bytes encoded = encoder.encode(record);
    const auto words = aligned(encoded);
    const Bytes body = std::as_bytes(std::span{words}).first(encoded.size());
    const Record decoded = decode(Index, body);
    ASSERT_EQ(decoded.index(), Index);
    EXPECT_EQ(hash_of_record(std::get<T>(decoded)), hash_of_record(record));
    EXPECT_EQ(hash_of_body(Index, body), hash_of_record(record));
    const auto other = static_cast<RecordType>(Index == 1 ? 2 : Index - 1);
    EXPECT_EQ(decode(other, body).index(), 0U) << "the type stands in the body, too";
  }
}

template <std::size_t... Index>
void all_come_back_the_same(std::index_sequence<Index...>) {
  (comes_back_the_same<Index + 1>(), ...);
}

TEST(Record, EveryBodyComesBackAsItWas) {
  all_come_back_the_same(std::make_index_sequence<kRecordTypesEnd - 1>{});
}

TEST(Record, NumbersAndNamesAreOfTheContract) {
  EXPECT_EQ(kTypeOf<QueueConfigured>, 1);
  EXPECT_EQ(kTypeOf<Admitted>, 6);
  EXPECT_EQ(kTypeOf<BookingRequested>, 13);
  EXPECT_EQ(kTypeOf<Outcome>, kRecordTypesEnd - 1);
  EXPECT_EQ(name_of(kTypeOf<TicketRequested>), "TicketRequested");
  EXPECT_EQ(name_of(kTypeOf<DoseTaken>), "DoseTaken");
  EXPECT_EQ(name_of(kAppointmentRow), "Appointment");
  EXPECT_EQ(name_of(0), "");
  EXPECT_EQ(name_of(kRecordTypesEnd), "");
  std::set<std::string_view> names;
  for (RecordType type = 1; type < kRecordTypesEnd; ++type) names.insert(name_of(type));
  EXPECT_EQ(names.size(), kRecordTypesEnd - 1U);
}

TEST(Record, BytesThatAreNoBodyGiveNothing) {
  EXPECT_EQ(decode(kTypeOf<Admitted>, {}).index(), 0U);
  Filler filler;
  Admitted record;
  filler.fill(record);
  Encoder encoder;
  const Bytes encoded = encoder.encode(record);
  auto words = aligned(encoded);
  const auto body = [&](std::size_t size) { return std::as_bytes(std::span{words}).first(size); };
  EXPECT_EQ(decode(0, body(encoded.size())).index(), 0U);
  EXPECT_EQ(decode(kRecordTypesEnd, body(encoded.size())).index(), 0U);
  EXPECT_EQ(decode(kAppointmentRow, body(encoded.size())).index(), 0U);
  for (std::size_t size = 0; size + 8 <= encoded.size(); ++size) {
    (void)decode(kTypeOf<Admitted>, body(size));  // may be a body still, but reads nothing beyond
  }
  const Bytes off = std::as_bytes(std::span{words}).subspan(1, encoded.size() - 1);
  EXPECT_EQ(decode(kTypeOf<Admitted>, off).index(), 0U) << "not aligned";
}

TEST(Record, AnyByteMayBeWrongWithoutHarm) {
  Filler filler;
  ProgrammeConfigured record;
  filler.fill(record);
  Encoder encoder;
  const Bytes encoded = encoder.encode(record);
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    for (const int change : {1, 0x7f, 0x80, 0xff}) {
      auto words = aligned(encoded);
      auto* bytes = reinterpret_cast<unsigned char*>(words.data());
      bytes[at] = static_cast<unsigned char>(bytes[at] ^ change);
      const Bytes body = std::as_bytes(std::span{words}).first(encoded.size());
      (void)hash_of_body(kTypeOf<ProgrammeConfigured>, body);
    }
  }
}

}  // namespace
}  // namespace jari
