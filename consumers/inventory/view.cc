#include "consumers/inventory/view.h"

#include <algorithm>

namespace jari::inventory {

SiteView View::view_of(Name site, const SiteRow& row) const {
  const Names& names = state_.store.names();
  return {SiteId{names.text(site)},
          row.name,
          names.text(row.region),
          names.text(row.zone),
          row.address,
          row.phone,
          row.has_place,
          row.latitude,
          row.longitude,
          row.version};
}

SlotView View::view_of(const SlotKey& key, const SlotRow& row) const {
  const Names& names = state_.store.names();
  return {SiteId{names.text(key.site)},
          SlotId{names.text(key.slot)},
          row.starts_at,
          row.starts_at + seconds{row.length_seconds},
          row.length_seconds,
          row.starts_on,
          names.text(row.zone),
          balance_of(row),
          row.is_withdrawn,
          row.version};
}

std::optional<SiteView> View::site(SiteId site) const {
  const auto name = state_.site(site);
  if (!name) return std::nullopt;
  return view_of(*name, *state_.sites.find(*name));
}

std::vector<SiteView> View::sites(std::string_view region, SiteId after, std::size_t limit) const {
  std::vector<SiteView> out;
  state_.sites.for_each(region, after.text, [&](Name site, const SiteRow& row) {
    if (out.size() == limit) return false;
    out.push_back(view_of(site, row));
    return true;
  });
  return out;
}

std::optional<SlotView> View::slot(SiteId site, SlotId slot) const {
  const auto name = state_.site(site);
  const auto key = name ? state_.slot(*name, slot) : std::nullopt;
  if (!key) return std::nullopt;
  return view_of(*key, *state_.counts.slot(*key));
}

std::vector<SlotView> View::slots(SiteId site, Times times, const Counts::SlotPlace& after,
                                  std::size_t limit) const {
  std::vector<SlotView> out;
  const auto name = state_.site(site);
  if (!name) return out;
  const auto from = std::max(after, Counts::SlotPlace{times.from, {}});
  state_.counts.for_each_slot(*name, from, times.to, [&](Name slot, const SlotRow& row) {
    if (out.size() == limit) return false;
    out.push_back(view_of({*name, slot}, row));
    return true;
  });
  return out;
}

std::vector<StockView> View::stock(SiteId site) const {
  std::vector<StockView> out;
  const auto name = state_.site(site);
  if (!name) return out;
  state_.counts.for_each_product(*name, [&](Name product, const StockRow& row) {
    out.push_back({ProductId{state_.store.names().text(product)}, balance_of(row)});
  });
  return out;
}

std::vector<BookedBy> View::booked_by(SiteId site, SlotId slot, std::size_t limit) const {
  std::vector<BookedBy> out;
  const auto name = state_.site(site);
  const auto key = name ? state_.slot(*name, slot) : std::nullopt;
  if (!key) return out;
  const Offset since = state_.counts.slot(*key)->cancelled_before;
  state_.reservations.grants().for_each_since(*key, since, [&](const Grant& grant) {
    if (out.size() == limit) return false;
    const ReservationRow& row = *state_.reservations.find({grant.id, *name});
    out.push_back({grant.id, PersonId{state_.store.names().text(row.person)}});
    return true;
  });
  return out;
}

std::vector<AvailableSite> View::availability(ProductId product, std::string_view region,
                                              Times times, Instant now, SiteId after,
                                              std::size_t limit) const {
  std::vector<AvailableSite> out;
  const Counts::SlotPlace from{std::max(times.from, Instant{now.ms + 1}), {}};
  state_.sites.for_each(region, after.text, [&](Name site, const SiteRow& row) {
    if (out.size() == limit) return false;
    const StockRow* stock = state_.stock(site, product);
    const std::uint64_t doses = stock == nullptr ? 0 : balance_of(*stock).free();
    if (doses == 0) return true;
    AvailableSite found;
    state_.counts.for_each_slot(site, from, times.to, [&](Name, const SlotRow& slot) {
      const std::uint64_t places = slot.is_withdrawn ? 0 : balance_of(slot).free();
      if (places > 0 && found.available == 0) found.next_slot_at = slot.starts_at;
      found.available += places;
      return true;
    });
    if (found.available == 0) return true;
    found.available = std::min(found.available, doses);
    found.site = view_of(site, row);
    out.push_back(found);
    return true;
  });
  return out;
}

std::optional<requests::RequestRow> View::remembered(const Hash128& key) const {
  return state_.requests.find(key);
}

Outcome View::outcome_of(const requests::RequestRow& row, std::string_view request) const {
  return state_.requests.outcome_of(row, request);
}

}  // namespace jari::inventory
