#include <cmath>

#include "consumers/api/documents.h"
#include "consumers/api/refusals.h"

namespace jari::api {
namespace {

constexpr double kMillionths = 1'000'000.0;

struct Site {
  inventory::View view;
  Instant now;
};

Site site_in(const World& world, const Turn& turn, SiteId site, Reply& reply) {
  const PartitionRef where = world.home_of(kInventoryTopic, site.text);
  touch(reply, turn, where);
  return {world.site_at(where).view(), turn.time(where).now};
}

}  // namespace

void append_site(http::JsonWriter& json, const inventory::SiteView& site) {
  json.field("site", site.site.text).field("name", site.name);
  json.field("region", site.region).field("zone", site.zone);
  if (!site.address.empty()) json.field("address", site.address);
  if (!site.phone.empty()) json.field("phone", site.phone);
  if (site.has_place) {
    json.field("latitude", site.latitude / kMillionths);
    json.field("longitude", site.longitude / kMillionths);
  }
}

void append_slot(http::JsonWriter& json, const inventory::SlotView& slot) {
  json.field("ends_at", text_at(slot.ends_at)).field("capacity", slot.places.total);
  json.field("booked", slot.places.booked).field("held", slot.places.held);
  json.field("available", slot.is_withdrawn ? std::uint64_t{0} : slot.places.free());
}

void append_stock(http::JsonWriter& json, const std::vector<inventory::StockView>& stock,
                  bool with_over) {
  json.key("stock").begin_array();
  for (const inventory::StockView& row : stock) {
    json.begin_object().field("product", row.product.text).field("doses", row.doses.total);
    json.field("booked", row.doses.booked).field("held", row.doses.held);
    json.field("available", row.doses.free());
    if (with_over && row.doses.over() > 0) json.field("over", row.doses.over());
    json.end_object();
  }
  json.end_array();
}

void show_site(const World& world, const Turn& turn, SiteId site, Reply& reply) {
  const auto [view, now] = site_in(world, turn, site, reply);
  const auto known = view.site(site);
  if (!known) return refuse(reply, Code::UnknownSite);
  std::string body;
  http::JsonWriter json(body);
  json.begin_object();
  append_site(json, *known);
  json.field("version", known->version).field("as_of", text_at(now)).end_object();
  show(reply, std::move(body));
  reply.version = known->version;
}

std::string booked_by_json(const inventory::View& view, SiteId site, SlotId slot) {
  std::string list;
  http::JsonWriter json(list);
  json.begin_array();
  for (const inventory::BookedBy& one : view.booked_by(site, slot)) {
    json.begin_object().field("appointment", appointment_text(one.appointment));
    json.field("person", one.person.text).end_object();
  }
  json.end_array();
  return list;
}

void append_shown(std::string& out, const World& world, Appointment appointment, Instant as_of) {
  const PartitionRef where = world.home_of(kInventoryTopic, appointment.site.text);
  const auto slot = world.site_at(where).view().slot(appointment.site, appointment.slot);
  const bool is_booked = appointment.state == AppointmentState::Booked;
  appointment.slot_withdrawn |= is_booked && slot && slot->is_withdrawn;
  append_json(out, appointment, as_of);
}

void show_slot(const World& world, const Turn& turn, SiteId site, SlotId slot, BookedBy booked_by,
               Reply& reply, std::string_view were_booked) {
  const auto [view, now] = site_in(world, turn, site, reply);
  if (!view.site(site)) return refuse(reply, Code::UnknownSite);
  const auto known = view.slot(site, slot);
  if (!known) return refuse(reply, Code::UnknownSlot);
  std::string body;
  http::JsonWriter json(body);
  json.begin_object().field("site", site.text).field("slot", slot.text);
  json.field("starts_at", text_at(known->starts_at)).field("starts_on", to_text(known->starts_on));
  append_slot(json, *known);
  const std::uint64_t over = known->places.over();
  if (over > 0) json.field("over", over);
  json.field("state", known->is_withdrawn ? "withdrawn" : "open");
  if (!were_booked.empty()) {
    json.raw_field("booked_by", were_booked);
  } else if (booked_by == BookedBy::Always || (booked_by == BookedBy::WhereOver && over > 0)) {
    json.raw_field("booked_by", booked_by_json(view, site, slot));
  }
  json.field("version", known->version).field("as_of", text_at(now)).end_object();
  show(reply, std::move(body));
  reply.version = known->version;
}

void show_stock(const World& world, const Turn& turn, SiteId site, Reply& reply) {
  const auto [view, now] = site_in(world, turn, site, reply);
  if (!view.site(site)) return refuse(reply, Code::UnknownSite);
  std::string body;
  http::JsonWriter json(body);
  json.begin_object().field("site", site.text);
  append_stock(json, view.stock(site), true);
  json.field("as_of", text_at(now)).end_object();
  show(reply, std::move(body));
}

}  // namespace jari::api
