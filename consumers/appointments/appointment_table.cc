#include "consumers/appointments/appointment_table.h"

#include <limits>
#include <tuple>

#include "consumers/requests/requests.h"

namespace jari::appointments {

AppointmentTable::AppointmentTable(Store& store)
    : store_(store),
      rows_(store, kAppointmentsTable),
      versions_(store, kVersionsTable),
      of_site_(DayOrder{&store.names()}) {}

const AppointmentRow* AppointmentTable::find(MadeId id, std::uint32_t version) const {
  const AppointmentRow* row = rows_.find(id);
  if (row != nullptr && row->version == version) return row;
  const VersionRow* former = versions_.find({id.number, version});
  return former == nullptr ? nullptr : &former->row;
}

void AppointmentTable::add(MadeId id, AppointmentRow row) {
  CHECK(!rows_.contains(id));  // ids are made of offsets: no two records share one
  row.version = 1;
  index(id, rows_.put(id, row));
}

const AppointmentRow& AppointmentTable::change(MadeId id, AppointmentRow next,
                                               const LogTime& time) {
  const AppointmentRow* before = rows_.find(id);
  CHECK(before != nullptr);
  // Keys that were decided with the version before are forgotten by then.
  const VersionRow former{*before, time.after(requests::kKeepFor)};
  const VersionKey key{id.number, before->version};
  versions_.put(key, former);
  ends_.insert({former.forget_at, key});
  take_from_index(id, former.row);
  next.version = key.version + 1;
  const AppointmentRow& row = rows_.put(id, next);
  index(id, row);
  return row;
}

Appointment AppointmentTable::document(const AppointmentRow& row, std::string_view id_text) const {
  const Names& names = store_.names();
  Appointment out;
  out.appointment = AppointmentId{id_text};
  out.programme = ProgrammeId{names.text(row.programme)};
  out.person = PersonId{names.text(row.person)};
  out.site = SiteId{names.text(row.site)};
  out.slot = SlotId{names.text(row.slot)};
  out.product = ProductId{names.text(row.product)};
  out.dose = row.dose;
  out.starts_at = row.starts_at;
  out.starts_on = row.starts_on;
  out.length_seconds = row.length_seconds;
  out.zone = names.text(row.zone);
  out.state = row.state;
  out.cancelled_by = row.cancelled_by;
  out.slot_withdrawn = row.slot_withdrawn;
  out.rebook_until = row.rebook_until;
  out.version = row.version;
  return out;
}

void AppointmentTable::for_each_booked(Name person, Visit visit) const {
  for (auto at = of_person_.lower_bound({person.number, false, 0}); at != of_person_.end(); ++at) {
    if (at->person != person.number || at->is_over) return;
    if (!visit(MadeId{at->id}, *rows_.find(MadeId{at->id}))) return;
  }
}

void AppointmentTable::for_each_newest_first(Name person, Visit visit) const {
  // Two runs, the booked and the others, each by id: merged from their ends.
  constexpr auto kLast = std::numeric_limits<std::uint64_t>::max();
  const auto begin = of_person_.lower_bound({person.number, false, 0});
  const auto middle = of_person_.upper_bound({person.number, false, kLast});
  const auto end = of_person_.upper_bound({person.number, true, kLast});
  auto booked = middle;
  auto over = end;
  while (booked != begin || over != middle) {
    bool takes_booked = over == middle;
    if (booked != begin && over != middle) {
      takes_booked = std::prev(booked)->id > std::prev(over)->id;
    }
    const MadeId id{(takes_booked ? --booked : --over)->id};
    if (!visit(id, *rows_.find(id))) return;
  }
}

void AppointmentTable::for_each_of_site(Name site, const DayPlace& from, bool is_after,
                                        Visit visit) const {
  const DayBound bound{site.number, from};
  auto at = is_after ? of_site_.upper_bound(bound) : of_site_.lower_bound(bound);
  for (; at != of_site_.end() && at->site == site.number; ++at) {
    if (!visit(MadeId{at->id}, *rows_.find(MadeId{at->id}))) return;
  }
}

void AppointmentTable::sweep(const LogTime& time, std::uint32_t count) {
  for (; count > 0 && !ends_.empty() && time.is_over(ends_.begin()->forget_at); --count) {
    versions_.erase(ends_.begin()->key);
    ends_.erase(ends_.begin());
  }
}

Instant AppointmentTable::next_deadline(const LogTime& time) const {
  return ends_.empty() ? kNever : time.at(ends_.begin()->forget_at);
}

void AppointmentTable::rebuild() {
  of_person_.clear();
  of_site_.clear();
  ends_.clear();
  rows_.for_each_unordered([&](const MadeId& id, const AppointmentRow& row) { index(id, row); });
  versions_.for_each_unordered([&](const VersionKey& key, const VersionRow& row) {
    ends_.insert({row.forget_at, key});
  });
}

bool AppointmentTable::DayOrder::before(const DayBound& a, const DayBound& b) {
  return std::tie(a.site, a.place.starts_at, a.place.slot, a.place.appointment) <
         std::tie(b.site, b.place.starts_at, b.place.slot, b.place.appointment);
}

bool AppointmentTable::DayOrder::operator()(const OfSite& a, const OfSite& b) const {
  if (a.site != b.site) return a.site < b.site;
  if (a.starts_at != b.starts_at) return a.starts_at < b.starts_at;
  return before(bound_of(a), bound_of(b));
}

void AppointmentTable::index(MadeId id, const AppointmentRow& row) {
  of_person_.insert(of_person(id, row));
  of_site_.insert(of_site(id, row));
}

void AppointmentTable::take_from_index(MadeId id, const AppointmentRow& row) {
  of_person_.erase(of_person(id, row));
  of_site_.erase(of_site(id, row));
}

}  // namespace jari::appointments
