#include "consumers/audit/draw.h"

#include "engine/base/hash.h"

namespace jari::audit {
namespace {

constexpr unsigned kRounds = 10;

std::string big_endian(std::uint64_t number, unsigned bytes) {
  std::string out;
  for (unsigned i = bytes; i-- > 0;) out.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  return out;
}

std::string mac(std::string_view key, std::string_view content) {
  const Sha256 hash = hmac_sha256(bytes_of(key), bytes_of(content));
  return std::string(text_of(Bytes(hash)));
}

}  // namespace

DrawnPlaces::DrawnPlaces(std::string_view seed, std::string_view beacon, std::string_view queue,
                         std::uint64_t tickets)
    : tickets_(tickets) {
  std::string content = big_endian(beacon.size(), 4);
  content.append(beacon).append(big_endian(queue.size(), 4)).append(queue);
  key_ = mac(seed, content + big_endian(tickets, 8));
  while ((std::uint64_t{1} << (2 * half_bits_)) < tickets) ++half_bits_;
}

std::uint64_t DrawnPlaces::permuted(std::uint64_t value) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  std::uint64_t left = value >> half_bits_;
  std::uint64_t right = value & mask;
  for (unsigned i = 0; i < kRounds; ++i) {
    const std::string drawn =
        mac(key_, std::string(1, static_cast<char>(i)) + big_endian(right, 8));
    std::uint64_t number = 0;
    for (std::size_t b = 0; b < 8; ++b) number = number << 8 | static_cast<unsigned char>(drawn[b]);
    const std::uint64_t next = (left ^ number) & mask;
    left = right;
    right = next;
  }
  return left << half_bits_ | right;
}

std::uint64_t DrawnPlaces::place_of(std::uint64_t ticket) const {
  std::uint64_t value = permuted(ticket - 1);
  while (value >= tickets_) value = permuted(value);
  return value + 1;
}

}  // namespace jari::audit
