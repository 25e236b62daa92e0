#include "consumers/audit/audit.h"

#include <algorithm>
#include <map>
#include <vector>

#include "consumers/audit/auditor.h"
#include "consumers/audit/read_ahead.h"
#include "consumers/audit/settling.h"

namespace jari::audit {
namespace {

constexpr std::uint64_t kProgressEvery = 16'384;
constexpr std::size_t kWaitsMax = 10'000;  // for one record
constexpr int kRoundsMax = 8;              // in search of what was acknowledged

/// A log read part by part, twice.
class TwoReadings {
 public:
  TwoReadings(const Records& records, const Progress& progress)
      : records_(records),
        log_(*records.log),
        progress_(progress),
        settling_(records.identity, records.writers, records.block_records),
        report_(records.identity),
        auditor_(records.identity, report_, records.writers, Order::Any) {}

  Result<Report> audit() {
    if (auto noted = note_all(); !noted) return noted.error();
    if (auto judged = judge_all(); !judged) return judged.error();
    return std::move(report_);
  }

 private:
  Result<void> note_all() {
    const auto note = [this](const LogRecord& record) { settling_.note(record); };
    std::map<PartitionRef, Offset> ends;  // as they are now: what comes later is not looked at
    for (const PartitionRef where : records_.identity.partitions()) ends[where] = log_.end(where);
    for (const auto& [where, end] : ends) {
      if (auto read = read_up_to(where, 0, end, note); !read) return read;
    }
    // The ends of two partitions are not of one moment: what is named as a cause, or acknowledged,
    // is read, too. What was acknowledged may be lost, and a log that goes on always has more.
    bool is_more = true;
    for (int round = 0; is_more; ++round) {
      is_more = false;
      for (auto& [where, end] : ends) {
        const Offset now = log_.end(where);
        const bool is_sought = round < kRoundsMax && settling_.lacks_acknowledged(where);
        const Offset wanted = is_sought ? now : std::min(settling_.caused(where), now);
        if (wanted <= end) continue;
        if (auto read = read_up_to(where, end, wanted, note); !read) return read;
        end = wanted;
        is_more = true;
      }
    }
    return {};
  }

  Result<void> judge_all() {
    while (const auto block = settling_.next()) {
      for (const LogPlace& place : block->needed) {
        if (auto taken = take_up_to(place.where, place.next_offset); !taken) return taken;
      }
      auditor_.settled(block->where, block->end - 1);
    }
    for (const PartitionRef where : records_.identity.partitions()) {
      if (auto taken = take_up_to(where, settling_.end(where)); !taken) return taken;
    }
    auditor_.finish();
    return {};
  }

  Result<void> take_up_to(PartitionRef where, Offset end) {
    Offset& next = taken_[where];
    if (next >= end) return {};
    auto read =
        read_up_to(where, next, end, [this](const LogRecord& record) { auditor_.take(record); });
    next = end;
    return read;
  }

  /// A log in Kafka gives what has come; the rest a moment later.
  template <class Take>
  Result<void> read_up_to(PartitionRef where, Offset next, Offset end, const Take& take) {
    for (std::size_t waits = 0; next < end;) {
      const Offset before = next;
      const LogPlace from{where, next};
      auto read = log_.read({&from, 1}, [&](const LogRecord& record) {
        take(record);
        if (++read_ % kProgressEvery == 0 && progress_) progress_(read_);
        next = record.offset + 1;
        return next < end;
      });
      if (!read) return read;
      if (next > before) {
        waits = 0;
      } else if (++waits > kWaitsMax) {
        return Error{ErrorCode::Unavailable,
                     "offset " + std::to_string(next) + " of " +
                         records_.identity.topics[where.topic].name + " " +
                         std::to_string(where.partition) +
                         " does not come, and the log says that it ends at " + std::to_string(end) +
                         "; see that nobody truncates it, then run it again"};
      } else {
        records_.wait();
      }
    }
    return {};
  }

  const Records& records_;
  Log& log_;
  const Progress& progress_;
  Settling settling_;
  Report report_;
  Auditor auditor_;
  std::map<PartitionRef, Offset> taken_;
  std::uint64_t read_ = 0;
};

Result<void> read_here(const Records& records, const Progress& progress, Auditor& auditor) {
  std::uint64_t read = 0;
  return records.read([&](const LogRecord& record) {
    auditor.take(record);
    if (++read % kProgressEvery == 0 && progress) progress(read);
    return true;
  });
}

Result<void> read_ahead(const Records& records, const Progress& progress, const Report& report,
                        Auditor& auditor) {
  ReadAhead ahead(records.read, auditor.arrivals());
  std::uint64_t told = 0;
  while (true) {
    Blocks opened = ahead.next(auditor.take_spare());
    if (opened.empty()) return ahead.result();
    auditor.take(std::move(opened));
    if (report.records() - told < kProgressEvery) continue;
    told = report.records();
    if (progress) progress(told);
  }
}

}  // namespace

Records records_of(Log& log) {
  Records records;
  records.identity = log.identity();
  records.writers = log.writers();
  std::vector<LogPlace> all;
  for (const PartitionRef where : records.identity.partitions()) {
    all.push_back({where, 0});
    records.count += log.end(where);
  }
  records.read = [&log, all](const Log::Visit& visit) { return log.read(all, visit); };
  return records;
}

Records records_in_any_order(Log& log, std::function<void()> wait) {
  Records records = records_of(log);
  records.count *= 2;  // each is read twice
  records.log = &log;
  records.wait = std::move(wait);
  return records;
}

Result<Report> audit(const Records& records, const Progress& progress) {
  if (records.log != nullptr) return TwoReadings(records, progress).audit();
  Report report(records.identity);
  Auditor auditor(records.identity, report, records.writers);
  const auto done = records.is_read_ahead ? read_ahead(records, progress, report, auditor)
                                          : read_here(records, progress, auditor);
  if (!done) return done.error();
  auditor.finish();
  return report;
}

}  // namespace jari::audit
