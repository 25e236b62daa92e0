#include "consumers/appointments/appointment_table.h"

#include <algorithm>
#include <limits>

#include "consumers/requests/requests.h"

namespace jari::appointments {
namespace {

template <class Ids>
void add_to(Ids& ids, MadeId id) {
  ids.insert(std::lower_bound(ids.begin(), ids.end(), id.number), id.number);  // mostly the end
}

/// Takes it out of the list of `key`, and the list out of the map once it is empty.
template <class Lists, class Key>
void take_from(Lists& lists, const Key& key, MadeId id) {
  const auto at = lists.find(key);
  CHECK(at != lists.end());
  auto& ids = at->second;
  const auto its = std::lower_bound(ids.begin(), ids.end(), id.number);
  CHECK(its != ids.end() && *its == id.number);
  ids.erase(its);
  if (ids.empty()) lists.erase(at);
}

}  // namespace

AppointmentTable::AppointmentTable(Store& store)
    : store_(store), rows_(store, kAppointmentsTable), versions_(store, kVersionsTable) {}

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
  const auto booked = booked_.find(person.number);
  if (booked == booked_.end()) return;
  for (const std::uint64_t id : booked->second) {
    if (!visit(MadeId{id}, *rows_.find(MadeId{id}))) return;
  }
}

void AppointmentTable::for_each_newest_first(Name person, Visit visit) const {
  // Two runs, the booked and the others, each by id: merged from their ends.
  const auto known = booked_.find(person.number);
  const Ids booked = known == booked_.end() ? Ids{} : known->second;
  auto next = booked.rbegin();
  const auto over_begin = over_.lower_bound({person.number, 0});
  auto over = over_.upper_bound({person.number, std::numeric_limits<std::uint64_t>::max()});
  while (next != booked.rend() || over != over_begin) {
    const bool takes_booked =
        over == over_begin || (next != booked.rend() && *next > std::prev(over)->id);
    const MadeId id{takes_booked ? *next++ : (--over)->id};
    if (!visit(id, *rows_.find(id))) return;
  }
}

void AppointmentTable::for_each_of_site(Name site, const DayPlace& from, bool is_after,
                                        Visit visit) const {
  const DaySlot first{from.starts_at, from.slot, {}};
  const std::vector<DaySlot>& days = days_in_order(site);
  for (auto day = std::lower_bound(days.begin(), days.end(), first); day != days.end(); ++day) {
    const auto known = of_slot_.find({site.number, day->name.number, day->starts_at});
    if (known == of_slot_.end()) continue;
    const Ids& ids = known->second;
    auto at = ids.begin();
    if (*day == first) {
      const std::uint64_t bound = from.appointment.number;
      at = is_after ? std::upper_bound(ids.begin(), ids.end(), bound)
                    : std::lower_bound(ids.begin(), ids.end(), bound);
    }
    for (; at != ids.end(); ++at) {
      if (!visit(MadeId{*at}, *rows_.find(MadeId{*at}))) return;
    }
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
  booked_.clear();
  over_.clear();
  of_slot_.clear();
  days_.clear();
  ends_.clear();
  rows_.for_each_unordered([&](const MadeId& id, const AppointmentRow& row) { index(id, row); });
  versions_.for_each_unordered([&](const VersionKey& key, const VersionRow& row) {
    ends_.insert({row.forget_at, key});
  });
}

void AppointmentTable::index(MadeId id, const AppointmentRow& row) {
  if (row.state == AppointmentState::Booked) {
    add_to(booked_[row.person.number], id);
  } else {
    over_.insert({row.person.number, id.number});
  }
  Ids& ids = of_slot_[slot_of(row)];  // before its days are put in order
  if (ids.empty()) {
    Days& days = days_[row.site.number];
    days.slots.push_back({row.starts_at, store_.names().text(row.slot), row.slot});
    days.is_in_order = false;
    if (days.slots.size() >= days.bound) put_in_order(row.site, days);
  }
  add_to(ids, id);
}

const std::vector<AppointmentTable::DaySlot>& AppointmentTable::days_in_order(Name site) const {
  static const std::vector<DaySlot> kNone;
  const auto known = days_.find(site.number);
  if (known == days_.end()) return kNone;
  if (!known->second.is_in_order) put_in_order(site, known->second);
  return known->second.slots;
}

void AppointmentTable::put_in_order(Name site, Days& days) const {
  auto& slots = days.slots;
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  std::erase_if(slots, [&](const DaySlot& one) {
    return !of_slot_.contains({site.number, one.name.number, one.starts_at});
  });
  days.bound = 2 * slots.size() + Days{}.bound;
  days.is_in_order = true;
}

void AppointmentTable::take_from_index(MadeId id, const AppointmentRow& row) {
  if (row.state == AppointmentState::Booked) {
    take_from(booked_, row.person.number, id);
  } else {
    over_.erase({row.person.number, id.number});
  }
  take_from(of_slot_, slot_of(row), id);
}

}  // namespace jari::appointments
