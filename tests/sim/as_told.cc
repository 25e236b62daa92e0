#include "tests/sim/as_told.h"

#include <algorithm>

namespace jari::sim {
namespace {

constexpr milliseconds kSecond{1'000};

bool is_same(const std::optional<PrequeueSettings>& told,
             const std::optional<queue::PrequeueRow>& stands) {
  if (!told || !stands) return told.has_value() == stands.has_value();
  return told->opens_at == stands->opens_at && told->closes_at == stands->closes_at &&
         told->commitment == stands->commitment && told->beacon_name == stands->beacon_name;
}

}  // namespace

bool is_as_told(const Ledger::Site& told, const std::optional<inventory::SiteView>& stands) {
  return stands && stands->version == told.version && stands->name == told.name &&
         stands->region == told.region && stands->zone == told.zone;
}

bool is_as_told(const Ledger::Slot& told, const std::optional<inventory::SlotView>& stands) {
  return stands && stands->version == told.version && stands->is_withdrawn == told.is_withdrawn &&
         stands->places.total == told.capacity && stands->starts_at == told.starts_at &&
         stands->ends_at == told.starts_at + told.length_seconds * kSecond &&
         stands->starts_on == told.starts_on;
}

bool is_as_told(const Ledger::Stock& told, const std::optional<inventory::StockView>& stands) {
  if (!stands) return !told.was_delivered;
  return static_cast<std::int64_t>(stands->doses.total) == told.doses;
}

bool is_as_told(const Ledger::Queue& told, const queue::QueueView& stands) {
  const queue::QueueRow& row = *stands.settings;
  const QueueConfigured& last = told.last;
  const Instant closes_at = last.closes_at.ms == 0 ? kNever : last.closes_at;
  return row.version == told.version && stands.programme == last.programme &&
         row.opens_at == last.opens_at && row.closes_at == closes_at &&
         row.rate_per_second == last.rate_per_second && row.inside_max == last.inside_max &&
         row.session_seconds == last.session_seconds && is_same(last.prequeue, row.prequeue) &&
         row.message == last.message && row.paused == last.paused && row.rejoin == last.rejoin;
}

bool is_as_told(const Ledger::Programme& told, const std::optional<ProgrammeConfigured>& stands) {
  return stands && stands->version == told.settings.rbegin()->first &&
         hash_of_record(*stands) == told.last;
}

std::optional<inventory::StockView> stock_of(const inventory::View& view,
                                             const Ledger::Names2& key) {
  for (const inventory::StockView& one : view.stock(SiteId{key.first})) {
    if (one.product.text == key.second) return one;
  }
  return std::nullopt;
}

std::string wrong_standing(const Ledger& ledger, const std::string& person,
                           const std::vector<appointments::EligibilityView>& shown,
                           const std::set<Ledger::Names2>& open) {
  for (const appointments::EligibilityView& one : shown) {
    const Ledger::Names2 key{person, std::string(one.programme.text)};
    const auto told = ledger.standings.find(key);
    const bool is_as_told =
        told != ledger.standings.end() && one.cohort.text == told->second.cohort;
    if (!is_as_told && !open.contains(key)) return "is eligible otherwise than was answered";
  }
  for (auto at = ledger.standings.lower_bound({person, {}});
       at != ledger.standings.end() && at->first.first == person; ++at) {
    if (at->second.cohort.empty() || open.contains(at->first)) continue;
    const bool stands = std::any_of(shown.begin(), shown.end(), [&](const auto& one) {
      return one.programme.text == at->first.second;
    });
    if (!stands) return "is not eligible, and was answered so";
  }
  return {};
}

}  // namespace jari::sim
