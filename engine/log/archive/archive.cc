#include "engine/log/archive/archive.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "engine/log/archive/segment_reader.h"

namespace jari {
namespace {

namespace fs = std::filesystem;

/// Of a partition's directory, by their offsets.
std::vector<std::string> segments_in(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code none;
  for (const auto& one : fs::directory_iterator(directory, none)) {
    if (one.path().extension() == kSegmentSuffix) paths.push_back(one.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Result<std::unique_ptr<Archive>> Archive::open(const std::string& dir) {
  std::unique_ptr<Archive> archive(new Archive(dir));
  if (auto found = archive->find_identity(); !found) return found.error();
  // First, since another process may be adding segments: there are never fewer than it says.
  if (auto read = archive->read_ends(); !read) return read.error();
  for (const PartitionRef where : archive->identity_.partitions()) {
    if (auto read = archive->read_line(where); !read) return read.error();
  }
  if (auto checked = archive->check_ends(); !checked) return checked.error();
  return archive;
}

std::unique_ptr<Archive> Archive::begin(const std::string& dir, const LogIdentity& identity,
                                        LogWriters writers) {
  std::unique_ptr<Archive> archive(new Archive(dir));
  archive->genesis_ = genesis_record(identity);
  archive->identity_ = identity;
  archive->writers_ = writers;
  archive->ends_ = PartitionOffsets(identity);
  for (const PartitionRef where : identity.partitions()) archive->lines_[where];
  return archive;
}

std::string Archive::name_of(PartitionRef where) const {
  return identity_.topics[where.topic].name + "-" + std::to_string(where.partition);
}

std::string Archive::directory_of(PartitionRef where) const {
  return dir_ + "/" + name_of(where);
}

/// Any segment says which log it is of; that they all say the same is looked at later.
Result<void> Archive::find_identity() {
  std::vector<std::string> directories;
  std::error_code none;
  for (const auto& one : fs::directory_iterator(dir_, none)) {
    if (one.is_directory(none)) directories.push_back(one.path().string());
  }
  std::sort(directories.begin(), directories.end());
  for (const std::string& directory : directories) {
    const auto paths = segments_in(directory);
    if (paths.empty()) continue;
    auto first = SegmentReader::open(paths.front());
    if (!first) return std::move(first).error();
    genesis_ = (*first)->about().genesis;
    writers_ = (*first)->about().writers;
    std::vector<std::uint64_t> aligned(genesis_.size() / sizeof(std::uint64_t) + 1);
    const auto bytes = std::as_writable_bytes(std::span{aligned}).first(genesis_.size());
    std::ranges::copy(bytes_of(genesis_), bytes.begin());
    auto identity = read_genesis(bytes);
    if (!identity) {
      return Error{identity.error().code, paths.front() + ": " + identity.error().detail};
    }
    identity_ = std::move(*identity);
    ends_ = PartitionOffsets(identity_);
    return {};
  }
  return Error{ErrorCode::NotFound,
               "there is no archive in " + dir_ +
                   "; `jari archive --into` makes one, name the directory that it was given"};
}

Result<void> Archive::read_line(PartitionRef where) {
  lines_[where];
  for (const std::string& path : segments_in(directory_of(where))) {
    auto segment = SegmentReader::open(path);
    if (!segment) return std::move(segment).error();
    if (auto taken = take((*segment)->about(), where, path); !taken) return taken;
  }
  return {};
}

Result<void> Archive::take(const SegmentAbout& about, PartitionRef where, const std::string& path) {
  const Line& line = lines_.at(where);
  if (about.genesis != genesis_ || about.writers != writers_ || about.where != where) {
    return Error{ErrorCode::LogMismatch,
                 path +
                     " is of another log, or of another partition, than what lies beside it; "
                     "put it back where it came from"};
  }
  if (about.base_offset != line.end()) {
    return Error{ErrorCode::LogGap,
                 path + " begins at offset " + std::to_string(about.base_offset) + ", and " +
                     (line.segments.empty()
                          ? "nothing stands before it"
                          : "the segment before it ends at " + std::to_string(line.end())) +
                     ": a segment is missing, or one is there twice; put it back from a copy of "
                     "the archive, or, while the log still has its records, remove the segments "
                     "behind the gap and archive them again"};
  }
  if (about.chain_before != line.chain) {
    return Error{ErrorCode::LogMismatch,
                 path +
                     " was written after other records than those of the segment before it; "
                     "put back the two that belong together from a copy of the archive"};
  }
  add(about);
  return {};
}

void Archive::add(const SegmentAbout& about) {
  Line& line = lines_.at(about.where);
  line.segments.push_back({about.base_offset, about.end_offset});
  line.chain = about.chain_after;
  line.last_record = about.last_record;
}

template <class Visit>
Result<bool> Archive::each(const LogPlace& place, Offset until, Visit&& visit) const {
  const Line& all = line(place.where);
  auto at =
      std::upper_bound(all.segments.begin(), all.segments.end(), place.next_offset,
                       [](Offset offset, const Segment& one) { return offset < one.end_offset; });
  for (; at != all.segments.end() && at->base_offset < until; ++at) {
    auto segment =
        SegmentReader::open(directory_of(place.where) + "/" + segment_name(at->base_offset));
    if (!segment) return std::move(segment).error();
    Result<bool> goes_on = visit(**segment);
    if (!goes_on || !*goes_on) return goes_on;
  }
  return true;
}

Result<bool> Archive::read(const LogPlace& place, Offset until, const Log::Visit& visit) const {
  return each(place, until,
              [&](SegmentReader& one) { return one.read(place.next_offset, until, visit); });
}

Result<void> Archive::verify(const LogPlace& place, Offset until) const {
  auto verified = each(place, until, [](SegmentReader& one) -> Result<bool> {
    auto is_good = one.verify();
    if (!is_good) return is_good.error();
    return true;
  });
  if (!verified) return std::move(verified).error();
  return {};
}

Result<Offset> Archive::joint(PartitionRef where, const LogEnds& ends) const {
  const Offset end = line(where).end();
  if (ends.begin > end) {
    return Error{ErrorCode::LogGap,
                 "the archive in " + dir_ + " ends " + name_of(where) + " at offset " +
                     std::to_string(end) + " and the log begins at " + std::to_string(ends.begin) +
                     ": what stood between is in neither; look for another copy of the archive, "
                     "else begin a new archive from a log that still has it"};
  }
  if (ends.end < end) {
    return Error{ErrorCode::LogMismatch,
                 "the archive in " + dir_ + " has " + name_of(where) + " up to offset " +
                     std::to_string(end) + " and the log only up to " + std::to_string(ends.end) +
                     ": the log has lost its tail, or is another one; find out which of them is "
                     "right before anything is written to either"};
  }
  return end > 0 && ends.begin < end ? end - 1 : end;
}

Result<void> Archive::compare(const LogRecord& record) const {
  if (hash128(record.bytes) == line(record.where).last_record) return {};
  return Error{ErrorCode::LogMismatch,
               "offset " + std::to_string(record.offset) + " of " + name_of(record.where) +
                   " is another record in the log than in the archive in " + dir_ +
                   ": the log has lost its tail and grown again, or is another one; find out "
                   "which of them is right before anything is written to either"};
}

}  // namespace jari
