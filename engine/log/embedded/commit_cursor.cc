#include "engine/log/embedded/commit_cursor.h"

namespace jari {
namespace {

Error gap(CommitNo commit, const std::string& what) {
  return {ErrorCode::LogGap, "commit " + std::to_string(commit) + " of the log " + what +
                                 "; nothing behind it can be trusted: restore the log from a "
                                 "backup"};
}

}  // namespace

Result<void> CommitCursor::pass(CommitNo found, Bytes frame, FrameReader& reader) {
  if (found != next_.commit) {
    return gap(next_.commit, "is missing (the next one found is " + std::to_string(found) + ")");
  }
  if (auto opened = reader.open(found, frame); !opened) return opened;
  if (is_before_known_ && reader.before() != next_.before) {
    return gap(found, "was written after another commit than the one that stands before it");
  }
  for (const auto& section : reader.sections()) {
    if (!ends_.has(section.where) || ends_[section.where] != section.base_offset) {
      return gap(found, "does not begin where its partitions end");
    }
    ends_[section.where] = section.end();
  }
  next_ = {found + 1, hash_of_frame(frame)};
  is_before_known_ = true;
  return {};
}

void CommitCursor::pass_own(const LogBatch& batch, Bytes frame) {
  for (const auto& section : batch.sections) ends_[section.where] += section.count();
  ++next_.commit;
  next_.before = hash_of_frame(frame);
}

}  // namespace jari
