// tests/engine/log/log_writer.h — appends to a log and remembers what must be in it.
//
// Errors:  none of its own; answers are kept for the test to look at.
// Threads: append() and the waiting from one thread; answers come from the log's.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace jari {

using Texts = std::vector<std::string>;

inline LogIdentity identity_for_tests() {
  LogIdentity identity;
  identity.incarnation = {0x1111, 0x2222};
  identity.topics = {{"queue", 2, false}, {"bookings", 3, false}, {"outcomes", 1, true}};
  identity.begins = Instant{1'626'048'000'000};
  identity.stream_window = 16'384;
  identity.outage_ms = 10'000;
  return identity;
}

/// The end of every partition, as the log says it.
inline std::map<PartitionRef, Offset> ends_of(const Log& log) {
  std::map<PartitionRef, Offset> ends;
  for (const auto& where : log.identity().partitions()) ends[where] = log.end(where);
  return ends;
}

/// All records of the partitions from the places named, as texts.
inline std::map<PartitionRef, Texts> texts_of(Log& log, const std::vector<LogPlace>& from) {
  std::map<PartitionRef, Texts> texts;
  log.read(from,
           [&](const LogRecord& record) {
             texts[record.where].emplace_back(text_of(record.bytes));
             return true;
           })
      .value();
  return texts;
}

inline std::map<PartitionRef, Texts> texts_of(Log& log) {
  std::vector<LogPlace> from;
  for (const auto& where : log.identity().partitions()) from.push_back({where, 0});
  return texts_of(log, from);
}

class LogWriter {
 public:
  explicit LogWriter(Log& log) : log_(log), ends_(ends_of(log)) {}

  void add(PartitionRef where, std::string_view text) {
    for (auto& section : batch_.sections) {
      if (section.where == where) return add_to(section, text);
    }
    LogSection section;
    section.where = where;
    section.base_offset = log_.writers() == LogWriters::Many ? kAnyOffset : ends_[where];
    batch_.sections.push_back(std::move(section));
    add_to(batch_.sections.back(), text);
  }

  /// Appends what was added since the last time, as one batch; returns its number from 0.
  std::size_t append() {
    const std::size_t number = asked_++;
    log_.append(std::exchange(batch_, {}), [this, number](Result<void> result) {
      const std::lock_guard lock(mutex_);
      answers_.emplace_back(number, std::move(result));
      is_answered_.notify_one();
    });
    return number;
  }
  void wait() {
    std::unique_lock lock(mutex_);
    is_answered_.wait(lock, [&] { return answers_.size() == asked_; });
  }

  [[nodiscard]] std::vector<std::pair<std::size_t, Result<void>>> answers() const {
    const std::lock_guard lock(mutex_);
    return answers_;
  }
  /// What was added, by partition.
  [[nodiscard]] const std::map<PartitionRef, Texts>& added() const { return added_; }

 private:
  void add_to(LogSection& section, std::string_view text) {
    section.add(bytes_of(text));
    ++ends_[section.where];
    added_[section.where].emplace_back(text);
  }

  Log& log_;
  std::map<PartitionRef, Offset> ends_;
  std::map<PartitionRef, Texts> added_;
  LogBatch batch_;
  std::size_t asked_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable is_answered_;
  std::vector<std::pair<std::size_t, Result<void>>> answers_;
};

}  // namespace jari
