#include "consumers/requests/requests.h"

#include <algorithm>

namespace jari::requests {
namespace {

std::uint64_t person_hash(std::string_view person) {
  return person.empty() ? 0 : std::max<std::uint64_t>(1, hash128(bytes_of(person)).low);
}

/// Of a request, before anything is decided. A key that the door drew counts for nobody.
RequestRow row_of(const Asked& asked, std::string_view person) {
  RequestRow row;
  row.content = asked.content;
  row.person = asked.is_drawn ? 0 : person_hash(person);
  return row;
}

/// What may not be remembered (429, 503, 422) is judged anew.
bool is_kept(const Outcome& outcome) {
  return outcome.decision == Decision::Granted || is_remembered(outcome.code);
}

}  // namespace

Hash128 key_of(Role role, std::string_view by, std::string_view request) {
  thread_local std::string bytes;
  bytes.clear();
  bytes.push_back(static_cast<char>(role));
  bytes.append(by).push_back('\0');  // neither can hold a NUL: ids, and names the door has checked
  bytes.append(request);
  return hash128(bytes_of(bytes));
}

Seen Requests::look(const Hash128& key, const Asked& asked, std::string_view person,
                    const LogTime& time) const {
  if (asked.request.empty()) return Seen::New;
  const RequestRow* row = find(key);
  if (row != nullptr && (row->pending || !time.is_over(row->forget_at))) {
    if (row->content != asked.content) return Seen::Reused;
    return row->pending ? Seen::Pending : Seen::Decided;
  }
  if (person.empty() || asked.is_drawn) return Seen::New;
  const auto lives = lives_.find(person_hash(person));
  return lives != lives_.end() && lives->second >= kLiveKeysMax ? Seen::TooMany : Seen::New;
}

void Requests::begin(const Hash128& key, const Asked& asked, std::string_view person,
                     std::uint16_t type) {
  if (asked.request.empty()) return;
  RequestRow row = row_of(asked, person);
  row.pending = true;
  row.asked = type;
  if (rows_.contains({key})) forget(key);  // its time is over
  put(key, row);
}

void Requests::decided(const Hash128& key, const Asked& asked, std::string_view person,
                       const Outcome& outcome, const LogTime& time) {
  if (asked.request.empty()) return;
  if (const RequestRow* known = rows_.find({key}); known != nullptr) {
    if (known->pending) return decided(key, outcome, time);
    forget(key);  // its time is over
  }
  if (!is_kept(outcome)) return;
  RequestRow row = row_of(asked, person);
  fill(row, outcome, time);
  put(key, row);
}

void Requests::decided(const Hash128& key, const Outcome& outcome, const LogTime& time) {
  const RequestRow* known = rows_.find({key});
  if (known == nullptr) return;  // asked without a key
  if (!is_kept(outcome)) return forget(key);
  if (!known->pending) ends_.remove(known->forget_at, key);
  const RequestRow& row = rows_.change({key}, [&](RequestRow& it) { fill(it, outcome, time); });
  ends_.add(row.forget_at, key);
}

void Requests::fill(RequestRow& row, const Outcome& outcome, const LogTime& time) {
  Names& names = store_.names();
  row.pending = false;
  row.asked = outcome.asked;
  row.status = outcome.status;
  row.code = outcome.code;
  row.forget_at = time.after(kKeepFor);
  row.ticket = outcome.ticket;
  if (outcome.appointment) {
    row.appointment = parse_appointment(outcome.appointment->appointment.text).value_or(MadeId{});
    row.appointment_version = outcome.appointment->version;
  }
  row.hold = parse_hold(outcome.hold.text).value_or(MadeId{});
  row.until = outcome.until;
  row.opens_at = outcome.opens_at;
  row.not_before = outcome.not_before;
  row.not_after = outcome.not_after;
  row.version = outcome.version;
  row.programme_version = outcome.programme_version;
  row.used_rebook_right = outcome.used_rebook_right;
  row.field = names.intern(outcome.field);
  if (outcome.decision != Decision::Granted) return;
  row.programme = names.intern(outcome.programme.text);
  row.queue = names.intern(outcome.queue.text);
  row.site = names.intern(outcome.site.text);
  row.slot = names.intern(outcome.slot.text);
  row.product = names.intern(outcome.product.text);
}

Outcome Requests::outcome_of(const RequestRow& row, std::string_view request) const {
  const Names& names = store_.names();
  Outcome outcome;
  outcome.request = request;
  outcome.asked = row.asked;
  outcome.decision = row.code == Code::None ? Decision::Granted : Decision::Refused;
  outcome.code = row.code;
  outcome.status = row.status;
  outcome.ticket = row.ticket;
  outcome.until = row.until;
  outcome.opens_at = row.opens_at;
  outcome.not_before = row.not_before;
  outcome.not_after = row.not_after;
  outcome.version = row.version;
  outcome.programme_version = row.programme_version;
  outcome.used_rebook_right = row.used_rebook_right;
  outcome.programme = ProgrammeId{names.text(row.programme)};
  outcome.queue = QueueId{names.text(row.queue)};
  outcome.site = SiteId{names.text(row.site)};
  outcome.slot = SlotId{names.text(row.slot)};
  outcome.product = ProductId{names.text(row.product)};
  outcome.field = names.text(row.field);
  return outcome;
}

std::uint32_t Requests::sweep(const LogTime& time, std::uint32_t count) {
  std::uint32_t forgotten = 0;
  for (; forgotten < count && !ends_.empty() && time.is_over(ends_.first_at()); ++forgotten) {
    take_out(ends_.take_first());
  }
  return forgotten;
}

Instant Requests::next_deadline(const LogTime& time) const {
  return ends_.empty() ? kNever : time.at(ends_.first_at());
}

void Requests::rebuild() {
  ends_.clear();
  lives_.clear();
  rows_.for_each_unordered([&](const RequestKey& key, const RequestRow& row) {
    if (!row.pending) ends_.add(row.forget_at, key.hash);
    if (row.person != 0) ++lives_[row.person];
  });
}

void Requests::put(const Hash128& key, const RequestRow& row) {
  if (!row.pending) ends_.add(row.forget_at, key);
  if (row.person != 0) ++lives_[row.person];
  rows_.put({key}, row);
}

void Requests::forget(const Hash128& key) {
  const RequestRow* row = rows_.find({key});
  CHECK(row != nullptr);
  if (!row->pending) ends_.remove(row->forget_at, key);
  take_out(key);
}

void Requests::take_out(const Hash128& key) {
  const RequestRow row = rows_.take({key});
  if (row.person != 0 && --lives_[row.person] == 0) lives_.erase(row.person);
}

}  // namespace jari::requests
