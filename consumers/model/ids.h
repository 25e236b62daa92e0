// consumers/model/ids.h — what things are called at every border: texts of 1 to 64 of
// [A-Za-z0-9._:-], and the ids that Jari makes itself.
//
// A person is an opaque reference; no name or number of a human ever stands in one.
//
// Errors:  parse functions give nothing for a text that is no such id.
// Threads: plain views; they own nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/fields.h"
#include "engine/record/envelope.h"

namespace jari {

using PersonId = TextId<struct PersonTag>;
using QueueId = TextId<struct QueueTag>;
using ProgrammeId = TextId<struct ProgrammeTag>;
using CohortId = TextId<struct CohortTag>;
using SiteId = TextId<struct SiteTag>;
using SlotId = TextId<struct SlotTag>;
using ProductId = TextId<struct ProductTag>;
using AppointmentId = TextId<struct AppointmentTag>;
using HoldId = TextId<struct HoldTag>;

inline constexpr std::size_t kIdBytesMax = 64;

/// Whether `text` is an id: 1 to 64 of [A-Za-z0-9._:-].
[[nodiscard]] bool is_id(std::string_view text);

/// How many characters a UTF-8 text has.
[[nodiscard]] std::size_t characters_in(std::string_view text);

/// An id that Jari made: the partition and offset of the request it came of. As text a letter (`a`
/// an appointment, `h` a hold), the partition, a dash, the offset: `a3-1042`. In memory one number.
struct MadeId {
  std::uint64_t number = 0;  // partition in the high 16 bits, offset + 1 below; 0 is none
  auto operator<=>(const MadeId&) const = default;
  [[nodiscard]] bool empty() const { return number == 0; }
  [[nodiscard]] PartitionNo partition() const { return static_cast<PartitionNo>(number >> 48); }
  /// Of the request; not of an empty one.
  [[nodiscard]] Offset offset() const { return (number & ((std::uint64_t{1} << 48) - 1)) - 1; }
  template <class H>
  friend H AbslHashValue(H h, const MadeId& id) {
    return H::combine(std::move(h), id.number);
  }
  JARI_FIELDS(MadeId, number)
};
[[nodiscard]] MadeId make_id(PartitionNo partition, Offset offset);
[[nodiscard]] std::string appointment_text(MadeId id);
[[nodiscard]] std::string hold_text(MadeId id);
[[nodiscard]] std::optional<MadeId> parse_appointment(std::string_view text);
[[nodiscard]] std::optional<MadeId> parse_hold(std::string_view text);

}  // namespace jari
