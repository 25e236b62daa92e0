#include "engine/log/embedded/embedded_log.h"

#include <algorithm>
#include <future>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/thread_name.h"

namespace jari {
namespace {

void drop_empty_sections(LogBatch& batch) {
  std::erase_if(batch.sections, [](const LogSection& section) { return section.ends.empty(); });
}

/// What is still wanted of each partition, and how many records that are.
struct Wanted {
  PartitionOffsets from;
  PartitionOffsets until;
  std::uint64_t left = 0;

  Wanted(const LogIdentity& identity, std::span<const LogPlace> places,
         const PartitionOffsets& ends)
      : from(identity), until(identity) {
    for (const auto& place : places) {
      const Offset end = ends[place.where];
      CHECK(until[place.where] == 0);  // a partition is named once
      if (place.next_offset >= end) continue;
      from[place.where] = place.next_offset;
      until[place.where] = end;
      left += end - place.next_offset;
    }
  }
  [[nodiscard]] bool has_any_of(const SectionView& section) const {
    return from[section.where] < std::min(until[section.where], section.end()) &&
           section.base_offset < until[section.where];
  }
};

/// Shows the records of an unpacked section that are wanted; false where the reader stops.
bool show(const SectionView& section, Wanted& wanted, const Log::Visit& visit) {
  Offset& from = wanted.from[section.where];
  const Offset until = std::min(wanted.until[section.where], section.end());
  for (; from < until; ++from, --wanted.left) {
    if (!visit({section.where, from, section.record(from - section.base_offset)})) return false;
  }
  return true;
}

}  // namespace

EmbeddedLog::EmbeddedLog(std::unique_ptr<CommitStore> store, const EmbeddedLogOptions& options,
                         bool is_beside)
    : store_(std::move(store)), options_(options), is_beside_(is_beside) {}

EmbeddedLog::~EmbeddedLog() {
  if (!committer_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_one();
  committer_.join();
}

void EmbeddedLog::append(LogBatch batch, Done done) {
  append_lent(std::move(batch),
              [done = std::move(done)](Result<void> result, const LogBatch& /*lent*/) {
                done(std::move(result));
              });
}

void EmbeddedLog::append_lent(LogBatch batch, DoneWith done) {
  if (is_beside_) {
    done(Error{ErrorCode::BadArgument, "the log in " + store_->path() +
                                           " was opened for reading beside its owner; only the "
                                           "owner appends"},
         std::move(batch));
    return;
  }
  drop_empty_sections(batch);
  CHECK(batch.bytes() <= kCommitBytesMax / 2);
  for (const auto& section : batch.sections) {
    CHECK(section.base_offset == taken_[section.where]);
    taken_[section.where] += section.count();
  }
  {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [&] { return waiting_.size() < kCommitsWaitingMax; });
    waiting_.push_back({std::move(batch), std::move(done)});
  }
  has_work_.notify_one();
}

void EmbeddedLog::commit_until_stopped() {
  name_this_thread("jari-log");
  std::deque<Waiting> batches;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      has_work_.wait(lock, [&] { return is_stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      batches.swap(waiting_);
    }
    has_room_.notify_one();
    if (!failed_) {
      if (const auto written = commit(batches); !written) failed_ = written.error();
    }
    for (auto& one : batches) {
      one.done(failed_ ? Result<void>{*failed_} : Result<void>{}, std::move(one.batch));
    }
    batches.clear();
  }
}

void EmbeddedLog::flush() {
  std::promise<void> answered;  // a batch without records is answered in its turn
  append({}, [&](const Result<void>&) { answered.set_value(); });
  answered.get_future().wait();
}

Result<void> EmbeddedLog::commit(std::deque<Waiting>& batches, bool has_genesis) {
  std::vector<CommitWrite> writes;
  LogWrite written_now;
  for (auto& [batch, done] : batches) {
    if (batch.sections.empty()) continue;
    CommitWrite write;
    write.commit = tip_.next().commit;
    write.frame = write_frame(tip_.next(), batch, options_.compress);
    if (write.commit % kCommitsAnIndexEntry == 0) write.index = tip_.ends().all();
    write.has_genesis = has_genesis;
    tip_.pass_own(batch, bytes_of(write.frame));
    ++written_now.commits;
    written_now.raw_bytes += batch.bytes();
    written_now.kept_bytes += write.frame.size();
    writes.push_back(std::move(write));
  }
  if (writes.empty()) return {};
  const auto start = std::chrono::steady_clock::now();
  if (auto written = store_->put(writes); !written) return written;
  written_now.took = std::chrono::steady_clock::now() - start;
  publish(tip_);
  if (options_.on_write) options_.on_write(written_now);
  return {};
}

void EmbeddedLog::publish(const CommitCursor& tip) {
  const std::lock_guard lock(mutex_);
  durable_ = tip.ends();
  durable_commits_ = tip.next().commit;
}

Offset EmbeddedLog::end(PartitionRef where) const {
  const std::lock_guard lock(mutex_);
  return durable_[where];
}

Result<CommitNo> EmbeddedLog::commit_to_read_from(std::span<const LogPlace> from,
                                                  CommitNo last) const {
  // The last index entry at which no partition wanted is past its place. Entry 0 always fits.
  CommitNo fits = 0;
  CommitNo beyond = last / kCommitsAnIndexEntry + 1;
  PartitionOffsets offsets(identity_);
  while (beyond - fits > 1) {
    const CommitNo middle = fits + (beyond - fits) / 2;
    auto index = store_->index_at(middle * kCommitsAnIndexEntry);
    if (!index) return std::move(index).error();
    if (index->size() != offsets.all().size()) {
      return Error{ErrorCode::BadBytes, "an index entry of the log in " + store_->path() +
                                            " is of another number of partitions; restore the "
                                            "log from a backup"};
    }
    offsets.set_all(std::move(*index));
    const bool is_before = std::all_of(from.begin(), from.end(), [&](const LogPlace& place) {
      return offsets[place.where] <= place.next_offset;
    });
    (is_before ? fits : beyond) = middle;
  }
  return fits * kCommitsAnIndexEntry;
}

Result<void> EmbeddedLog::read(std::span<const LogPlace> from, const Visit& visit) {
  PartitionOffsets ends;
  CommitNo commits = 0;
  {
    const std::lock_guard lock(mutex_);
    ends = durable_;
    commits = durable_commits_;
  }
  Wanted wanted(identity_, from, ends);
  if (wanted.left == 0) return {};
  auto first = commit_to_read_from(from, commits - 1);
  if (!first) return std::move(first).error();
  auto index = store_->index_at(*first);
  if (!index) return std::move(index).error();

  CommitCursor cursor(identity_);
  cursor.stand_before(*first, std::move(*index));
  FrameReader reader;
  bool is_stopped = false;
  auto walked = store_->walk(*first, [&](CommitNo found, Bytes frame) -> Result<bool> {
    if (auto passed = cursor.pass(found, frame, reader); !passed) return passed.error();
    const auto& sections = reader.sections();
    const auto is_wanted = [&](const auto& section) { return wanted.has_any_of(section); };
    if (std::none_of(sections.begin(), sections.end(), is_wanted)) return true;
    if (auto unpacked = reader.unpack(); !unpacked) return unpacked.error();
    for (const auto& section : sections) {
      if (is_wanted(section) && !show(section, wanted, visit)) {
        is_stopped = true;
        return false;
      }
    }
    return wanted.left > 0;
  });
  if (!walked) return walked;
  if (wanted.left > 0 && !is_stopped) {
    return Error{ErrorCode::LogGap, "the log in " + store_->path() + " ends after commit " +
                                        std::to_string(cursor.next().commit - 1) + " of " +
                                        std::to_string(commits) +
                                        "; restore the log from a backup"};
  }
  return {};
}

EmbeddedLogFigures EmbeddedLog::figures() const {
  EmbeddedLogFigures now;
  {
    const std::lock_guard lock(mutex_);
    now.commits = durable_commits_;
  }
  now.is_write_stopped = store_->property("rocksdb.is-write-stopped") != 0;
  now.delayed_write_bytes_a_second = store_->property("rocksdb.actual-delayed-write-rate");
  now.compaction_backlog_bytes = store_->property("rocksdb.estimate-pending-compaction-bytes");
  return now;
}

}  // namespace jari
