// An operator's calls on people: who is eligible, and their appointments.
#include <algorithm>
#include <array>
#include <tuple>

#include "consumers/api/bookings.h"
#include "consumers/api/documents.h"
#include "consumers/api/pages.h"
#include "consumers/api/refusals.h"

namespace jari::api {
namespace {

constexpr std::string_view kOne = "/v1/operator/appointments/{appointment}";
constexpr std::array<std::string_view, 6> kDaySearch{"from",  "to",    "slot",
                                                     "state", "after", "limit"};
constexpr std::size_t kPeopleMax = 1000;
constexpr std::int64_t kDosesDoneMax = 20;
constexpr std::size_t kOverridesMax = 4;
constexpr milliseconds kTimeAhead{14LL * 24 * 3600 * 1000};

constexpr std::array<std::pair<Code, Override>, 4> kOverrides{{
    {Code::CohortNotOpen, Override::CohortNotOpen},
    {Code::TooEarlyForNextDose, Override::TooEarlyForNextDose},
    {Code::TooLateForNextDose, Override::TooLateForNextDose},
    {Code::SlotStarted, Override::SlotStarted},
}};

std::uint32_t override_of(std::string_view name) {
  for (const auto& [code, bit] : kOverrides) {
    if (to_text(code) == name) return static_cast<std::uint32_t>(bit);
  }
  return 0;
}

std::uint32_t read_overrides(Form& form) {
  std::uint32_t bits = 0;
  for (const http::JsonValue& value : form.list("override", Need::Optional, 0, kOverridesMax)) {
    const std::uint32_t bit = override_of(value.text().value_or(std::string_view{}));
    if (bit == 0 || (bits & bit) != 0) {
      form.refuse("override",
                  "must list, each once, of cohort-not-open, too-early-for-next-dose, "
                  "too-late-for-next-dose, slot-started");
    }
    bits |= bit;
  }
  return bits;
}

EligibilityGranted read_grant(Form& form, ProgrammeId programme) {
  EligibilityGranted grant{};
  grant.programme = programme;
  grant.person = PersonId{form.id("person")};
  grant.cohort = CohortId{form.id("cohort")};
  grant.doses_done = static_cast<std::uint8_t>(
      form.integer("doses_done", Need::Optional, 0, kDosesDoneMax).value_or(0));
  grant.last_dose_on = form.day("last_dose_on", Need::Optional).value_or(Day{});
  grant.last_product = ProductId{form.id("last_product", Need::Optional)};
  return grant;
}

std::optional<Fault> grant(Asking& asking) {
  Call& call = asking.call;
  Form form(*asking.body);
  const ProgrammeId programme{form.id("programme")};
  call.reason = form.text("reason", Need::Required, kReasonLimits);
  std::vector<EligibilityGranted> grants;
  for (const http::JsonValue& value : form.list("people", Need::Required, 1, kPeopleMax)) {
    Form inner(value, "people[" + std::to_string(grants.size()) + "].");
    grants.push_back(read_grant(inner, programme));
    form.take(inner.fault());
  }
  if (auto fault = form.fault()) return fault;
  for (std::size_t i = 0; i < grants.size(); ++i) {
    add_append(asking, kBookingsTopic, grants[i].person.text, grants[i]);
    call.appends.back().request = key_of_part(call.key, i);
  }
  return std::nullopt;
}

/// All are checked before any is appended: a programme that one partition does not know is refused
/// for all.
std::optional<Refusal> check_programme(const World& world, const Turn& turn, Call& call) {
  for (const Append& append : call.appends) {
    const Record record = decode(append.type, bytes_of(append.body));
    const auto& table = world.bookings_at(append.where).view().programmes();
    if (table.find(std::get<EligibilityGranted>(record).programme) != nullptr) continue;
    touch(call.reply, turn, append.where);
    return Refusal{.code = Code::UnknownProgramme};
  }
  return std::nullopt;
}

std::optional<Fault> revoke(Asking& asking) {
  const EligibilityRevoked revoked{PersonId{asking.call.captures[1]},
                                   ProgrammeId{asking.call.captures[0]}};
  add_append(asking, kBookingsTopic, revoked.person.text, revoked);
  return std::nullopt;
}

std::optional<Fault> book(Asking& asking) {
  Form form(*asking.body);
  const PersonId person{form.id("person")};
  asking.call.reason = form.text("reason", Need::Required, kReasonLimits);
  read_booking(form, asking, person, read_overrides(form));
  return form.fault();
}

std::optional<Fault> reschedule(Asking& asking) {
  Form form(*asking.body);
  asking.call.reason = form.text("reason", Need::Required, kReasonLimits);
  read_reschedule(form, asking, PersonId{}, read_overrides(form));
  return form.fault();
}

std::optional<Fault> cancel(Asking& asking) {
  add_cancel(asking, PersonId{});
  return std::nullopt;
}

std::optional<Fault> record_attendance(Asking& asking) {
  Form form(*asking.body);
  const AttendanceRecorded attendance{AppointmentId{asking.call.captures[0]},
                                      form.boolean("attended", Need::Required).value_or(false)};
  asking.call.reason = form.text("reason", Need::Required, kReasonLimits);
  if (auto fault = form.fault()) return fault;
  if (const auto home = home_of_appointment(asking.log, attendance.appointment.text)) {
    add_append(asking.call, *home, attendance);
  }
  return std::nullopt;
}

bool may_touch_appointment(const World& world, const Caller& caller, std::string_view text) {
  const auto id = parse_appointment(text);
  if (!id || id->partition() >= world.bookings.size()) return true;  // unknown to everybody
  bool may = true;
  world.bookings[id->partition()]->view().appointment(*id, [&](const Appointment& appointment) {
    may = caller.may_touch(appointment.site.text);
    return true;
  });
  return may;
}

/// An operator limited to sites acts on theirs only: those in the body, the appointment's, the
/// hold's.
std::optional<Refusal> check_limits(const World& world, const Turn& turn, Call& call) {
  const Caller& caller = call.caller;
  if (caller.is_limited) {
    bool may = std::all_of(call.sites.begin(), call.sites.end(),
                           [&](const std::string& site) { return caller.may_touch(site); });
    if (call.route->pattern.starts_with(kOne)) {
      may = may && may_touch_appointment(world, caller, call.captures[0]);
    } else if (call.sites.empty() && !call.appends.empty()) {
      const Record record = decode(call.appends[0].type, bytes_of(call.appends[0].body));
      const auto& booking = std::get<BookingRequested>(record);
      const PartitionRef home = world.home_of(kBookingsTopic, booking.person.text);
      for (const auto& hold :
           world.bookings_at(home).view().holds_of(booking.person, turn.time(home))) {
        if (hold.hold == booking.hold.text) may = caller.may_touch(hold.site.text);
      }
    }
    if (!may) return Refusal{.code = Code::ScopeRequired};
  }
  return refuse_unknown(world, turn, call);
}

void look_at_one(const World& world, const Turn& turn, Call& call) {
  const auto id = parse_appointment(call.captures[0]);
  const bool is_made = id && id->partition() < world.bookings.size();
  const PartitionRef where =
      is_made ? PartitionRef{kBookingsTopic, id->partition()} : PartitionRef{kBookingsTopic, 0};
  touch(call.reply, turn, where);
  if (!may_touch_appointment(world, call.caller, call.captures[0])) {
    return refuse(call.reply, Code::ScopeRequired);
  }
  std::string body;
  if (is_made) {
    world.bookings_at(where).view().appointment(*id, [&](const Appointment& appointment) {
      append_shown(body, world, appointment, turn.time(where).now);
      return true;
    });
  }
  if (body.empty()) return refuse(call.reply, Code::UnknownAppointment);
  show(call.reply, std::move(body));
}

/// Where a row stands in the day list.
struct DayRow {
  Instant starts_at;
  std::string slot;
  std::uint64_t id = 0;
  std::string json;
  [[nodiscard]] auto place() const { return std::tie(starts_at, slot, id); }
};

std::optional<DayRow> parse_day_place(const std::string& text) {
  const auto place = parse_place(ListKind::Day, text);
  if (!place) return std::nullopt;
  const std::size_t slash = place->id.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const auto id = parse_appointment(std::string_view{place->id}.substr(slash + 1));
  if (!id) return std::nullopt;
  return DayRow{place->at, place->id.substr(0, slash), id->number, {}};
}

std::vector<DayRow> rows_of_day(const World& world, const Turn& turn, const Search& search,
                                appointments::DayQuery query, Reply& reply) {
  std::vector<DayRow> rows;
  for (PartitionNo i = 0; i < world.bookings.size(); ++i) {
    const PartitionRef where{kBookingsTopic, i};
    touch(reply, turn, where);
    const Instant now = turn.time(where).now;
    std::size_t count = 0;
    world.bookings[i]->view().day_list(query, [&](const Appointment& appointment) {
      DayRow row{appointment.starts_at,
                 std::string(appointment.slot.text),
                 parse_appointment(appointment.appointment.text)->number,
                 {}};
      append_shown(row.json, world, appointment, now);
      rows.push_back(std::move(row));
      return ++count <= search.limit;
    });
  }
  std::sort(rows.begin(), rows.end(),
            [](const DayRow& a, const DayRow& b) { return a.place() < b.place(); });
  return rows;
}

void list_day(const World& world, const Turn& turn, Call& call) {
  const Search& search = call.search;
  const SiteId site{call.captures[0]};
  const PartitionRef home = world.home_of(kInventoryTopic, site.text);
  touch(call.reply, turn, home);
  if (!world.site_at(home).view().site(site)) return refuse(call.reply, Code::UnknownSite);
  const Instant now = turn.time(home).now;
  appointments::DayQuery query;
  query.site = site;
  query.from = search.from.value_or(now);
  query.to = search.to.value_or(query.from + kTimeAhead);
  query.slot = SlotId{search.slot};
  query.state = search.state.value_or(AppointmentState::Unknown);
  std::optional<DayRow> after;
  if (!search.after.empty()) {
    after = parse_day_place(search.after);
    if (!after) return refuse(call.reply, {.code = Code::InvalidRequest, .field = "after"});
    query.is_after = true;
    query.after = {after->starts_at, after->slot, MadeId{after->id}};
  }
  const auto rows = rows_of_day(world, turn, search, query, call.reply);
  const std::size_t count = std::min(rows.size(), search.limit);
  std::string body;
  http::JsonWriter json(body);
  json.begin_object().key("appointments").begin_array();
  for (std::size_t i = 0; i < count; ++i) json.raw(rows[i].json);
  json.end_array();
  if (rows.size() > count) {
    const DayRow& last = rows[count - 1];
    json.field("next", place_text(ListKind::Day, last.starts_at,
                                  last.slot + "/" + appointment_text(MadeId{last.id})));
  }
  json.field("as_of", text_at(now)).end_object();
  show(call.reply, std::move(body));
}

Route change_of(http::Method method, std::string_view pattern,
                std::optional<Fault> (*prepare)(Asking&)) {
  Route route;
  route.method = method;
  route.pattern = pattern;
  route.access = Access::Operator;
  route.key = KeyRule::Optional;
  route.takes_body = method == http::Method::Post;
  route.takes_reason = method == http::Method::Delete;
  route.prepare = prepare;
  return route;
}

void add_limited(std::vector<Route>& to, Route route) {
  route.may_be_limited = true;
  route.amend = check_limits;
  to.push_back(route);
}

}  // namespace

void add_operator_booking_routes(std::vector<Route>& to) {
  Route grants = change_of(http::Method::Post, "/v1/operator/eligibility", grant);
  grants.body_bytes_max = kEligibilityBytesMax;
  grants.amend = check_programme;
  to.push_back(grants);
  to.push_back(
      change_of(http::Method::Delete, "/v1/operator/eligibility/{programme}/{person}", revoke));
  Route booking = change_of(http::Method::Post, "/v1/operator/appointments", book);
  booking.key = KeyRule::Required;
  add_limited(to, booking);
  add_limited(to, change_of(http::Method::Delete, kOne, cancel));
  add_limited(to, change_of(http::Method::Post,
                            "/v1/operator/appointments/{appointment}/reschedule", reschedule));
  add_limited(to,
              change_of(http::Method::Post, "/v1/operator/appointments/{appointment}/attendance",
                        record_attendance));
  to.push_back(
      {.pattern = kOne, .access = Access::Reader, .may_be_limited = true, .look = look_at_one});
  to.push_back({.pattern = "/v1/operator/sites/{site}/appointments",
                .access = Access::Reader,
                .is_of_a_site = true,
                .parameters = kDaySearch,
                .look = list_day});
}

}  // namespace jari::api
