#include "consumers/api/bookings.h"

#include "consumers/api/refusals.h"

namespace jari::api {
namespace {

/// A text that is no id of ours lies where it hashes to: that partition says that it is unknown.
std::optional<PartitionRef> home_of(const LogIdentity& log, std::optional<MadeId> id,
                                    std::string_view text) {
  const PartitionNo count = log.topics[kBookingsTopic].partitions;
  if (!id) return PartitionRef{kBookingsTopic, static_cast<PartitionNo>(partition_of(text, count))};
  if (id->partition() >= count) return std::nullopt;
  return PartitionRef{kBookingsTopic, id->partition()};
}

}  // namespace

std::optional<PartitionRef> home_of_appointment(const LogIdentity& log, std::string_view id) {
  return home_of(log, parse_appointment(id), id);
}

std::optional<PartitionRef> home_of_hold(const LogIdentity& log, std::string_view id) {
  return home_of(log, parse_hold(id), id);
}

void read_booking(Form& form, Asking& asking, PersonId person, std::uint32_t overrides) {
  BookingRequested booking{};
  booking.person = person;
  booking.overrides = overrides;
  if (form.has("hold")) {
    booking.hold = HoldId{form.id("hold")};
    for (const std::string_view other : {"programme", "site", "slot", "product"}) {
      if (form.has(other)) form.refuse(other, "must not be given with a hold");
    }
  } else {
    booking.programme = ProgrammeId{form.id("programme")};
    booking.site = SiteId{form.id("site")};
    booking.slot = SlotId{form.id("slot")};
    booking.product = ProductId{form.id("product")};
    asking.call.sites.emplace_back(booking.site.text);
  }
  if (booking.hold.empty()) {
    add_append(asking, kBookingsTopic, person.text, booking);
  } else if (const auto home = home_of_hold(asking.log, booking.hold.text)) {
    add_append(asking.call, *home, booking);
  }
}

void read_reschedule(Form& form, Asking& asking, PersonId person, std::uint32_t overrides) {
  RescheduleRequested change{};
  change.appointment = AppointmentId{asking.call.captures[0]};
  change.person = person;
  change.site = SiteId{form.id("site")};
  change.slot = SlotId{form.id("slot")};
  change.product = ProductId{form.id("product", Need::Optional)};
  change.overrides = overrides;
  asking.call.sites.emplace_back(change.site.text);
  if (const auto home = home_of_appointment(asking.log, change.appointment.text)) {
    add_append(asking.call, *home, change);
  }
}

void add_cancel(Asking& asking, PersonId person) {
  const CancelRequested cancel{AppointmentId{asking.call.captures[0]}, person};
  if (const auto home = home_of_appointment(asking.log, cancel.appointment.text)) {
    add_append(asking.call, *home, cancel);
  }
}

// No partition has ever said such an id, so none can be asked.
std::optional<Refusal> refuse_unknown(const World& world, const Turn& turn, Call& call) {
  if (!call.appends.empty()) return std::nullopt;
  const bool is_hold = call.route->pattern.find("{appointment}") == std::string_view::npos;
  const PartitionRef home = world.home_of(kBookingsTopic, call.caller.name);
  add_place(call.reply.places, {home, turn.applied(home)});
  return Refusal{.code = is_hold ? Code::UnknownHold : Code::UnknownAppointment};
}

}  // namespace jari::api
