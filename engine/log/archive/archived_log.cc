#include "engine/log/archive/archived_log.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace jari {

Result<std::unique_ptr<ArchivedLog>> ArchivedLog::open(const std::string& dir,
                                                       std::unique_ptr<Log> live) {
  auto archive = Archive::open(dir);
  if (!archive) return std::move(archive).error();
  if (live && live->identity().incarnation != (*archive)->identity().incarnation) {
    return Error{ErrorCode::LogMismatch,
                 "the archive in " + dir + " is of the log with incarnation " +
                     to_text((*archive)->identity().incarnation) + ", the log named is " +
                     to_text(live->identity().incarnation) + "; name those that belong together"};
  }
  const auto& ends = (*archive)->ends().all();
  if (!live && std::all_of(ends.begin(), ends.end(), [](Offset end) { return end == 0; })) {
    return Error{ErrorCode::NotFound,
                 "nothing in " + dir +
                     " belongs together yet: the first run of `jari archive` was stopped before it "
                     "had all; run it again"};
  }
  return std::unique_ptr<ArchivedLog>(new ArchivedLog(std::move(*archive), std::move(live)));
}

void ArchivedLog::append(LogBatch, Done done) {
  done(
      Error{ErrorCode::BadArgument, "an archive takes no records; only `jari archive` adds to it"});
}

LogEnds ArchivedLog::ends(PartitionRef where) const {
  if (!live_) return {0, archive_->ends()[where], 0, 0};
  LogEnds ends = live_->ends(where);
  ends.begin = 0;
  return ends;
}

Result<void> ArchivedLog::read(std::span<const LogPlace> from, const Visit& visit) {
  std::vector<LogPlace> behind;
  for (const LogPlace& place : from) {
    const Offset end = archive_->line(place.where).end();
    const Offset until = live_ ? end : archive_->ends()[place.where];
    auto goes_on = archive_->read(place, until, visit);
    if (!goes_on) return std::move(goes_on).error();
    if (!*goes_on) return {};
    behind.push_back({place.where, std::max(place.next_offset, end)});
  }
  return live_ ? read_live(behind, visit) : Result<void>{};
}

Result<void> ArchivedLog::read_live(std::span<const LogPlace> from, const Visit& visit) {
  std::vector<LogPlace> places;
  for (const LogPlace& place : from) {
    if (place.next_offset > archive_->line(place.where).end()) {
      places.push_back(place);
      continue;
    }
    auto joint = archive_->joint(place.where, live_->ends(place.where));
    if (!joint) return std::move(joint).error();
    places.push_back({place.where, *joint});
  }
  std::optional<Error> another;
  auto read = live_->read(places, [&](const LogRecord& record) {
    if (record.offset >= archive_->line(record.where).end()) return visit(record);
    if (auto compared = archive_->compare(record); !compared) another = compared.error();
    return !another;
  });
  if (another) return *std::move(another);
  return read;
}

}  // namespace jari
