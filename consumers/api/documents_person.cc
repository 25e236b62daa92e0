#include "consumers/api/documents.h"

namespace jari::api {

void append_holds(http::JsonWriter& json, const World& world, const Turn& turn, PersonId person) {
  const PartitionRef home = world.home_of(kBookingsTopic, person.text);
  json.key("holds").begin_array();
  for (const auto& hold : world.bookings_at(home).view().holds_of(person, turn.time(home))) {
    json.begin_object().field("hold", hold.hold).field("programme", hold.programme.text);
    json.field("site", hold.site.text).field("slot", hold.slot.text);
    json.field("product", hold.product.text).field("until", text_at(hold.until)).end_object();
  }
  json.end_array();
}

void append_appointments(http::JsonWriter& json, const World& world, const Turn& turn,
                         PersonId person) {
  const PartitionRef home = world.home_of(kBookingsTopic, person.text);
  const Instant now = turn.time(home).now;
  std::string one;
  json.key("appointments").begin_array();
  world.bookings_at(home).view().appointments_of(person, [&](const Appointment& appointment) {
    one.clear();
    append_shown(one, world, appointment, now);
    json.raw(one);
    return true;
  });
  json.end_array();
}

void append_eligibility(http::JsonWriter& json, const World& world, const Turn& turn,
                        PersonId person) {
  const PartitionRef home = world.home_of(kBookingsTopic, person.text);
  json.key("eligibility").begin_array();
  for (const auto& row : world.bookings_at(home).view().eligibility_of(person, turn.time(home))) {
    json.begin_object().field("programme", row.programme.text).field("cohort", row.cohort.text);
    json.field("doses_done", row.doses_done);
    if (row.last_dose_on.is_known()) json.field("last_dose_on", to_text(row.last_dose_on));
    if (!row.last_product.empty()) json.field("last_product", row.last_product.text);
    if (row.opens_at.ms != 0) json.field("opens_at", text_at(row.opens_at));
    if (row.closes_at.ms != 0) json.field("closes_at", text_at(row.closes_at));
    json.field("may_book", row.may_book);
    if (row.code != Code::None) json.field("code", to_text(row.code));
    if (row.not_before.is_known()) json.field("not_before", to_text(row.not_before));
    if (row.not_after.is_known()) json.field("not_after", to_text(row.not_after));
    if (row.rebook_until.ms != 0) json.field("rebook_until", text_at(row.rebook_until));
    json.end_object();
  }
  json.end_array();
}

}  // namespace jari::api
