#include "ops/jari/snapshot_source.h"

#include <filesystem>

#include "engine/base/thread_name.h"
#include "engine/store/copy_state.h"
#include "ops/jari/snapshot_place.h"
#include "ops/jari/snapshots.h"

namespace jari::ops {
namespace {

/// Why it is not the one; nothing: it may be.
std::string why_not(const SnapshotKept& kept, const LogIdentity& log, const CopyWanted& wanted) {
  if (kept.incarnation != to_text(log.incarnation)) return "is of another log";
  for (const SnapshotKept::Place& place : kept.places) {
    const bool is_it = place.topic == log.topics[wanted.where.topic].name &&
                       place.partition == wanted.where.partition;
    if (!is_it) continue;
    const std::string at = "stands there at offset " + std::to_string(place.next_offset);
    if (place.next_offset <= wanted.after) {
      return at + ", and the log begins at " + std::to_string(wanted.after);
    }
    if (place.next_offset > wanted.at_most) {
      return at + ", behind what is in doubt, which ends before " + std::to_string(wanted.at_most);
    }
    return "";
  }
  return "does not have that partition";
}

Result<ProvedCopy> read(const std::string& path, const LogIdentity& log, const CopyWanted& wanted) {
  const auto kept = kept_snapshot(path);
  if (!kept) return kept.error();
  if (const std::string why = why_not(*kept, log, wanted); !why.empty()) {
    return Error{ErrorCode::NotFound, kept->name + " " + why};
  }
  auto rows = read_state(path, wanted.where);
  if (!rows) return std::move(rows).error();
  return ProvedCopy{path, *std::move(rows)};
}

}  // namespace

Result<ProvedCopy> find_copy(const std::string& from, const LogIdentity& log,
                             const CopyWanted& wanted) try {
  const auto found = find_snapshots(from);
  if (!found) return found.error();
  std::string why = "no snapshot in " + from + " will do";
  for (auto path = found->finished.rbegin(); path != found->finished.rend(); ++path) {
    auto copy = read(*path, log, wanted);
    if (copy) return copy;
    why += (path == found->finished.rbegin() ? ": " : "; ") + copy.error().detail;
  }
  if (found->finished.empty()) why += ": there is none that is finished";
  return Error{ErrorCode::NotFound, why};
} catch (const std::filesystem::filesystem_error& failed) {
  return Error{ErrorCode::Io, "cannot read the snapshots in " + from + ": " +
                                  failed.code().message() + "; see that it is mounted"};
}

SnapshotSource::SnapshotSource(std::string from, LogIdentity log)
    : from_(std::move(from)), log_(std::move(log)), reader_([this] { read(); }) {}

SnapshotSource::~SnapshotSource() {
  {
    const std::scoped_lock lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  reader_.join();
}

void SnapshotSource::find(const CopyWanted& wanted, CopyWanted::Found found) {
  {
    const std::scoped_lock lock(mutex_);
    asked_.emplace_back(wanted, std::move(found));
  }
  changed_.notify_all();
}

void SnapshotSource::read() {
  name_this_thread("jari-snapshots");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return is_stopping_ || !asked_.empty(); });
    if (is_stopping_) return;
    const auto [wanted, found] = std::move(asked_.front());
    asked_.pop_front();
    lock.unlock();
    found(find_copy(from_, log_, wanted));
    lock.lock();
  }
}

}  // namespace jari::ops
