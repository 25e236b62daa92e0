#include "consumers/export/body_read.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace jari {
namespace {

template <class Enum, std::size_t N>
bool pick(const http::JsonValue& value, const std::array<Enum, N>& all, Enum& member) {
  const auto text = value.text();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](Enum one) { return to_text(one) == text; });
  if (found != all.end()) member = *found;
  return found != all.end();
}

}  // namespace

bool BodyReader::read_enum(const http::JsonValue& value, Code& member) {
  return take(parse_code(value.text().value_or(std::string_view{})), member);
}
bool BodyReader::read_enum(const http::JsonValue& value, Decision& member) {
  return pick(value, std::array{Decision::Granted, Decision::Refused, Decision::Unknown}, member);
}
bool BodyReader::read_enum(const http::JsonValue& value, AppointmentState& member) {
  using State = AppointmentState;
  return pick(
      value,
      std::array{State::Booked, State::Cancelled, State::Attended, State::Missed, State::Unknown},
      member);
}
bool BodyReader::read_enum(const http::JsonValue& value, CancelledBy& member) {
  return pick(value,
              std::array{CancelledBy::Person, CancelledBy::Operator, CancelledBy::Withdrawal},
              member);
}
bool BodyReader::read_enum(const http::JsonValue& value, HoldEnd& member) {
  return pick(value,
              std::array{HoldEnd::Expired, HoldEnd::Withdrawn, HoldEnd::Released, HoldEnd::Unknown},
              member);
}
bool BodyReader::read_enum(const http::JsonValue& value, BarrierStep& member) {
  return pick(value, std::array{BarrierStep::Read, BarrierStep::Write, BarrierStep::Unknown},
              member);
}

bool BodyReader::read_partition(const http::JsonValue& object, PartitionRef& out) const {
  const auto topic = object.member("topic");
  const auto partition = object.member("partition");
  if (!topic || !topic->text() || !partition) return false;
  for (std::size_t i = 0; i < identity_.topics.size(); ++i) {
    if (identity_.topics[i].name != *topic->text()) continue;
    out.topic = static_cast<TopicNo>(i);
    return read_number(*partition, out.partition) && out.partition < identity_.topics[i].partitions;
  }
  return false;
}

bool BodyReader::read_overrides(const http::JsonValue& value, std::uint32_t& member) {
  if (!value.is_array()) return false;
  for (const auto one : value.elements()) {
    const auto known = std::find(kOverrideNames.begin(), kOverrideNames.end(),
                                 one.text().value_or(std::string_view{}));
    if (known == kOverrideNames.end()) return false;
    member |= std::uint32_t{1} << (known - kOverrideNames.begin());
  }
  return true;
}

bool BodyReader::read_degrees(const http::JsonValue& value, std::int32_t& member) {
  const auto degrees = value.number();
  if (!degrees || std::abs(*degrees) > 180) return false;
  member = static_cast<std::int32_t>(std::lround(*degrees * 1e6));
  return true;
}

bool BodyReader::read_type(const http::JsonValue& value, std::uint16_t& member) {
  for (RecordType type = 1; type < kRecordTypesEnd; ++type) {
    if (name_of(type) == value.text()) member = type;
  }
  return member != 0;
}

}  // namespace jari
