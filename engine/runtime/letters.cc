#include "engine/runtime/letters.h"

#include <iterator>
#include <utility>

namespace jari {
namespace {

/// The section's records, and an empty one in its place.
LogSection taken(LogSection& section, PartitionRef where) {
  LogSection records = std::exchange(section, LogSection{});
  records.where = where;
  records.base_offset = kAnyOffset;
  return records;
}

}  // namespace

Letters::Letters(Log& log, std::function<void()> wake)
    : log_(log), inbox_(std::make_shared<Inbox>()) {
  inbox_->wake = std::move(wake);
}

Letters::~Letters() {
  const std::scoped_lock lock(inbox_->mutex);
  inbox_->wake = [] {};
}

void Letters::send(MemberSlot& to) {
  if (to.perishable.count() > 0) {
    LogBatch batch;
    batch.is_perishable = true;
    batch.sections.push_back(taken(to.perishable, to.where));
    log_.append(std::move(batch), [](const Result<void>&) {});
  }
  if (to.records.count() > 0) {
    append(taken(to.records, to.where), {{}, std::exchange(to.spans, {}), 0});
  }
  if (to.requests.count() > 0) {
    LogSection requests = taken(to.requests, to.where);
    waiting_requests_ += requests.count();
    ++waves_[wave_].left;
    append(requests, {requests, {}, wave_});
  }
}

void Letters::append(LogSection section, Letter letter) {
  const std::uint64_t number = ++letter_;
  letters_.emplace(number, std::move(letter));
  LogBatch batch;
  batch.sections.push_back(std::move(section));
  log_.append(std::move(batch), [inbox = inbox_, number](const Result<void>& result) {
    const std::scoped_lock lock(inbox->mutex);
    inbox->answers.emplace_back(number, result.has_value());
    inbox->wake();
  });
}

bool Letters::wait(Calls& calls) {
  const auto wave = waves_.find(wave_);
  if (wave == waves_.end()) return false;
  wave->second.calls = std::exchange(calls, {});
  ++wave_;
  return true;
}

NodeOptions::Calls Letters::take(milliseconds now, const Answered& answered) {
  std::vector<std::pair<std::uint64_t, bool>> answers;
  {
    const std::scoped_lock lock(inbox_->mutex);
    answers.swap(inbox_->answers);
  }
  Calls over;
  for (const auto& [number, is_good] : answers) {
    Letter letter = std::move(letters_.extract(number).mapped());
    for (const StreamSpan& span : letter.spans) answered(span, is_good);
    if (letter.wave == 0) continue;
    if (is_good) {
      good(letter, over);
    } else {
      again_.push_back({now + kAppendAgainAfter, std::move(letter)});
    }
  }
  while (!again_.empty() && again_.front().at <= now) {
    Letter letter = std::move(again_.front().letter);
    again_.pop_front();
    append(letter.requests, letter);
  }
  return over;
}

void Letters::good(Letter& letter, Calls& over) {
  waiting_requests_ -= letter.requests.count();
  const auto wave = waves_.find(letter.wave);
  if (--wave->second.left > 0) return;
  std::move(wave->second.calls.begin(), wave->second.calls.end(), std::back_inserter(over));
  waves_.erase(wave);
}

}  // namespace jari
