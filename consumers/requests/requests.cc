#include "consumers/requests/requests.h"

#include <algorithm>
#include <utility>
#include <vector>

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
  const std::optional<RequestRow> row = find(key);
  if (row && (row->pending || !time.is_over(row->forget_at))) {
    if (row->content != asked.content) return Seen::Reused;
    return row->pending ? Seen::Pending : Seen::Decided;
  }
  if (person.empty() || asked.is_drawn) return Seen::New;
  return lives_.of(person_hash(person)) >= kLiveKeysMax ? Seen::TooMany : Seen::New;
}

void Requests::begin(const Hash128& key, const Asked& asked, std::string_view person,
                     std::uint16_t type) {
  if (asked.request.empty()) return;
  RequestRow row = row_of(asked, person);
  row.pending = true;
  row.asked = type;
  if (rows_.contains({key})) forget({key});  // its time is over
  put(key, row);
}

void Requests::decided(const Hash128& key, const Asked& asked, std::string_view person,
                       const Outcome& outcome, const LogTime& time) {
  if (asked.request.empty()) return;
  if (const std::optional<RequestRow> known = find(key)) {
    if (known->pending) return decided(key, outcome, time);
    forget({key});  // its time is over
  }
  if (!is_kept(outcome)) return;
  RequestRow row = row_of(asked, person);
  fill(row, outcome, time);
  put(key, row);
}

void Requests::decided(const Hash128& key, const Outcome& outcome, const LogTime& time) {
  std::optional<RequestRow> row = find(key);
  if (!row) return;  // asked without a key
  if (!is_kept(outcome)) return forget({key});
  if (!row->pending) leave_ends({key}, row->forget_at);
  fill(*row, outcome, time);
  put_decided({key}, *row);
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

// In the order of their ends, and of one end by key: which of them are left must not depend on how
// they lie here.
std::uint32_t Requests::sweep(const LogTime& time, std::uint32_t count) {
  std::uint32_t forgotten = 0;
  while (forgotten < count && !ends_.empty() && time.is_over(end_of(ends_.front()))) {
    const auto first = ends_.begin();
    const Deadline its = end_of(*first);
    auto last = std::find_if(first, ends_.end(), [&](CellNo cell) { return end_of(cell) != its; });
    if (const std::ptrdiff_t left = count - forgotten; last - first > left) {
      const auto by_key = [&](CellNo a, CellNo b) { return rows_.key_at(a) < rows_.key_at(b); };
      std::nth_element(first, first + left, last, by_key);
      last = first + left;
    }
    std::for_each(first, last, [&](CellNo cell) { take_out(rows_.key_at(cell)); });
    forgotten += static_cast<std::uint32_t>(last - first);
    ends_.erase(first, last);
  }
  return forgotten;
}

Instant Requests::next_deadline(const LogTime& time) const {
  return ends_.empty() ? kNever : time.at(end_of(ends_.front()));
}

void Requests::rebuild() {
  lives_.clear();
  std::vector<std::pair<Deadline, CellNo>> decided;
  decided.reserve(rows_.size());
  rows_.for_each_cell_unordered([&](CellNo cell) {
    const RequestRow row = rows_.row_at(cell);
    if (!row.pending) decided.emplace_back(row.forget_at, cell);
    lives_.add(row.person);
  });
  std::sort(decided.begin(), decided.end());
  ends_.clear();
  for (const auto& [end, cell] : decided) ends_.push_back(cell);
  if (!decided.empty()) last_end_ = decided.back().first;
}

std::size_t Requests::bytes() const {
  return rows_.bytes() + ends_.size() * sizeof(CellNo) + lives_.bytes();
}

void Requests::put(const Hash128& key, const RequestRow& row) {
  lives_.add(row.person);
  if (row.pending) {
    rows_.put({key}, row);
  } else {
    put_decided({key}, row);
  }
}

void Requests::put_decided(const RequestKey& key, const RequestRow& row) {
  CHECK(ends_.empty() || last_end_ <= row.forget_at);
  last_end_ = row.forget_at;
  ends_.push_back(rows_.put(key, row));
}

void Requests::forget(const RequestKey& key) {
  const std::optional<RequestRow> row = rows_.find(key);
  CHECK(row.has_value());
  if (!row->pending) leave_ends(key, row->forget_at);
  take_out(key);
}

void Requests::take_out(const RequestKey& key) {
  lives_.remove(rows_.take(key).person);
}

/// Before its turn has come, which seldom happens.
void Requests::leave_ends(const RequestKey& key, Deadline its) {
  const auto ends_before = [&](CellNo cell, Deadline end) { return end_of(cell) < end; };
  const auto first = std::lower_bound(ends_.begin(), ends_.end(), its, ends_before);
  const auto at = std::find(first, ends_.end(), rows_.cell_of(key));
  CHECK(at != ends_.end());
  ends_.erase(at);
}

}  // namespace jari::requests
