#include "ops/jari/snapshot_place.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "ops/jari/business.h"
#include "ops/jari/file_sums.h"
#include "ops/jari/synced_file.h"
#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kPrefix = "snapshot-";
constexpr std::size_t kDrawnDigits = 16;

Error failed(const char* doing, const fs::path& path, std::error_code why) {
  return {ErrorCode::Io, std::string("cannot ") + doing + ' ' + path.string() + ": " +
                             why.message() + "; see that it is mounted and may be used"};
}

/// Whether it has its sums; made and not written yet they are empty. Not to be told is an error:
/// whoever trims the log would take it for none.
Result<bool> is_finished(const fs::path& snapshot) {
  std::error_code why;
  const auto size = fs::file_size(snapshot / kSnapshotSums, why);
  if (!why) return size > 0;
  if (why == std::errc::no_such_file_or_directory || why == std::errc::not_a_directory) {
    return false;
  }
  return failed("look at", snapshot / kSnapshotSums, why);
}

Result<void> copy_files(const fs::path& made, const fs::path& path, const FileSums& sums) {
  std::error_code why;
  if (!fs::create_directory(path, why) && !why) {
    return Error{ErrorCode::InUse, path.string() + " is there already; run it again"};
  }
  if (why) return failed("make", path, why);
  for (const auto& [name, sum] : sums) {
    const fs::path file = path / name;
    fs::create_directories(file.parent_path(), why);
    if (why) return failed("make", file.parent_path(), why);
    if (auto copied = copy_synced(made / name, file); !copied) return copied;
    if (file.parent_path() == path) continue;
    if (auto synced = sync_directory(file.parent_path()); !synced) return synced;
  }
  return sync_directory(path);
}

Error reads_otherwise(const std::string& what) {
  return {ErrorCode::BadBytes,
          what + ", as it reads back; look at that disk or bucket, or name another --into"};
}

}  // namespace

std::string new_snapshot_name(std::string time) {
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return std::string(kPrefix) + time + '-' + to_text(random_hash()).substr(0, kDrawnDigits);
}

Result<SnapshotsFound> find_snapshots(const std::string& into) {
  SnapshotsFound found;
  std::error_code why;
  for (fs::directory_iterator at(into, why), end; !why && at != end; at.increment(why)) {
    const fs::path& path = at->path();
    if (!path.filename().string().starts_with(kPrefix)) continue;
    const auto finished = is_finished(path);
    if (!finished) return finished.error();
    (*finished ? found.finished : found.unfinished).push_back(path);
  }
  if (why && why != std::errc::no_such_file_or_directory) return failed("list", into, why);
  std::sort(found.finished.begin(), found.finished.end());
  std::sort(found.unfinished.begin(), found.unfinished.end());
  return found;
}

Result<void> put_snapshot(const std::string& made, const std::string& path) {
  const fs::path from = made;
  const fs::path into = path;
  const auto sums = read_sums(from / kSnapshotSums);
  if (!sums) return sums.error();
  if (auto copied = copy_files(from, into, *sums); !copied) return copied;
  const auto found = sums_of(path);
  if (!found) return found.error();
  if (auto same = compare_sums(*sums, *found, path); !same) {
    return reads_otherwise(same.error().detail);
  }
  if (auto copied = copy_synced(from / kSnapshotSums, into / kSnapshotSums); !copied) return copied;
  const auto wanted = read_text_file(from / kSnapshotSums);
  const auto listed = read_text_file(into / kSnapshotSums);
  if (!wanted || !listed) return wanted ? listed.error() : wanted.error();
  if (*wanted != *listed) {
    return reads_otherwise((into / kSnapshotSums).string() + " is another");
  }
  if (auto synced = sync_directory(path); !synced) return synced;
  return sync_directory(into.parent_path());
}

Result<void> remove_snapshot(const std::string& path) {
  std::error_code why;
  fs::remove(fs::path(path) / kSnapshotSums, why);
  if (why && why != std::errc::not_a_directory) return failed("remove", path, why);
  std::vector<fs::path> rest{path};
  for (fs::recursive_directory_iterator at(path, why), end; !why && at != end; at.increment(why)) {
    rest.push_back(at->path());
  }
  if (why == std::errc::no_such_file_or_directory) why.clear();
  while (!why && !rest.empty()) {  // what lies in a directory before it
    fs::remove(rest.back(), why);
    rest.pop_back();
  }
  if (why) return failed("remove", path, why);
  return {};
}

}  // namespace jari::ops
