#include "consumers/api/positions.h"

#include <algorithm>

#include "engine/http/base64url.h"

namespace jari::api {
namespace {

// The bytes: 4 of the log's incarnation, then topic, partition and next_offset of each place, as
// LEB128 numbers.
constexpr std::size_t kLogBytes = 4;

void append_number(std::string& out, std::uint64_t number) {
  while (number >= 0x80) {
    out.push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  out.push_back(static_cast<char>(number));
}

std::optional<std::uint64_t> take_number(std::string_view& in) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    number |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

std::string log_bytes(const LogIdentity& log) {
  std::string bytes;
  for (std::size_t i = 0; i < kLogBytes; ++i) {
    bytes.push_back(static_cast<char>(log.incarnation.low >> (8 * i)));
  }
  return bytes;
}

}  // namespace

void add_place(Places& places, LogPlace place) {
  for (LogPlace& known : places) {
    if (known.where != place.where) continue;
    known.next_offset = std::max(known.next_offset, place.next_offset);
    return;
  }
  places.push_back(place);
}

std::string places_text(const LogIdentity& log, std::span<const LogPlace> places,
                        std::size_t chars_max) {
  const std::size_t bytes_max = chars_max / 4 * 3;
  std::string bytes = log_bytes(log);
  for (const LogPlace& place : places) {
    const std::size_t before = bytes.size();
    append_number(bytes, place.where.topic);
    append_number(bytes, place.where.partition);
    append_number(bytes, place.next_offset);
    if (bytes.size() <= bytes_max) continue;
    bytes.resize(before);
    break;
  }
  return http::base64url_encode(bytes_of(bytes));
}

std::optional<Places> parse_places(const LogIdentity& log, std::string_view text) {
  const auto bytes = http::base64url_decode(text);
  if (!bytes || !std::string_view{*bytes}.starts_with(log_bytes(log))) return std::nullopt;
  std::string_view in{*bytes};
  in.remove_prefix(kLogBytes);
  Places places;
  while (!in.empty()) {
    const auto topic = take_number(in);
    const auto partition = topic ? take_number(in) : std::nullopt;
    const auto offset = partition ? take_number(in) : std::nullopt;
    if (!offset || *topic >= log.topics.size()) return std::nullopt;
    if (*partition >= log.topics[*topic].partitions) return std::nullopt;
    add_place(places,
              {{static_cast<TopicNo>(*topic), static_cast<PartitionNo>(*partition)}, *offset});
  }
  return places;
}

}  // namespace jari::api
