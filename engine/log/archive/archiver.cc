#include "engine/log/archive/archiver.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "engine/log/archive/segment_writer.h"

namespace jari {

Result<std::unique_ptr<Archiver>> Archiver::open(const std::string& dir, Log& log,
                                                 const ArchiverOptions& options) {
  if (auto made = make_archive_directory(dir); !made) return made.error();
  auto lock = ArchiveFile::make(dir + "/lock");
  if (!lock) return std::move(lock).error();
  if (!lock->lock()) {
    return Error{ErrorCode::InUse, "another `jari archive` is at work in " + dir +
                                       "; stop it, or name another directory"};
  }
  auto archive = Archive::open(dir);
  if (!archive && archive.error().code != ErrorCode::NotFound) return std::move(archive).error();
  if (!archive) archive = Archive::begin(dir, log.identity(), log.writers());
  const Hash128 theirs = (*archive)->identity().incarnation;
  if (theirs != log.identity().incarnation) {
    return Error{ErrorCode::LogMismatch,
                 "the archive in " + dir + " is of the log with incarnation " + to_text(theirs) +
                     ", this one is " + to_text(log.identity().incarnation) +
                     ": each log has an archive of its own (the copy that a backup makes is "
                     "another log); name another directory"};
  }
  return std::unique_ptr<Archiver>(
      new Archiver(log, options, std::move(*lock), std::move(*archive)));
}

Archiver::Archiver(Log& log, const ArchiverOptions& options, ArchiveFile lock,
                   std::unique_ptr<Archive> archive)
    : log_(log), options_(options), lock_(std::move(lock)), archive_(std::move(archive)) {
  for (const PartitionRef where : archive_->identity().partitions()) {
    lines_[where];
    std::error_code none;  // of one that was killed
    std::filesystem::remove(archive_->directory_of(where) + "/" + std::string(kUnfinished), none);
  }
}

Archiver::~Archiver() = default;

Offset Archiver::next_offset(PartitionRef where) const {
  const auto& writer = lines_.at(where).writer;
  return writer ? writer->next_offset() : archive_->line(where).end();
}

/// Where to read on. A log that may have become another one is held against the archive again.
Result<LogPlace> Archiver::place_of(PartitionRef where, Line& line) {
  const LogEnds ends = log_.ends(where);
  if (line.is_joined && ends.generation == line.generation) {
    return LogPlace{where, next_offset(where)};
  }
  if (line.writer) {
    if (auto finished = finish(where); !finished) return finished.error();
  }
  line.is_joined = false;
  line.generation = ends.generation;
  auto joint = archive_->joint(where, ends);
  if (!joint) return std::move(joint).error();
  return LogPlace{where, *joint};
}

Result<std::uint64_t> Archiver::advance() {
  const std::uint64_t before = taken_;
  std::vector<LogPlace> from;
  for (auto& [where, line] : lines_) {
    auto place = place_of(where, line);
    if (!place) return std::move(place).error();
    from.push_back(*place);
  }
  std::optional<Error> failed;
  auto read = log_.read(from, [&](const LogRecord& record) {
    if (log_.ends(record.where).generation != lines_.at(record.where).generation) return false;
    auto taken = take(record);
    if (!taken) failed = taken.error();
    return taken.has_value();
  });
  if (failed) return *std::move(failed);
  if (!read) return read.error();
  return taken_ - before;
}

Result<void> Archiver::take(const LogRecord& record) {
  Line& line = lines_.at(record.where);
  const Offset next = next_offset(record.where);
  const bool is_last_of_archive = !line.is_joined && record.offset + 1 == next;
  if (is_last_of_archive) {
    auto compared = archive_->compare(record);
    line.is_joined = compared.has_value();
    return compared;
  }
  if (record.offset != next) {
    return Error{ErrorCode::LogGap,
                 "the log goes on at offset " + std::to_string(record.offset) + " of " +
                     archive_->identity().topics[record.where.topic].name + " " +
                     std::to_string(record.where.partition) + " where " + std::to_string(next) +
                     " should stand: a record is missing; run `jari audit` on the log"};
  }
  line.is_joined = true;
  return add(record, line);
}

Result<void> Archiver::add(const LogRecord& record, Line& line) {
  if (!line.writer) {
    SegmentAbout about;
    about.where = record.where;
    about.writers = archive_->writers();
    about.base_offset = record.offset;
    about.chain_before = archive_->line(record.where).chain;
    about.genesis = archive_->genesis();
    auto begun = SegmentWriter::begin(archive_->directory_of(record.where), std::move(about));
    if (!begun) return std::move(begun).error();
    line.writer = std::move(*begun);
  }
  if (auto added = line.writer->add(record); !added) return added;
  ++taken_;
  note_cause(record);
  if (line.writer->raw_bytes() < options_.segment_bytes) return {};
  return finish(record.where);
}

void Archiver::note_cause(const LogRecord& record) {
  const auto envelope = envelope_of(record);
  if (!envelope || !envelope->stream) return;
  const auto source = lines_.find(envelope->stream->source);
  if (source == lines_.end()) return;
  source->second.caused = std::max(source->second.caused, envelope->stream->cause + 1);
}

bool Archiver::is_whole() const {
  return std::all_of(lines_.begin(), lines_.end(),
                     [&](const auto& one) { return one.second.caused <= next_offset(one.first); });
}

std::uint64_t Archiver::open_records() const {
  std::uint64_t records = finished_;
  for (const auto& [where, line] : lines_) {
    if (line.writer) records += line.writer->next_offset() - archive_->line(where).end();
  }
  return records;
}

Result<void> Archiver::finish(PartitionRef where) {
  auto& writer = lines_.at(where).writer;
  auto about = writer->finish();
  if (!about) return std::move(about).error();
  finished_ += about->end_offset - about->base_offset;
  archive_->add(*about);
  writer.reset();
  return {};
}

Result<std::uint64_t> Archiver::close() {
  for (auto& [where, line] : lines_) {
    if (!line.writer) continue;
    if (auto finished = finish(where); !finished) return finished.error();
  }
  if (auto written = archive_->write_ends(); !written) return written.error();
  return std::exchange(finished_, 0);
}

}  // namespace jari
