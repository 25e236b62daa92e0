// consumers/model/programme_records.h — the settings of what is being booked.
//
// One record serves twice: as an operator's request in `programmes`, and, whole and with its
// version, as the effect that every partition of queue, bookings and inventory gets.
//
// Units:   Instant in ms; intervals in days; hold and rebook in seconds.
// Errors:  none.
// Threads: plain values; texts are views.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "consumers/model/ids.h"

namespace jari {

/// [opens_at, closes_at) of one cohort; a cohort may be listed several times.
struct CohortWindow {
  CohortId cohort;
  Instant opens_at;
  Instant closes_at;
  bool operator==(const CohortWindow&) const = default;
  JARI_FIELDS(CohortWindow, cohort, opens_at, closes_at)
};

inline constexpr std::int32_t kNoLatestDay = -1;

struct ProductSettings {
  ProductId product;
  std::uint8_t doses = 1;  // 1 or 2
  std::int32_t interval_days_min = 0;
  std::int32_t interval_days_max = kNoLatestDay;
  std::vector<ProductId> follows;  // products whose first dose it may follow
  bool operator==(const ProductSettings&) const = default;
  JARI_FIELDS(ProductSettings, product, doses, interval_days_min, interval_days_max, follows)
};

/// The fields of a programme that a request names, as bits of ProgrammeConfigured::set.
enum class ProgrammeField : std::uint32_t {
  Name = 1,
  Queue = 2,
  Cohorts = 4,
  Products = 8,
  ActiveMax = 16,
  HoldSeconds = 32,
  RebookSeconds = 64,
};
inline constexpr std::uint32_t kEveryProgrammeField = 127;

// What a setting may be at most, to the door and to the programmes themselves.
inline constexpr std::size_t kProgrammeNameCharactersMax = 200;
inline constexpr std::size_t kCohortWindowsMax = 100;
inline constexpr std::size_t kProductsMax = 20;
inline constexpr std::int32_t kIntervalDaysMax = 3660;
inline constexpr std::uint32_t kActiveAppointmentsMax = 10;
inline constexpr std::uint32_t kHoldSecondsMax = 86'400;
inline constexpr std::uint32_t kRebookSecondsMax = 31'536'000;
inline constexpr std::uint32_t kRebookSecondsDefault = 604'800;

struct ProgrammeConfigured {
  ProgrammeId programme;
  std::uint32_t set = 0;              // of a request; an effect sets every field
  std::uint32_t expects_version = 0;  // of a request; 0: whatever it is
  std::uint32_t version = 0;          // of an effect: the version that this is
  std::string_view name;
  QueueId queue;  // empty: no admission is needed
  std::vector<CohortWindow> cohorts;
  std::vector<ProductSettings> products;
  std::uint32_t active_appointments_max = 1;
  std::uint32_t hold_seconds = 0;
  std::uint32_t rebook_seconds = kRebookSecondsDefault;
  JARI_FIELDS(ProgrammeConfigured, programme, set, expects_version, version, name, queue, cohorts,
              products, active_appointments_max, hold_seconds, rebook_seconds)
};

}  // namespace jari
