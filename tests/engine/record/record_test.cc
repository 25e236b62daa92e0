#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "engine/record/canonical.h"
#include "engine/record/envelope.h"
#include "engine/record/own_records.h"

namespace jari {
namespace {

/// Bytes at an address aligned to 8, as logs hand them out.
class Aligned {
 public:
  explicit Aligned(std::string_view text) : words_(text.size() / 8 + 1), size_(text.size()) {
    std::memcpy(words_.data(), text.data(), text.size());
  }
  [[nodiscard]] Bytes bytes() const { return std::as_bytes(std::span{words_}).first(size_); }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_;
};

Envelope an_effect() {
  static const std::string body = "a body of twenty-six bytes";
  Envelope envelope;
  envelope.kind = RecordKind::Effect;
  envelope.type = 513;
  envelope.version = 2;
  envelope.body = bytes_of(body);
  envelope.stream = StreamPlace{{1, 2}, {0, 3}, {1, 4}, 5, {6, 7}, 8, 9};
  envelope.asked = Asked{"key-1", Role::Operator, "op", "clerk", "a reason", {10, 11}, true};
  envelope.mac = bytes_of("0123456789abcdef");
  return envelope;
}

std::string record_of(const Envelope& envelope) {
  flat::Builder builder;
  return std::string{text_of(write_envelope(builder, envelope))};
}

/// Touches every byte that an envelope points to.
Hash128 touch(const Envelope& envelope) {
  Hasher hasher;
  hasher.feed(envelope.body);
  hasher.feed(envelope.mac);
  if (envelope.asked) {
    for (const auto text : {envelope.asked->request, envelope.asked->by, envelope.asked->acting_for,
                            envelope.asked->reason}) {
      hasher.feed(bytes_of(text));
    }
  }
  return hasher.finish();
}

TEST(Envelope, IsReadBackAsItWasWritten) {
  const Aligned record(record_of(an_effect()));
  const auto read = read_envelope(record.bytes());
  ASSERT_TRUE(read.has_value()) << read.error().detail;
  std::string was;
  std::string is;
  canonical::append(was, an_effect(), canonical::Plain{});
  canonical::append(is, *read, canonical::Plain{});
  EXPECT_EQ(is, was);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(read->body.data()) % 8, 0U);
}

TEST(Envelope, WithATextBeyondWhatTheCanonicalFormHoldsIsNone) {
  const auto with_reason = [](std::size_t bytes) {
    const std::string reason(bytes, 'x');
    Envelope envelope = an_effect();
    envelope.asked->reason = reason;
    const Aligned record(record_of(envelope));
    return read_envelope(record.bytes()).has_value();
  };
  EXPECT_TRUE(with_reason(65'535));
  EXPECT_FALSE(with_reason(65'536));
}

TEST(Envelope, WithoutItsOptionalPartsHasNone) {
  Envelope request;
  request.kind = RecordKind::Request;
  const Aligned record(record_of(request));
  const auto read = read_envelope(record.bytes());
  ASSERT_TRUE(read.has_value());
  EXPECT_FALSE(read->stream.has_value());
  EXPECT_FALSE(read->asked.has_value());
  EXPECT_TRUE(read->body.empty());
}

TEST(Envelope, OfAnUnknownKindIsRefused) {
  for (const int kind : {0, 14, 200}) {
    Envelope envelope;
    envelope.kind = static_cast<RecordKind>(kind);
    const Aligned record(record_of(envelope));
    const auto read = read_envelope(record.bytes());
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code, ErrorCode::BadBytes);
  }
}

TEST(Envelope, ThatIsNotAlignedIsRefused) {
  const Aligned record("1234" + record_of(an_effect()));
  EXPECT_FALSE(read_envelope(record.bytes().subspan(4)).has_value());
}

TEST(Envelope, WithAnyBytesChangedDoesNoHarm) {
  constexpr std::uint64_t kSeed = 11;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  const std::string good = record_of(an_effect());
  std::size_t refused = 0;
  const auto try_it = [&](const std::string& bad) {
    const Aligned record(bad);
    const auto read = read_envelope(record.bytes());
    if (read) static_cast<void>(touch(*read));
    refused += read ? 0 : 1;
  };
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string bad = good;
      bad[at] = static_cast<char>(value);
      try_it(bad);
    }
  }
  for (int round = 0; round < 20'000; ++round) {
    std::string bad = good;
    for (auto changes = 1 + random() % 8; changes > 0; --changes) {
      bad[random() % bad.size()] = static_cast<char>(random());
    }
    try_it(bad);
  }
  EXPECT_GT(refused, 0U);
}

TEST(Envelope, CutOffAnywhereDoesNoHarm) {
  const std::string good = record_of(an_effect());
  for (std::size_t size = 0; size < good.size(); ++size) {
    const Aligned record(good.substr(0, size));
    const auto read = read_envelope(record.bytes());
    if (read) static_cast<void>(touch(*read));
  }
}

TEST(OwnRecords, AreReadBackAsTheyWereWritten) {
  const auto comes_back = [](const auto& value) {
    flat::Builder builder;
    const Aligned body(text_of(flat::write_root(builder, value)));
    std::decay_t<decltype(value)> read;
    ASSERT_TRUE(flat::read_root(body.bytes(), read));
    std::string was;
    std::string is;
    canonical::append(was, value, canonical::Plain{});
    canonical::append(is, read, canonical::Plain{});
    EXPECT_EQ(is, was);
  };
  Genesis genesis;
  genesis.incarnation = {1, 2};
  genesis.topics = {{"queue", 4, false}, {"outcomes", 1, true}};
  genesis.begins = Instant{99};
  comes_back(genesis);
  comes_back(Tick{1, {2, 3}, Instant{4}, 5, {6, 7}});
  comes_back(Claim{1, "node", {2, 3}, 4, 5});
  comes_back(Ack{{1, 2}, 3});
  comes_back(Barrier{1, BarrierStep::Write});
  comes_back(TimeJump{1, {2, 3}, Instant{4}, Instant{5}, "who"});
  comes_back(StreamSet{{1, 2}, 3, {4, 5}});
  comes_back(Disputed{1, 2, {3, 4}, "a"});
  comes_back(Reissue{{1, 2}, 3});
}

struct Bounds {
  std::uint32_t most = 1;
  bool may = true;
  JARI_FIELDS(Bounds, most, may)
};

TEST(Flat, ReadsWhatIsAbsentAsZeroWhateverAStructBeginsWith) {
  flat::Builder builder;
  Bounds bounds;
  ASSERT_TRUE(flat::read_root(flat::write_root(builder, Bounds{0, false}), bounds));
  EXPECT_EQ(bounds.most, 0U);
  EXPECT_FALSE(bounds.may);
}

struct Row {
  std::uint32_t number = 0;
  std::string name;
  std::optional<PartitionRef> where;
  std::vector<std::string> notes;
  JARI_FIELDS(Row, number, name, where, notes)
};

TEST(Canonical, HasOneFormOfEachStruct) {
  std::string out;
  canonical::append(out, Row{258, "ab", PartitionRef{1, 2}, {"c"}}, canonical::Plain{});
  EXPECT_EQ(to_hex(bytes_of(out)), "020100000200616201010200010000000100" + std::string{"63"});
}

TEST(Canonical, IsTakenBackAndRefusesAnyCut) {
  std::string out;
  canonical::append(out, Row{258, "ab", PartitionRef{1, 2}, {"c", ""}}, canonical::Plain{});
  for (std::size_t size = 0; size <= out.size(); ++size) {
    std::string_view in = std::string_view{out}.substr(0, size);
    Row row;
    canonical::Plain codec;
    const bool is_whole = canonical::take(in, row, codec);
    EXPECT_EQ(is_whole, size == out.size());
    if (!is_whole) continue;
    EXPECT_EQ(row.name, "ab");
    EXPECT_EQ(row.where, (PartitionRef{1, 2}));
    EXPECT_EQ(row.notes, (std::vector<std::string>{"c", ""}));
  }
}

}  // namespace
}  // namespace jari
