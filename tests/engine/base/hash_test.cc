#include "engine/base/hash.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/hmac.h"

namespace jari {
namespace {

std::string hex(const Sha256& hash) {
  return to_hex(hash);
}
std::string raw(std::string_view hex) {
  return *from_hex(hex);
}

TEST(Murmur2, GivesKafkasValues) {
  // From the tests of Apache Kafka's Utils.murmur2.
  const auto of = [](std::string_view key) {
    return static_cast<std::int32_t>(murmur2(bytes_of(key)));
  };
  EXPECT_EQ(of("21"), -973932308);
  EXPECT_EQ(of("foobar"), -790332482);
  EXPECT_EQ(of("a-little-bit-long-string"), -985981536);
  EXPECT_EQ(of("a-little-bit-longer-string"), -1486304829);
  EXPECT_EQ(of("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
  EXPECT_EQ(of("abc"), 479470107);
}

TEST(Murmur2, PicksThePartitionThatKafkaPicks) {
  // abs as Kafka has it: the sign bit cleared, then modulo.
  EXPECT_EQ(partition_of("21", 4), (static_cast<std::uint32_t>(-973932308) & 0x7fffffffU) % 4);
  EXPECT_EQ(partition_of("abc", 64), 479470107U % 64);
  EXPECT_EQ(partition_of("anything", 1), 0U);
  EXPECT_DEATH(static_cast<void>(partition_of("abc", 0)), "CHECK");
}

TEST(Sha256, GivesThePublishedValues) {  // FIPS 180-4 examples
  EXPECT_EQ(hex(sha256(bytes_of(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256(bytes_of("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256(bytes_of(std::string(1'000'000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(HmacSha256, GivesThePublishedValues) {  // RFC 4231
  const auto of = [](const std::string& key, const std::string& text) {
    HmacSha256 hmac(bytes_of(key));
    for (int round = 0; round < 2; ++round) {  // one by one, and again
      for (const char& one : text) hmac.feed(bytes_of(std::string_view{&one, 1}));
      EXPECT_EQ(hex(hmac.finish()), hex(hmac_sha256(bytes_of(key), bytes_of(text))));
    }
    return hex(hmac_sha256(bytes_of(key), bytes_of(text)));
  };
  EXPECT_EQ(of(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(of("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(of(std::string(20, '\xaa'), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(of(raw("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd')),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  EXPECT_EQ(of(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(of(std::string(131, '\xaa'),
               "This is a test using a larger than block-size key and a larger than block-size "
               "data. The key needs to be hashed before being used by the HMAC algorithm."),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(Sha256Chain, IsWhatItsHeaderSays) {
  Sha256Chain chain;
  Sha256 value{};
  std::vector<std::string> records{"first", "", "third"};
  // Every way in which a record and the padding can lie in their blocks.
  for (std::size_t size = 0; size <= 200; ++size) records.emplace_back(size, 'r');
  records.emplace_back(100'000, 'r');
  records.emplace_back("short again");
  for (const std::string& record : records) {
    chain.step(bytes_of(record));
    std::string text{text_of(value)};
    const auto length = static_cast<std::uint32_t>(record.size());
    text.append(reinterpret_cast<const char*>(&length), sizeof length).append(record);
    value = sha256(bytes_of(text));
    EXPECT_EQ(chain.value(), value);
  }
  Sha256Chain other;
  other.start(value);
  other.step(bytes_of("x"));
  chain.step(bytes_of("x"));
  EXPECT_EQ(other.value(), chain.value());
}

TEST(Xxh3, GivesThePublishedValueOfNothing) {
  EXPECT_EQ(to_text(hash128(bytes_of(""))), "99aa06d3014798d86001c324468d497f");
}

TEST(Hasher, GivesTheSameHashInPieces) {
  const std::string text(1000, 'q');
  Hasher hasher;
  for (std::size_t at = 0; at < text.size(); at += 7) {
    hasher.feed(bytes_of(std::string_view{text}.substr(at, 7)));
  }
  EXPECT_EQ(hasher.finish(), hash128(bytes_of(text)));
  hasher.reset();
  EXPECT_EQ(hasher.finish(), hash128(bytes_of("")));
}

TEST(Hash128, AddsUpInAnyOrderAndCanBeUndone) {
  const Hash128 a = hash128(bytes_of("a"));
  const Hash128 b = hash128(bytes_of("b"));
  const Hash128 c{~0ULL, ~0ULL};
  Hash128 one;
  (one += a) += b, one += c;
  Hash128 other;
  (other += c) += b, other += a;
  EXPECT_EQ(one, other);
  (other -= a) -= c;
  EXPECT_EQ(other, b);
  Hash128 carried{~0ULL, 0};
  carried += {1, 0};
  EXPECT_EQ(carried, (Hash128{0, 1}));
  carried -= {1, 0};
  EXPECT_EQ(carried, (Hash128{~0ULL, 0}));
}

TEST(Hash128, ChainsDependOnTheOrder) {
  const Hash128 a{1, 2};
  const Hash128 b{3, 4};
  EXPECT_NE(chained(a, b), chained(b, a));
  EXPECT_EQ(chained(a, b), chained(a, b));
}

TEST(Hash128, IsReadBackFromItsText) {
  const Hash128 hash{0x0123456789abcdef, 0xfedcba9876543210};
  EXPECT_EQ(to_text(hash), "fedcba98765432100123456789abcdef");
  EXPECT_EQ(parse_hash128(to_text(hash)), hash);
  for (const auto* bad :
       {"", "fe", "fedcba98765432100123456789abcde", "FEDCBA98765432100123456789ABCDEF",
        "fedcba98765432100123456789abcdef00", "zedcba98765432100123456789abcdef"}) {
    EXPECT_FALSE(parse_hash128(bad).has_value()) << bad;
  }
}

TEST(Hex, IsLowerCaseAndTakesNothingElse) {
  EXPECT_EQ(to_hex(bytes_of("\x01\xfe")), "01fe");
  EXPECT_EQ(from_hex("01fe"), "\x01\xfe");
  EXPECT_EQ(from_hex(""), "");
  for (const auto* bad : {"0", "0g", "0A", " 0"}) EXPECT_FALSE(from_hex(bad).has_value()) << bad;
}

}  // namespace
}  // namespace jari
