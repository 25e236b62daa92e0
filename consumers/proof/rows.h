// consumers/proof/rows.h — what a row of `sync` or `outcomes` is about, and what it says.
//
// Private to consumers/proof/.
//
// Errors:  BadBytes for a record that is no such row.
// Threads: plain values.
#pragma once

#include <string>
#include <string_view>

#include "consumers/model/topics.h"
#include "engine/base/hash.h"
#include "engine/base/result.h"

namespace jari::proof {

inline constexpr std::string_view kSyncTopicName = kTopicNames[kSyncTopic];
inline constexpr std::string_view kOutcomesTopicName = kTopicNames[kOutcomesTopic];

struct RowSaid {
  std::string says;  // JSON
  std::string appointment;
  std::uint32_t version = 0;  // of the appointment
  std::string request;
  std::string person;
  std::string queue;  // with `ticket`: one that was given
  std::uint64_t ticket = 0;
};

/// `record` need not be aligned.
[[nodiscard]] Result<RowSaid> read_row(std::string_view topic, Bytes record);

}  // namespace jari::proof
