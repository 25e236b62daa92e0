#include "consumers/inventory/sites.h"

namespace jari::inventory {

std::uint32_t Sites::publish(const SitePublished& said) {
  Names& names = store_.names();
  const Name site = names.intern(said.site.text);
  SiteRow row;
  if (const SiteRow* known = find(site); known != nullptr) {
    by_region_.erase({names.text(known->region), names.text(site)});
    row.version = known->version;
  }
  ++row.version;
  row.name = said.name;
  row.region = names.intern(said.region);
  row.zone = names.intern(said.zone);
  row.address = said.address;
  row.phone = said.phone;
  row.has_place = said.has_place;
  row.latitude = said.has_place ? said.latitude : 0;
  row.longitude = said.has_place ? said.longitude : 0;
  list(site, row);
  return rows_.put({site}, std::move(row)).version;
}

void Sites::list(Name site, const SiteRow& row) {
  const std::string_view id = store_.names().text(site);
  by_region_.insert_or_assign({std::string_view{}, id}, site);
  by_region_.insert_or_assign({store_.names().text(row.region), id}, site);
}

void Sites::rebuild() {
  by_region_.clear();
  rows_.for_each_unordered([&](const SiteKey& key, const SiteRow& row) { list(key.site, row); });
}

}  // namespace jari::inventory
