// consumers/legacy/document.h — SyncDocument: what a row of `sync` says of one appointment.
//
// Fields are texts, as schemas/sync.schema.json has them; members that it does not name are passed
// over, since more may be added.
//
// Units:   Instant in ms; versions only grow.
// Errors:  BadBytes for what is no such document, with the member that is wrong.
// Threads: plain values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace jari::legacy {

enum class Field : std::uint8_t {
  Appointment = 0,
  Programme,
  Person,
  Site,
  Slot,
  Product,
  Dose,
  StartsAt,
  Zone,
  State,
  CancelledBy,
  SlotState,
  RebookUntil,
  Version,
  AsOf,
};
inline constexpr std::size_t kFields = 15;

[[nodiscard]] std::string_view to_text(Field field);  // `starts_at`
[[nodiscard]] std::optional<Field> parse_field(std::string_view name);

struct SyncDocument {
  std::array<std::optional<std::string>, kFields> fields;
  std::uint32_t version = 0;
  Instant starts_at;
  Instant as_of;

  [[nodiscard]] const std::optional<std::string>& operator[](Field field) const {
    return fields[static_cast<std::size_t>(field)];
  }
};

[[nodiscard]] Result<SyncDocument> parse_sync_document(std::string_view json);

}  // namespace jari::legacy
