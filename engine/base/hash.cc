#define OPENSSL_SUPPRESS_DEPRECATED  // SHA256_Init and its like
#include "engine/base/hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <xxhash.h>

#include "engine/base/check.h"

static_assert(std::endian::native == std::endian::little,
              "digests are taken over little-endian rows");

namespace jari {
namespace {

const unsigned char* raw(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

const EVP_MD* sha256_method() {
  static EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

}  // namespace

Hash128& Hash128::operator+=(const Hash128& other) {
  low += other.low;
  high += other.high + (low < other.low ? 1 : 0);
  return *this;
}

Hash128& Hash128::operator-=(const Hash128& other) {
  const std::uint64_t borrow = low < other.low ? 1 : 0;
  low -= other.low;
  high -= other.high + borrow;
  return *this;
}

Hash128 hash128(Bytes bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

Hash128 chained(const Hash128& before, const Hash128& next) {
  const std::array<Hash128, 2> both{before, next};
  return hash128(std::as_bytes(std::span{both}));
}

std::string to_text(const Hash128& hash) {
  std::array<std::byte, 16> big_endian{};
  for (std::size_t i = 0; i < 8; ++i) {
    big_endian[i] = static_cast<std::byte>(hash.high >> (56 - 8 * i));
    big_endian[8 + i] = static_cast<std::byte>(hash.low >> (56 - 8 * i));
  }
  return to_hex(big_endian);
}

std::optional<Hash128> parse_hash128(std::string_view text) {
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != 16) return std::nullopt;
  Hash128 hash;
  for (std::size_t i = 0; i < 8; ++i) {
    hash.high = hash.high << 8 | static_cast<unsigned char>((*bytes)[i]);
    hash.low = hash.low << 8 | static_cast<unsigned char>((*bytes)[8 + i]);
  }
  return hash;
}

Hasher::Hasher() : state_(XXH3_createState()) {
  CHECK(state_ != nullptr);
  reset();
}
Hasher::~Hasher() {
  XXH3_freeState(static_cast<XXH3_state_t*>(state_));
}
void Hasher::reset() {
  XXH3_128bits_reset(static_cast<XXH3_state_t*>(state_));
}
void Hasher::feed(Bytes bytes) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state_), bytes.data(), bytes.size());
}
Hash128 Hasher::finish() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(static_cast<const XXH3_state_t*>(state_));
  return {hash.low64, hash.high64};
}

Sha256 sha256(Bytes bytes) {
  Sha256 out{};
  unsigned int length = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()),
                   &length, sha256_method(), nullptr) == 1);
  return out;
}

Sha256 hmac_sha256(Bytes key, Bytes bytes) {
  Sha256 out{};
  unsigned int length = 0;
  CHECK(HMAC(sha256_method(), key.data(), static_cast<int>(key.size()), raw(bytes), bytes.size(),
             reinterpret_cast<unsigned char*>(out.data()), &length) != nullptr);
  return out;
}

std::string to_hex(Bytes bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    out.push_back(kDigits[std::to_integer<unsigned>(byte) >> 4]);
    out.push_back(kDigits[std::to_integer<unsigned>(byte) & 15]);
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

// OpenSSL's plain function, over whole blocks: what the newer ones do around each hash, and what it
// takes to keep back the rest of a block, cost as much as hashing a record. So the padding (FIPS
// 180-4, 5.1.1) is ours, and the value is read out of the context.
void Sha256Chain::step(Bytes record) {
  constexpr std::size_t kLengthBytes = sizeof(std::uint64_t);  // of the message, in bits
  const auto length = static_cast<std::uint32_t>(record.size());
  const std::size_t message = value_.size() + sizeof length + record.size();
  const std::size_t blocks = (message + 1 + kLengthBytes + SHA256_CBLOCK - 1) / SHA256_CBLOCK;
  if (room_.size() < blocks * SHA256_CBLOCK) room_.resize(2 * blocks * SHA256_CBLOCK);
  std::byte* to = std::copy(value_.begin(), value_.end(), room_.data());
  std::memcpy(to, &length, sizeof length);
  to = std::copy(record.begin(), record.end(), to + sizeof length);
  *to++ = std::byte{0x80};
  std::byte* const end = room_.data() + blocks * SHA256_CBLOCK;
  std::fill(to, end - kLengthBytes, std::byte{0});
  const std::uint64_t bits = __builtin_bswap64(std::uint64_t{message} * 8);
  std::memcpy(end - kLengthBytes, &bits, sizeof bits);

  SHA256_CTX context;
  CHECK(SHA256_Init(&context) == 1 &&
        SHA256_Update(&context, room_.data(), blocks * SHA256_CBLOCK) == 1);
  for (std::size_t i = 0; i < std::size(context.h); ++i) {
    const std::uint32_t word = __builtin_bswap32(context.h[i]);
    std::memcpy(value_.data() + i * sizeof word, &word, sizeof word);
  }
}

std::uint32_t murmur2(Bytes key) {
  constexpr std::uint32_t kMultiplier = 0x5bd1e995;
  constexpr int kShift = 24;
  const unsigned char* at = raw(key);
  std::size_t left = key.size();
  std::uint32_t hash = 0x9747b28c ^ static_cast<std::uint32_t>(left);
  for (; left >= 4; at += 4, left -= 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, at, 4);
    word *= kMultiplier;
    word ^= word >> kShift;
    word *= kMultiplier;
    hash = hash * kMultiplier ^ word;
  }
  if (left > 0) {
    for (std::size_t i = left; i > 0; --i)
      hash ^= static_cast<std::uint32_t>(at[i - 1]) << (8 * (i - 1));
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  return hash ^ hash >> 15;
}

std::uint32_t partition_of(std::string_view key, std::uint32_t partition_count) {
  CHECK(partition_count > 0);
  return (murmur2(bytes_of(key)) & 0x7fffffffU) % partition_count;
}

}  // namespace jari
