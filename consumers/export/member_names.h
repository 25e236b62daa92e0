// consumers/export/member_names.h — what things are called in exported records, for those who write
// them, those who read them back, and those who tell of them.
//
// Errors:  a name that is none gives zero.
// Threads: constants.
#pragma once

#include <array>
#include <string_view>

#include "consumers/model/kind_names.h"
#include "consumers/model/record.h"
#include "engine/record/own_records.h"

namespace jari {

/// What a field is called there.
template <class T>
constexpr std::string_view exported_name(std::string_view field) {
  if (std::is_same_v<T, Appointment> && field == "slot_withdrawn") return "slot_state";
  return field == "overrides" ? "override" : field;
}

/// Bits of a request's `overrides`, from the lowest.
inline constexpr std::array<std::string_view, 4> kOverrideNames{
    "cohort-not-open", "too-early-for-next-dose", "too-late-for-next-dose", "slot-started"};

/// Bits of `set`, from the lowest.
inline constexpr std::array<std::string_view, 10> kQueueFields{
    "programme",       "opens_at", "closes_at", "rate_per_second", "inside_max",
    "session_seconds", "prequeue", "message",   "paused",          "rejoin"};
inline constexpr std::array<std::string_view, 7> kProgrammeFields{
    "name",         "queue",         "cohorts", "products", "active_appointments_max",
    "hold_seconds", "rebook_seconds"};

/// The bit of `set` that says whether the request names the field; 0: every request has it.
template <std::size_t N>
constexpr std::uint32_t bit_in(const std::array<std::string_view, N>& fields,
                               std::string_view name) {
  for (std::size_t bit = 0; bit < N; ++bit) {
    if (fields[bit] == name) return std::uint32_t{1} << bit;
  }
  return 0;
}
constexpr std::uint32_t bit_of(const QueueConfigured&, std::string_view name) {
  return bit_in(kQueueFields, name);
}
constexpr std::uint32_t bit_of(const ProgrammeConfigured&, std::string_view name) {
  return bit_in(kProgrammeFields, name);
}

/// Whether a field that is named has nothing in it.
template <class M>
constexpr bool is_cleared(const M& member) {
  if constexpr (flat::kIsText<M>) {
    return flat::text_in(member).empty();
  } else if constexpr (std::is_same_v<M, Instant>) {
    return member.ms == 0;
  } else if constexpr (flat::kIsOptional<M>) {
    return !member.has_value();
  } else {
    return false;
  }
}

[[nodiscard]] constexpr std::string_view to_text(Decision decision) {
  if (decision == Decision::Unknown) return "unknown";
  return decision == Decision::Granted ? "granted" : "refused";
}
[[nodiscard]] constexpr std::string_view to_text(HoldEnd end) {
  constexpr std::array<std::string_view, 4> kEnds{"unknown", "expired", "withdrawn", "released"};
  return kEnds[static_cast<std::size_t>(end) % kEnds.size()];
}
[[nodiscard]] constexpr std::string_view to_text(BarrierStep step) {
  if (step == BarrierStep::Unknown) return "unknown";
  return step == BarrierStep::Read ? "read" : "write";
}

}  // namespace jari
