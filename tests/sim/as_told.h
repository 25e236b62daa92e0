// tests/sim/as_told.h — whether a row of the state is as people and operators were told: nothing
// where somebody was told of something is none.
//
// Errors:  none; false, or what is otherwise in words.
// Threads: pure.
#pragma once

#include <optional>
#include <string>

#include "consumers/appointments/view.h"
#include "consumers/inventory/view.h"
#include "consumers/queue/view.h"
#include "tests/sim/ledger.h"

namespace jari::sim {

[[nodiscard]] bool is_as_told(const Ledger::Site& told,
                              const std::optional<inventory::SiteView>& stands);
[[nodiscard]] bool is_as_told(const Ledger::Slot& told,
                              const std::optional<inventory::SlotView>& stands);
/// The doses that there are; one of which no delivery was told may be missing.
[[nodiscard]] bool is_as_told(const Ledger::Stock& told,
                              const std::optional<inventory::StockView>& stands);
[[nodiscard]] bool is_as_told(const Ledger::Queue& told, const queue::QueueView& stands);
[[nodiscard]] bool is_as_told(const Ledger::Programme& told,
                              const std::optional<ProgrammeConfigured>& stands);

[[nodiscard]] std::optional<inventory::StockView> stock_of(const inventory::View& view,
                                                           const Ledger::Names2& key);

/// Who is eligible for what: every standing that was told and is none of `open` stands so, and
/// nothing else does. Empty: so it is.
[[nodiscard]] std::string wrong_standing(const Ledger& ledger, const std::string& person,
                                         const std::vector<appointments::EligibilityView>& shown,
                                         const std::set<Ledger::Names2>& open);

}  // namespace jari::sim
