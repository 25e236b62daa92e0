#include "consumers/queue/draw.h"

#include <string>

#include "engine/base/check.h"

namespace jari::queue {
namespace {

constexpr std::size_t kRounds = 10;
constexpr std::uint32_t kNotAsked = 0xffffffffU;  // a half has 16 bits at most

void append_big_endian(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((number >> shift) & 0xff));
  }
}

void append_sized(std::string& out, std::string_view text) {
  append_big_endian(out, text.size(), 4);
  out.append(text);
}

}  // namespace

Draw::Draw(Bytes seed, std::string_view beacon, std::string_view queue, std::uint32_t tickets)
    : tickets_(tickets) {
  std::string content;
  append_sized(content, beacon);
  append_sized(content, queue);
  append_big_endian(content, tickets, 8);
  key_ = hmac_sha256(seed, bytes_of(content));
  while ((std::uint64_t{1} << (2 * half_bits_)) < tickets) ++half_bits_;
  rounds_.assign(kRounds << half_bits_, kNotAsked);
}

std::uint64_t Draw::round(std::size_t number, std::uint64_t half) const {
  std::uint32_t& known = rounds_[(number << half_bits_) | half];
  if (known == kNotAsked) {
    std::string content(1, static_cast<char>(number));
    append_big_endian(content, half, 8);
    const Sha256 mac = hmac_sha256(key_, bytes_of(content));
    std::uint64_t first = 0;
    for (std::size_t i = 0; i < 8; ++i)
      first = (first << 8) | std::to_integer<std::uint64_t>(mac[i]);
    known = static_cast<std::uint32_t>(first & ((std::uint64_t{1} << half_bits_) - 1));
  }
  return known;
}

std::uint64_t Draw::forth(std::uint64_t value) const {
  std::uint64_t high = value >> half_bits_;
  std::uint64_t low = value & ((std::uint64_t{1} << half_bits_) - 1);
  for (std::size_t i = 0; i < kRounds; ++i) {
    const std::uint64_t mixed = high ^ round(i, low);
    high = low;
    low = mixed;
  }
  return (high << half_bits_) | low;
}

std::uint64_t Draw::back(std::uint64_t value) const {
  std::uint64_t high = value >> half_bits_;
  std::uint64_t low = value & ((std::uint64_t{1} << half_bits_) - 1);
  for (std::size_t i = kRounds; i-- > 0;) {
    const std::uint64_t before = low ^ round(i, high);
    low = high;
    high = before;
  }
  return (high << half_bits_) | low;
}

// The halves span more numbers than there are tickets: whoever lands beyond goes on until back
// among them, which keeps it a permutation, in both directions.
std::uint32_t Draw::place_of(std::uint32_t ticket) const {
  CHECK(ticket >= 1 && ticket <= tickets_);
  std::uint64_t value = forth(ticket - 1);
  while (value >= tickets_) value = forth(value);
  return static_cast<std::uint32_t>(value + 1);
}

std::uint32_t Draw::ticket_at(std::uint32_t place) const {
  CHECK(place >= 1 && place <= tickets_);
  std::uint64_t value = back(place - 1);
  while (value >= tickets_) value = back(value);
  return static_cast<std::uint32_t>(value + 1);
}

}  // namespace jari::queue
