#include "consumers/audit/sync_rules.h"

#include <algorithm>
#include <vector>

namespace jari::audit {
namespace {

std::string text_of(Made appointment) {
  return "appointment " + appointment_text(MadeId{appointment});
}

}  // namespace

const Document* SyncRules::find(Made appointment) const {
  const auto at = standing_.find(appointment);
  return at == standing_.end() ? nullptr : &at->second.document;
}

// A document that was asked for again stands twice with one version, and says the same.
void SyncRules::check(const Seen& seen, const Document* before, const Document& now,
                      const At& row) const {
  const std::uint32_t version = before == nullptr ? 0 : before->version;
  const bool is_again = before != nullptr && *before == now;
  desk_.expect(now.appointment != 0, Rule::I7, row, "a document of no appointment");
  desk_.expect(now.version == version + 1 || is_again, Rule::I7, row, [&] {
    return text_of(now.appointment) + " has version " + std::to_string(now.version) +
           " after version " + std::to_string(version);
  });
  const std::string key = appointment_text(MadeId{now.appointment});
  desk_.expect(desk_.home_of(kSyncTopic, key) == row.where, Rule::I7, row,
               [&] { return text_of(now.appointment) + " stands in a partition that is not its"; });
  if (is_again) return;
  if (before != nullptr) {
    check_change(seen, *before, now, row);
  } else {
    desk_.expect(now.state == AppointmentState::Booked, Rule::I7, row, [&] {
      return text_of(now.appointment) + " began as " + std::string(to_text(now.state));
    });
  }
  const bool is_moved = before == nullptr || before->site != now.site || before->slot != now.slot ||
                        before->product != now.product || before->starts_at != now.starts_at;
  if (is_moved) check_cause(seen, now, row);
}

void SyncRules::check_change(const Seen& seen, const Document& before, const Document& now,
                             const At& row) const {
  const auto is_attendance = [](AppointmentState state) {
    return state == AppointmentState::Attended || state == AppointmentState::Missed;
  };
  // A site may have withdrawn the slot before it began, and be heard after who came was recorded.
  const bool is_withdrawn =
      now.state == AppointmentState::Cancelled && body_as<AppointmentWithdrawn>(seen) != nullptr;
  const bool may = before.state == AppointmentState::Booked ||
                   (is_attendance(before.state) && (is_attendance(now.state) || is_withdrawn));
  desk_.expect(may, Rule::I7, row, [&] {
    return text_of(now.appointment) + " was " + std::string(to_text(before.state)) +
           " and became " + std::string(to_text(now.state));
  });
  desk_.expect(before.person == now.person && before.programme == now.programme, Rule::I7, row,
               [&] { return text_of(now.appointment) + " became another person's"; });
  desk_.expect(!is_attendance(now.state) || seen.time.now >= now.starts_at, Rule::I7, row,
               [&] { return text_of(now.appointment) + " was attended before it began"; });
}

/// Only a site's yes gives a place.
void SyncRules::check_cause(const Seen& seen, const Document& now, const At& row) const {
  const auto* yes = body_as<ReservationGranted>(seen);
  const bool is_it = yes != nullptr && seen.is_applied && seen.ids.appointment == now.appointment &&
                     seen.ids.site == now.site && seen.ids.slot == now.slot &&
                     seen.ids.product == now.product && yes->starts_at == now.starts_at;
  desk_.expect(is_it, Rule::I7, row, [&] {
    return text_of(now.appointment) + " has a place that no site granted: slot " +
           desk_.names.text(now.slot) + " of site " + desk_.names.text(now.site);
  });
}

const Document* SyncRules::shown(const Said& said) const {
  const Document* newest = find(said.appointment);
  if (newest != nullptr && newest->says == said.shown) return newest;
  for (const Document& one : replaced_) {
    if (one.appointment == said.appointment && one.says == said.shown) return &one;
  }
  return nullptr;
}

const Document* SyncRules::before(Made appointment) const {
  for (const Document& one : replaced_) {
    if (one.appointment == appointment) return &one;
  }
  return find(appointment);
}

/// What was answered is what sync says, or said until just now. Of the last records of a log that
/// goes on, sync may have been read up to where it did not say so yet.
void SyncRules::check_outcomes(const Seen& seen) const {
  if (!seen.is_settled) return;
  for_each<Said>(*seen.caused, [&](const Said& said, const At& row) {
    if (said.decision != Decision::Granted || said.appointment == 0) return;
    desk_.expect(shown(said) != nullptr, Rule::I7, row, [&] {
      return "the answer shows " + text_of(said.appointment) + " otherwise than sync does";
    });
  });
}

void SyncRules::look_at_unsettled(const Seen& seen) {
  if (seen.ids.appointment != 0) unsettled_.insert(seen.ids.appointment);
}

bool SyncRules::agrees(const Document& document, const SiteRules& sites) {
  const Booked* booked = sites.booked(document.appointment, document.site);
  const bool is_cancelled = document.state == AppointmentState::Cancelled;
  const bool has_dose = document.state != AppointmentState::Missed;
  if (booked == nullptr) {
    return is_cancelled || sites.is_untold(document.appointment, document.site);
  }
  return !is_cancelled && booked->slot == document.slot && booked->has_dose == has_dose &&
         booked->product == document.product;
}

void SyncRules::finish(const SiteRules& sites) const {
  std::vector<Made> wrong;
  for (const auto& [id, standing] : standing_) {
    if (unsettled_.contains(id)) continue;
    if (!agrees(standing.document, sites)) wrong.push_back(id);
    desk_.report.checked(Rule::I7);
  }
  std::vector<Stay> unknown;
  for (const auto& [stay, booked] : sites.all_booked()) {
    const Document* document = find(stay.first);
    const bool is_known = document != nullptr && document->site == stay.second;
    if (!is_known && !unsettled_.contains(stay.first)) unknown.push_back(stay);
  }
  // In an order that is the same every time.
  std::sort(wrong.begin(), wrong.end());
  std::sort(unknown.begin(), unknown.end());
  for (const Made id : wrong) report_wrong(standing_.at(id), sites);
  for (const Stay& stay : unknown) {
    const auto known = standing_.find(stay.first);
    const At at = known != standing_.end() ? known->second.row
                                           : sites.booked(stay.first, stay.second)->granted_at;
    desk_.expect(false, Rule::I7, at,
                 "site " + desk_.names.text(stay.second) + " has a place for " +
                     text_of(stay.first) + ", and sync does not");
  }
}

void SyncRules::report_wrong(const Standing& standing, const SiteRules& sites) const {
  const Document& document = standing.document;
  const Booked* booked = sites.booked(document.appointment, document.site);
  const std::string has = booked == nullptr
                              ? "no place for it"
                              : "a place for it in slot " + desk_.names.text(booked->slot);
  desk_.expect(false, Rule::I7, standing.row,
               text_of(document.appointment) + " is " + std::string(to_text(document.state)) +
                   " in sync, and its site has " + has);
}

}  // namespace jari::audit
