// engine/base/hash.h — Hash128 for forks (XXH3), Sha256 chains for forgers, murmur2 for partitions.
//
// Sources: XXH3 (xxHash 0.8), SHA-256 (FIPS 180-4), HMAC (RFC 2104), murmur2 as Apache Kafka's
// default partitioner has it (org.apache.kafka.common.utils.Utils.murmur2, seed 0x9747b28c).
//
// Errors:  none; an OpenSSL that cannot hash stops the process (CHECK).
// Threads: free functions are pure; a Sha256Chain belongs to one thread.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jari {

using Bytes = std::span<const std::byte>;
[[nodiscard]] inline Bytes bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}
[[nodiscard]] inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// 128 bits. Addition makes a set's digest: it does not depend on order and can be undone.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  auto operator<=>(const Hash128&) const = default;
  Hash128& operator+=(const Hash128& other);
  Hash128& operator-=(const Hash128& other);
};
[[nodiscard]] Hash128 hash128(Bytes bytes);
/// One step of a chain: the hash of `before` followed by `next`.
[[nodiscard]] Hash128 chained(const Hash128& before, const Hash128& next);
/// 32 lower-case hex digits, high half first.
[[nodiscard]] std::string to_text(const Hash128& hash);
[[nodiscard]] std::optional<Hash128> parse_hash128(std::string_view text);

/// A hash fed in pieces; equal pieces joined differently give the same hash, so feed lengths too.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void reset();
  void feed(Bytes bytes);
  [[nodiscard]] Hash128 finish() const;

 private:
  void* state_;
};

using Sha256 = std::array<std::byte, 32>;
[[nodiscard]] Sha256 sha256(Bytes bytes);
[[nodiscard]] Sha256 hmac_sha256(Bytes key, Bytes bytes);
/// Lower-case hex, and back; nothing where the text is not hex of whole bytes.
[[nodiscard]] std::string to_hex(Bytes bytes);
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

/// The chain of a partition: value = SHA-256(value before ‖ u32le length ‖ record), one step a
/// record.
class Sha256Chain {
 public:
  void start(const Sha256& value) { value_ = value; }
  void step(Bytes record);
  [[nodiscard]] const Sha256& value() const { return value_; }

 private:
  Sha256 value_{};
  std::vector<std::byte> room_;  // for what is hashed, used again
};

/// Kafka's murmur2 of the key's bytes, and the partition that its default partitioner picks.
[[nodiscard]] std::uint32_t murmur2(Bytes key);
[[nodiscard]] std::uint32_t partition_of(std::string_view key, std::uint32_t partition_count);

}  // namespace jari
