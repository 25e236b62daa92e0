#include "engine/log/simulated/simulated_log.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace jari {

SimulatedLog::SimulatedLog(LogIdentity identity, const SimulatedLogOptions& options)
    : identity_(std::move(identity)),
      options_(options),
      random_(options.seed),
      taken_(identity_),
      durable_(identity_) {
  LogBatch first;
  const std::string record = genesis_record(identity_);
  for (const auto& where : identity_.partitions()) {
    LogSection section;
    section.where = where;
    section.add(bytes_of(record));
    first.sections.push_back(std::move(section));
  }
  keep(std::move(first));
  taken_ = durable_;
}

std::uint64_t SimulatedLog::draw(std::uint64_t below) {
  return random_() % below;
}

void SimulatedLog::append(LogBatch batch, Done done) {
  std::erase_if(batch.sections, [](const LogSection& section) { return section.ends.empty(); });
  for (const auto& section : batch.sections) {
    CHECK(section.base_offset == taken_[section.where]);
    taken_[section.where] += section.count();
  }
  const std::uint64_t steps = draw(std::uint64_t{options_.delay_steps_max} + 1);
  waiting_.push_back({std::move(batch), std::move(done), steps});
}

std::optional<Error> SimulatedLog::why_not(const LogBatch& batch) {
  if (failed_) return failed_;
  if (batches_to_failure_ && (*batches_to_failure_)-- == 0) {
    failed_ = failure_;
  } else if (batch.bytes() > room_ - std::min(room_, bytes_)) {
    failed_ = Error{ErrorCode::DiskFull, "the simulated disk is full"};
  }
  return failed_;
}

bool SimulatedLog::step() {
  if (waiting_.empty()) return false;
  if (waiting_.front().steps_left > 0) {
    --waiting_.front().steps_left;
    return true;
  }
  Waiting one = std::move(waiting_.front());
  waiting_.pop_front();
  const bool is_first = !failed_;
  if (auto failed = why_not(one.batch)) {
    if (is_first && failed->code == ErrorCode::Io) uncertain_ = std::move(one.batch);
    one.done(*std::move(failed));
  } else {
    keep(std::move(one.batch));
    one.done({});
  }
  return true;
}

void SimulatedLog::settle() {
  while (step()) {
  }
}

void SimulatedLog::keep(LogBatch batch) {
  if (batch.sections.empty()) return;
  bytes_ += batch.bytes();
  for (const auto& section : batch.sections) durable_[section.where] += section.count();
  commits_.push_back(std::move(batch));
}

void SimulatedLog::fail_after(std::size_t batches, Error why) {
  batches_to_failure_ = batches;
  failure_ = std::move(why);
}

bool SimulatedLog::take_read_fault() {
  reads_to_failure_.reset();
  return std::exchange(has_read_failed_, false);
}

void SimulatedLog::stop_failing() {
  batches_to_failure_.reset();
  room_ = std::numeric_limits<std::uint64_t>::max();
}

void SimulatedLog::crash() {
  if (uncertain_ && draw(2) == 0) keep(*std::move(uncertain_));
  uncertain_.reset();
  const std::uint64_t stands = draw(waiting_.size() + 1);
  for (std::uint64_t i = 0; i < stands && !why_not(waiting_.front().batch); ++i) {
    keep(std::move(waiting_.front().batch));
    waiting_.pop_front();
  }
  waiting_.clear();
  taken_ = durable_;
  batches_to_failure_.reset();
  failed_.reset();
}

void SimulatedLog::check_nothing_waits() const {
  CHECK(waiting_.empty() && !failed_);
}

void SimulatedLog::truncate(std::size_t commits) {
  check_nothing_waits();
  for (; commits > 0 && commits_.size() > 1; --commits) {
    const LogBatch& last = commits_.back();
    bytes_ -= last.bytes();
    for (const auto& section : last.sections) durable_[section.where] -= section.count();
    commits_.pop_back();
  }
  taken_ = durable_;
}

void SimulatedLog::repeat_last() {
  check_nothing_waits();
  LogBatch again = commits_.back();
  for (auto& section : again.sections) {
    section.base_offset = taken_[section.where];
    taken_[section.where] += section.count();
  }
  keep(std::move(again));
}

Result<void> SimulatedLog::read(std::span<const LogPlace> from, const Visit& visit) {
  PartitionOffsets next(identity_);
  PartitionOffsets until(identity_);
  bool fails = false;
  const Visit visit_or_fail = [&](const LogRecord& record) {
    if (reads_to_failure_) fails = (*reads_to_failure_)-- == 0;
    return !fails && visit(record);
  };
  for (const auto& place : from) {
    CHECK(until[place.where] == 0);  // a partition is named once
    if (place.next_offset >= durable_[place.where]) continue;
    next[place.where] = place.next_offset;
    until[place.where] = durable_[place.where];
  }
  if (options_.mixes_partitions) {
    read_mixed(std::move(next), until, visit_or_fail);
  } else {
    read_in_order(std::move(next), until, visit_or_fail);
  }
  if (!fails) return {};
  reads_to_failure_.reset();
  has_read_failed_ = true;
  return Error{ErrorCode::Io, "a simulated read failed"};
}

/// Where a read in order begins: no commit before it has a record that is wanted.
std::size_t SimulatedLog::first_commit_with(const PartitionOffsets& next,
                                            const PartitionOffsets& until) const {
  std::size_t wanted = 0;  // partitions whose first record has not been met
  for (std::size_t i = 0; i < until.all().size(); ++i) wanted += until.all()[i] > next.all()[i];
  std::size_t first = commits_.size();
  for (; first > 0 && wanted > 0; --first) {
    for (const auto& section : commits_[first - 1].sections) {
      const Offset at = next[section.where];
      if (at >= section.base_offset && at < section.base_offset + section.count() &&
          at < until[section.where]) {
        --wanted;
      }
    }
  }
  return first;
}

void SimulatedLog::read_in_order(PartitionOffsets next, const PartitionOffsets& until,
                                 const Visit& visit) {
  const std::size_t commits = commits_.size();  // visit may append
  for (std::size_t i = first_commit_with(next, until); i < commits; ++i) {
    for (const auto& section : commits_[i].sections) {
      const Offset end = std::min(section.base_offset + section.count(), until[section.where]);
      Offset& at = next[section.where];
      for (; at < end; ++at) {
        if (!visit({section.where, at, section.record(at - section.base_offset)})) return;
      }
    }
  }
}

void SimulatedLog::read_mixed(PartitionOffsets next, const PartitionOffsets& until,
                              const Visit& visit) {
  // The sections that hold what is wanted, by partition; then one of the partitions at a time.
  std::vector<std::deque<const LogSection*>> queues;
  for (const auto& where : identity_.partitions()) {
    std::deque<const LogSection*> queue;
    for (const auto& batch : commits_) {
      for (const auto& section : batch.sections) {
        const bool is_wanted = section.base_offset < until[where] &&
                               section.base_offset + section.count() > next[where];
        if (section.where == where && is_wanted) queue.push_back(&section);
      }
    }
    if (!queue.empty()) queues.push_back(std::move(queue));
  }
  while (!queues.empty()) {
    auto& queue = queues[draw(queues.size())];
    const LogSection& section = *queue.front();
    Offset& at = next[section.where];
    for (; at < section.base_offset + section.count(); ++at) {
      if (!visit({section.where, at, section.record(at - section.base_offset)})) return;
    }
    queue.pop_front();
    if (queue.empty()) {
      std::swap(queue, queues.back());
      queues.pop_back();
    }
  }
}

}  // namespace jari
