#include "ops/jari/log_refill.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <optional>
#include <utility>

#include "engine/log/kafka/kafka_topics.h"
#include "ops/jari/log_source.h"

namespace jari::ops {
namespace {

constexpr Offset kComparedAtOnce = 65'536;
constexpr std::size_t kBytesAtOnce = std::size_t{1} << 20;

using Steady = std::chrono::steady_clock;
constexpr std::chrono::seconds kComesWithin{10};

}  // namespace

LogRefill::Mark LogRefill::mark_of(const LogRecord& record) {
  return {hash128(record.bytes), record.is_forged};
}

Result<std::unique_ptr<LogRefill>> LogRefill::open(const KafkaLogOptions& options,
                                                   const Archive& archive) {
  const auto made = make_kafka_log(options, archive.identity());
  if (!made) return made.error();
  if (made->incarnation != archive.identity().incarnation) {
    return Error{ErrorCode::LogMismatch,
                 "the topics hold the log with incarnation " + to_text(made->incarnation) +
                     ", the archive is of " + to_text(archive.identity().incarnation) +
                     ": nothing was written; name the topics and the archive that belong together"};
  }
  auto log = KafkaLog::open(options);
  if (!log) return std::move(log).error();
  KafkaLogOptions without_key = options;
  without_key.seal_key.clear();
  auto unsealed = KafkaLog::open(without_key);
  if (!unsealed) return std::move(unsealed).error();
  return std::unique_ptr<LogRefill>(new LogRefill(archive, std::move(*log), std::move(*unsealed)));
}

/// What stands there already is held against the archive: all of it where the rest is to follow,
/// else the last record alone.
Result<std::uint64_t> LogRefill::refill(PartitionRef where, Offset until) {
  const LogEnds ends = log_->ends(where);
  if (until <= ends.begin) return std::uint64_t{0};
  const bool is_whole = ends.end >= until;
  const Offset from = is_whole ? until - 1 : ends.begin;
  if (auto same = compare(where, from, std::min(ends.end, until)); !same) return same.error();
  if (is_whole) return std::uint64_t{0};
  if (auto appended = append(where, ends.end, until); !appended) return appended.error();
  if (auto same = compare(where, ends.end, until); !same) return same.error();
  return until - ends.end;
}

Error LogRefill::does_not_fit(PartitionRef where, Offset offset) const {
  const std::string name =
      archive_.identity().topics[where.topic].name + "/" + std::to_string(where.partition);
  return {ErrorCode::LogMismatch,
          name + " has another record at offset " + std::to_string(offset) +
              " than the archive: somebody has written there since it was archived, or does now; "
              "see that no node runs, delete that topic, then run this again"};
}

Result<void> LogRefill::compare(PartitionRef where, Offset from, Offset until) {
  std::vector<Mark> found;
  for (Offset at = from; at < until; at += found.size()) {
    found.clear();
    const Offset end = std::min(until, at + kComparedAtOnce);
    if (auto read = read_marks({where, at}, end, found); !read) return read;
    std::optional<Offset> other;
    const auto archived = archive_.read({where, at}, end, [&](const LogRecord& record) {
      if (mark_of(record) != found[record.offset - at]) other = record.offset;
      return !other;
    });
    if (!archived) return archived.error();
    if (other) return does_not_fit(where, *other);
  }
  return {};
}

/// What was just appended comes a moment later.
Result<void> LogRefill::read_marks(const LogPlace& from, Offset end, std::vector<Mark>& found) {
  auto until = Steady::now() + kComesWithin;
  while (found.size() < end - from.next_offset) {
    const LogPlace place{from.where, from.next_offset + found.size()};
    std::optional<Offset> beyond;
    const std::size_t before = found.size();
    const auto read = log_->read({&place, 1}, [&](const LogRecord& record) {
      if (record.offset >= end) return false;
      if (record.offset != from.next_offset + found.size()) {
        beyond = record.offset;
        return false;
      }
      found.push_back(mark_of(record));
      return true;
    });
    if (beyond) return does_not_fit(from.where, *beyond);
    if (!read && read.error().code != ErrorCode::Unavailable) return read;
    if (found.size() > before) {
      until = Steady::now() + kComesWithin;
    } else if (Steady::now() > until) {
      return Error{ErrorCode::Unavailable, "what the topics have cannot be read; run this again"};
    } else {
      wait_for_records();
    }
  }
  return {};
}

Result<void> LogRefill::append(PartitionRef where, Offset from, Offset until) {
  LogSection section;
  bool is_forged = false;
  std::optional<Error> failed;
  const auto flush = [&] {
    if (section.count() == 0) return;
    section.where = where;
    section.base_offset = kAnyOffset;
    auto done = append_now(is_forged ? *unsealed_ : *log_, std::exchange(section, {}));
    if (!done) failed = std::move(done).error();
  };
  const auto read = archive_.read({where, from}, until, [&](const LogRecord& record) {
    if (record.is_forged != is_forged || section.bytes.size() >= kBytesAtOnce) flush();
    is_forged = record.is_forged;
    section.add(record.bytes);
    return !failed;
  });
  if (!failed) flush();
  if (failed) return *std::move(failed);
  if (!read) return read.error();
  return {};
}

/// One batch after the other, each acknowledged: so they stand in their order.
Result<void> LogRefill::append_now(Log& log, LogSection section) {
  LogBatch batch;
  batch.sections.push_back(std::move(section));
  std::promise<Result<void>> answer;
  log.append(std::move(batch), [&](Result<void> result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}

}  // namespace jari::ops
