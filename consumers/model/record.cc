#include "consumers/model/record.h"

#include <array>
#include <utility>

namespace jari {
namespace {

constexpr flatbuffers::voffset_t kUnionTypeSlot = 4;
constexpr flatbuffers::voffset_t kUnionSlot = 6;

constexpr std::array<std::string_view, kRecordTypesEnd> kNames{
    "",
    "QueueConfigured",
    "PrequeueDrawn",
    "TicketRequested",
    "TicketReturned",
    "SessionEnded",
    "Admitted",
    "AdmissionEnded",
    "AdmissionHeld",
    "ProgrammeConfigured",
    "EligibilityGranted",
    "EligibilityRevoked",
    "AttendanceRecorded",
    "BookingRequested",
    "CancelRequested",
    "RescheduleRequested",
    "ReservationGranted",
    "ReservationRefused",
    "HoldGranted",
    "HoldRefused",
    "HoldEnded",
    "AppointmentWithdrawn",
    "SitePublished",
    "SlotPublished",
    "SlotChanged",
    "SlotWithdrawn",
    "StockChanged",
    "Reserve",
    "Release",
    "HoldRequested",
    "HoldConfirmed",
    "HoldReleaseRequested",
    "DoseReturned",
    "DoseTaken",
    "Outcome",
};

using Read = bool (*)(flat::Verifier&, const flat::RawTable*, Record&);

template <std::size_t Index>
bool read_one(flat::Verifier& verifier, const flat::RawTable* table, Record& out) {
  return flat::read(verifier, table, out.emplace<Index>());
}

template <std::size_t... Index>
constexpr auto readers(std::index_sequence<Index...>) {
  return std::array<Read, sizeof...(Index)>{&read_one<Index + 1>...};
}
constexpr auto kReaders = readers(std::make_index_sequence<kRecordTypesEnd - 1>{});

}  // namespace

std::string_view name_of(RecordType type) {
  if (type == kAppointmentRow) return "Appointment";
  return type < kRecordTypesEnd ? kNames[type] : std::string_view{};
}

Record decode(RecordType type, Bytes body) {
  Record record;
  if (type == 0 || type >= kRecordTypesEnd || body.size() < 8) return record;
  if (reinterpret_cast<std::uintptr_t>(body.data()) % 8 != 0) return record;
  const auto* start = reinterpret_cast<const std::uint8_t*>(body.data());
  flat::Verifier verifier(start, body.size());
  const auto root = verifier.VerifyOffset(0);
  if (root == 0) return record;
  const auto* table = reinterpret_cast<const flat::RawTable*>(start + root);
  const bool good =
      table->VerifyTableStart(verifier) &&
      table->VerifyField<std::uint8_t>(verifier, kUnionTypeSlot, 1) &&
      table->GetField<std::uint8_t>(kUnionTypeSlot, 0) == type &&
      table->VerifyOffsetRequired(verifier, kUnionSlot) &&
      kReaders[type - 1](verifier, table->GetPointer<const flat::RawTable*>(kUnionSlot), record);
  if (!good) record.emplace<std::monostate>();
  return record;
}

Hash128 hash_of_body(RecordType type, Bytes body) {
  if (type == kAppointmentRow) return hash128(body);
  const Record record = decode(type, body);
  return std::visit(
      [&](const auto& one) -> Hash128 {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>) {
          return hash128(body);
        } else {
          return hash_of_record(one);
        }
      },
      record);
}

Bytes Encoder::encode(const Record& record) {
  return std::visit(
      [&](const auto& one) -> Bytes {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>) {
          return {};
        } else {
          return encode(one);
        }
      },
      record);
}

Bytes Encoder::finish(RecordType type, flat::Ref table) {
  builder_.Align(8);  // as decode() asks for: a body without 64-bit fields would have less
  const auto start = builder_.StartTable();
  builder_.AddElement<std::uint8_t>(kUnionTypeSlot, static_cast<std::uint8_t>(type), 0);
  builder_.AddOffset(kUnionSlot, flatbuffers::Offset<void>(table));
  builder_.Finish(flatbuffers::Offset<void>(builder_.EndTable(start)));
  return std::as_bytes(std::span{builder_.GetBufferPointer(), builder_.GetSize()});
}

}  // namespace jari
