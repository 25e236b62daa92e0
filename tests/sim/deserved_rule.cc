#include "tests/sim/deserved_rule.h"

#include <algorithm>

#include "consumers/appointments/appointments.h"
#include "consumers/inventory/inventory.h"
#include "consumers/queue/queue.h"

namespace jari::sim {
namespace {

constexpr milliseconds kDay{24 * 3'600'000};

/// A hold is judged as a booking is, and asks a site as a booking does.
BookingRequested booking_of(const HoldRequested& ask) {
  BookingRequested booking;
  booking.person = ask.person;
  booking.programme = ask.programme;
  booking.product = ask.product;
  return booking;
}
Reserve reserve_of(const HoldRequested& ask) {
  Reserve reserve;
  reserve.person = ask.person;
  reserve.site = ask.site;
  reserve.slot = ask.slot;
  reserve.product = ask.product;
  reserve.not_before = ask.not_before;
  reserve.not_after = ask.not_after;
  return reserve;
}

/// What a person has in a programme, as they are shown it.
struct Course {
  std::uint32_t active = 0;
  std::uint8_t last = 0;  // dose
  std::string product;    // of it
};

}  // namespace

void DeservedRule::begins(const Envelope& envelope) {
  const bool is_request = envelope.kind == RecordKind::Request && envelope.asked;
  request_ = is_request ? std::string(envelope.asked->request) : std::string{};
  const bool is_read = is_request || envelope.kind == RecordKind::Effect;
  asked_ = is_read ? decode(envelope.type, envelope.body) : Record{};
}

void DeservedRule::said(Partition& partition, const Envelope& row) {
  const Record record = decode(row.type, row.body);
  const auto* refused = std::get_if<ReservationRefused>(&record);
  const auto* no_hold = std::get_if<HoldRefused>(&record);
  if (const auto* ask = std::get_if<Reserve>(&asked_); ask != nullptr && refused != nullptr) {
    judge_site(partition, *ask, refused->code);
  }
  if (const auto* ask = std::get_if<HoldRequested>(&asked_); ask != nullptr && no_hold != nullptr) {
    judge_site(partition, reserve_of(*ask), no_hold->code);
  }
}

void DeservedRule::judge_site(Partition& partition, const Reserve& ask, Code code) {
  const auto view = static_cast<const inventory::Inventory&>(partition.consumer()).view();
  const auto slot = view.slot(ask.site, ask.slot);
  const auto is_full = [](const inventory::Balance& all) {
    return all.booked + all.held >= all.total;
  };
  const auto is = [&](Code which, bool is_deserved) {
    if (code == which) expect(is_deserved, code, ask.person.text);
  };
  is(Code::UnknownSite, !view.site(ask.site));
  is(Code::UnknownSlot, !slot);
  if (!slot) return;
  is(Code::SlotWithdrawn, slot->is_withdrawn);
  is(Code::SlotStarted, slot->starts_at <= partition.time().now);
  is(Code::TooEarlyForNextDose, slot->starts_on < ask.not_before);
  is(Code::TooLateForNextDose, ask.not_after.is_known() && slot->starts_on > ask.not_after);
  is(Code::SlotFull, is_full(slot->places));
  const auto stock = view.stock(ask.site);
  is(Code::OutOfStock, std::none_of(stock.begin(), stock.end(), [&](const auto& one) {
       return one.product.text == ask.product.text && !is_full(one.doses);
     }));
}

void DeservedRule::decided(Partition& partition, const Outcome& outcome) {
  const bool is_its_own = outcome.request == request_ && outcome.decision == Decision::Refused;
  if (!is_its_own) return;
  if (const auto* ask = std::get_if<BookingRequested>(&asked_); ask && ask->hold.empty()) {
    judge_booking(partition, *ask, outcome.code);
  } else if (const auto* hold = std::get_if<HoldRequested>(&asked_)) {
    judge_booking(partition, booking_of(*hold), outcome.code);
  } else if (const auto* ticket = std::get_if<TicketRequested>(&asked_)) {
    judge_ticket(partition, *ticket, outcome.code);
  }
}

void DeservedRule::judge_booking(Partition& partition, const BookingRequested& ask, Code code) {
  const auto view = static_cast<const appointments::Appointments&>(partition.consumer()).view();
  const LogTime time = partition.time();
  const auto& table = view.programmes();
  const auto named = table.by_text().find(ask.programme.text);
  if (named == table.by_text().end()) return;
  const ProgrammeConfigured programme =
      table.settings_of(named->second, *table.find(named->second));
  const auto product =
      std::find_if(programme.products.begin(), programme.products.end(),
                   [&](const auto& one) { return one.product.text == ask.product.text; });
  if (product == programme.products.end()) return;
  const auto all = view.eligibility_of(ask.person, time);
  const auto own = std::find_if(all.begin(), all.end(), [&](const auto& one) {
    return one.programme.text == ask.programme.text;
  });
  if (own == all.end()) return;
  Course course{0, 0, std::string(own->last_product.text)};
  view.appointments_of(ask.person, [&](const Appointment& one) {
    const bool is_active = one.state == AppointmentState::Booked &&
                           one.programme.text == ask.programme.text &&
                           one.starts_at + kDay > time.now;
    if (!is_active) return true;
    ++course.active;
    if (one.dose > course.last) course.product = one.product.text;
    course.last = std::max(course.last, one.dose);
    return true;
  });
  const std::uint32_t dose = own->doses_done + 1U + course.active;
  const bool has_all = course.active >= programme.active_appointments_max;
  const bool may_follow =
      course.product.empty() || course.product == ask.product.text ||
      std::any_of(product->follows.begin(), product->follows.end(),
                  [&](const ProductId& one) { return one.text == course.product; });
  const auto is = [&](Code which, bool is_deserved) {
    if (code == which) expect(is_deserved, code, ask.person.text);
  };
  is(Code::UnknownProduct, false);
  is(Code::NotEligible, dose > product->doses || (dose > 1 && !may_follow));
  is(Code::AlreadyBooked, has_all);
  const bool has_right = own->rebook_until > time.now;
  const bool is_open =
      std::any_of(programme.cohorts.begin(), programme.cohorts.end(), [&](const CohortWindow& one) {
        return one.cohort.text == own->cohort.text && one.opens_at <= time.now &&
               time.now < one.closes_at;
      });
  is(Code::CohortNotOpen, !has_right && !is_open);
  const auto session = view.session(ask.person, programme.queue, time);
  is(Code::NotAdmitted, !has_right && !programme.queue.empty() && !session);
}

void DeservedRule::judge_ticket(Partition& partition, const TicketRequested& ask, Code code) {
  const auto& queues = static_cast<const queue::Queue&>(partition.consumer());
  const LogTime time = partition.time();
  const auto view = queues.view(ask.queue, time);
  const auto is = [&](Code which, bool is_deserved) {
    if (code == which) expect(is_deserved, code, ask.person.text);
  };
  is(Code::UnknownQueue, !view);
  if (!view) return;
  const queue::QueueRow& settings = *view->settings;
  const Instant opens_at = settings.prequeue ? settings.prequeue->opens_at : settings.opens_at;
  is(Code::QueueClosed, settings.closes_at <= time.now);
  is(Code::QueueNotOpen, opens_at > time.now);
  is(Code::TicketEnded, !settings.rejoin && queues.ticket(ask.queue, ask.person, time));
}

}  // namespace jari::sim
