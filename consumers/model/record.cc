#include "consumers/model/record.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace jari {
namespace {

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

using Read = bool (*)(flat::Source&, std::uint64_t, Record&);

template <std::size_t Index>
bool read_one(flat::Source& in, std::uint64_t place, Record& out) {
  return flat::read(in, place, out.emplace<Index>());
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

bool is_of_known_form(const Envelope& envelope) {
  if (envelope.kind != RecordKind::Request) return true;
  const bool is_nodes_own = envelope.type == kTypeOf<AdmissionHeld>;
  return envelope.type > 0 && envelope.type < kRecordTypesEnd && !is_nodes_own &&
         envelope.version >= kLogicVersionFirst && envelope.version <= kLogicVersion;
}

std::string_view decision_label(RecordType asked, Code code) {
  static const auto kLabels = [] {
    std::vector<std::array<std::string, kCodesEnd>> labels(kRecordTypesEnd);
    for (RecordType type = 0; type < kRecordTypesEnd; ++type) {
      for (std::uint8_t number = 0; number < kCodesEnd; ++number) {
        const std::string_view what = number == 0 ? "granted" : to_text(Code{number});
        labels[type][number] = std::string{name_of(type)} + " " + std::string{what};
      }
    }
    return labels;
  }();
  const auto number = static_cast<std::uint8_t>(code);
  if (asked >= kRecordTypesEnd || number >= kCodesEnd) return "unknown";
  return kLabels[asked][number];
}

void decode_into(Record& record, RecordType type, Bytes body) {
  const bool is_one = type != 0 && type < kRecordTypesEnd && flat::is_aligned(body);
  flat::Source in(body);
  std::uint64_t place = 0;
  const bool good = is_one && flat::find_union_root(in, static_cast<std::uint8_t>(type), place) &&
                    kReaders[type - 1](in, place, record);
  if (!good) record.emplace<std::monostate>();
}

Record decode(RecordType type, Bytes body) {
  Record record;
  decode_into(record, type, body);
  return record;
}

Hash128 hash_of_body(const Record& record, Bytes body) {
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

Hash128 hash_of_body(RecordType type, Bytes body) {
  if (type == kAppointmentRow) return hash128(body);
  return hash_of_body(decode(type, body), body);
}

Body Encoder::row_of(const Appointment& appointment, Instant as_of) {
  row_.clear();
  append_json(row_, appointment, as_of);
  const Bytes bytes = bytes_of(row_);
  return {kAppointmentRow, bytes, hash128(bytes)};
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

}  // namespace jari
