#include "consumers/legacy/document.h"

#include <algorithm>
#include <limits>

#include "engine/http/json_reader.h"

namespace jari::legacy {
namespace {

constexpr std::array<std::string_view, kFields> kNames{
    "appointment",  "programme",  "person",       "site",    "slot",
    "product",      "dose",       "starts_at",    "zone",    "state",
    "cancelled_by", "slot_state", "rebook_until", "version", "as_of"};

constexpr std::array kOptional{Field::CancelledBy, Field::SlotState, Field::RebookUntil};

Error wrong(Field field) {
  return {ErrorCode::BadBytes, "no document of an appointment: " + std::string{to_text(field)} +
                                   " is missing or is not what it should be"};
}

Result<void> read_instant(const SyncDocument& document, Field field, Instant& to) {
  const auto at = parse_instant(document[field].value_or(""));
  if (!at) return wrong(field);
  to = *at;
  return {};
}

Result<void> read_version(SyncDocument& document, const http::JsonValue& value) {
  const auto version = value.integer();
  if (!version || *version < 1 || *version > std::numeric_limits<std::uint32_t>::max()) {
    return wrong(Field::Version);
  }
  document.version = static_cast<std::uint32_t>(*version);
  return {};
}

Result<void> read_member(SyncDocument& document, Field field, const http::JsonValue& value) {
  auto& to = document.fields[static_cast<std::size_t>(field)];
  if (const auto text = value.text(); text && field != Field::Version && field != Field::Dose) {
    to = std::string{*text};
    return {};
  }
  const auto number = value.integer();
  if (!number || (field != Field::Version && field != Field::Dose)) return wrong(field);
  to = std::to_string(*number);
  return field == Field::Version ? read_version(document, value) : Result<void>{};
}

}  // namespace

std::string_view to_text(Field field) {
  return kNames[static_cast<std::size_t>(field)];
}

std::optional<Field> parse_field(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return Field{static_cast<std::uint8_t>(found - kNames.begin())};
}

Result<SyncDocument> parse_sync_document(std::string_view json) {
  const auto parsed = http::parse_json(json);
  if (!parsed) return parsed.error();
  if (!parsed->root().is_object()) {
    return Error{ErrorCode::BadBytes, "no document of an appointment: it is no JSON object"};
  }
  SyncDocument document;
  for (const auto [name, value] : parsed->root().members()) {
    const auto field = parse_field(name);
    if (!field) continue;
    if (auto read = read_member(document, *field, value); !read) return read.error();
  }
  for (std::size_t i = 0; i < kFields; ++i) {
    const Field field{static_cast<std::uint8_t>(i)};
    const bool may_miss = std::find(kOptional.begin(), kOptional.end(), field) != kOptional.end();
    if (!may_miss && document[field].value_or("").empty()) return wrong(field);
  }
  if (auto at = read_instant(document, Field::StartsAt, document.starts_at); !at) {
    return at.error();
  }
  if (auto at = read_instant(document, Field::AsOf, document.as_of); !at) return at.error();
  return document;
}

}  // namespace jari::legacy
