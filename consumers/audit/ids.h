// consumers/audit/ids.h — what a record's body names, as numbers.
//
// Units:   appointments and holds by the number of their MadeId; texts as Names.
// Errors:  none; what is no such id is 0.
// Threads: that of the names.
#pragma once

#include <array>
#include <vector>

#include "consumers/audit/names.h"
#include "consumers/model/record.h"

namespace jari::audit {

using Made = std::uint64_t;  // an appointment or a hold; 0: none

/// A request's id as a number: one of two that are the same in a partition, by chance, is not met.
[[nodiscard]] std::uint64_t hash_of_request(std::string_view request);
[[nodiscard]] Made made_appointment(std::string_view text);  // 0 where it is none
[[nodiscard]] Made made_hold(std::string_view text);

/// The texts of a record's body that rules ask for, as numbers.
struct Ids {
  Name person = 0;
  Name programme = 0;
  Name queue = 0;
  Name site = 0;
  Name slot = 0;
  Name product = 0;
  Name cohort = 0;
  Made appointment = 0;
  Made hold = 0;
  Made replaces = 0;  // the hold that a HoldRequested gives up
};
/// The hashes of those texts, in the order in which they are met.
using Hashes = std::array<Names::Hash, 7>;
/// read_ids() will be asked for these.
[[nodiscard]] Hashes expect_ids(const Names& names, const Record& body);
/// The same once more, when what expect_ids() looked for has come.
void expect_ids_soon(const Names& names, const Record& body, const Hashes& hashes);
[[nodiscard]] Ids read_ids(Names& names, const Record& body, const Hashes& hashes);
/// Of its windows.
[[nodiscard]] std::vector<Name> read_cohorts(Names& names, const ProgrammeConfigured& settings);

}  // namespace jari::audit
