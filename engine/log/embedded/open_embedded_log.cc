#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/log/embedded/embedded_log.h"

namespace jari {
namespace {

constexpr int kBesideAttempts = 20;
constexpr std::size_t kCopyBatchBytes = std::size_t{4} << 20;

std::string path_in(const std::string& dir) {
  return dir + "/log";
}

/// A name in a directory survives a loss of power only once the directory itself is synced.
Result<void> sync_directory(const std::string& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = directory >= 0 && ::fsync(directory) == 0;
  const int why = errno;
  if (directory >= 0) ::close(directory);
  if (is_synced) return {};
  return Error{ErrorCode::Io, "cannot sync the directory " + path + ": " + std::strerror(why)};
}

std::string describe(const LogIdentity::Topic& topic) {
  return topic.name + " with " + std::to_string(topic.partitions) + " partitions" +
         (topic.is_sink ? " (a sink)" : "");
}

/// Empty, or what differs.
std::string difference(const std::vector<LogIdentity::Topic>& is,
                       const std::vector<LogIdentity::Topic>& asked) {
  for (std::size_t i = 0; i < std::min(is.size(), asked.size()); ++i) {
    if (is[i] == asked[i]) continue;
    return "topic " + std::to_string(i) + " is " + describe(is[i]) + ", but asked is " +
           describe(asked[i]);
  }
  if (is.size() == asked.size()) return "";
  return "it has " + std::to_string(is.size()) + " topics, but asked are " +
         std::to_string(asked.size());
}

LogBatch genesis_batch(const LogIdentity& identity, const PartitionOffsets& ends) {
  LogBatch batch;
  const std::string record = genesis_record(identity);
  for (const auto& where : identity.partitions()) {
    LogSection section;
    section.where = where;
    section.base_offset = ends[where];
    section.add(bytes_of(record));
    batch.sections.push_back(std::move(section));
  }
  return batch;
}

}  // namespace

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open(const std::string& dir,
                                                       const LogIdentity& if_new,
                                                       const EmbeddedLogOptions& options) {
  const std::string path = path_in(dir);
  std::error_code failed;
  const bool is_there = std::filesystem::exists(path + "/CURRENT", failed);
  if (!is_there && if_new.topics.empty()) {
    return Error{ErrorCode::NotFound, "there is no log in " + path +
                                          "; name the directory that jari serves (its --data)"};
  }
  auto store = CommitStore::open(path, options);
  if (!store) return std::move(store).error();
  if (!is_there) {
    const auto parent = std::filesystem::absolute(dir, failed).parent_path();
    for (const auto& made : {dir, parent.string()}) {
      if (auto synced = sync_directory(made); !synced) return synced.error();
    }
  }
  return open_store(std::move(*store), if_new, options, false);
}

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open_beside(const std::string& dir) {
  // Beside a writer, files may change places between our looking at one and at the next: what seems
  // missing or empty is looked at again before it is believed.
  for (int attempt = 1;; ++attempt) {
    auto store = CommitStore::open_beside(path_in(dir));
    if (!store) return std::move(store).error();
    if (auto caught_up = (*store)->catch_up(); !caught_up) return caught_up.error();
    auto log = open_store(std::move(*store), {}, {}, true);
    if (log || attempt == kBesideAttempts) return log;
    if (log.error().code != ErrorCode::LogGap && log.error().code != ErrorCode::NotFound)
      return log;
  }
}

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open_store(std::unique_ptr<CommitStore> store,
                                                             const LogIdentity& if_new,
                                                             const EmbeddedLogOptions& options,
                                                             bool is_beside) {
  std::unique_ptr<EmbeddedLog> log(new EmbeddedLog(std::move(store), options, is_beside));
  auto last = log->store_->last_commit();
  if (!last) return std::move(last).error();
  if (!*last && if_new.topics.empty()) {
    return Error{ErrorCode::NotFound,
                 "the log in " + log->store_->path() +
                     " has no commit: whoever made it was stopped before its "
                     "first, or files of it are gone; `jari serve` says which"};
  }
  const auto opened = *last ? log->find_tip(**last) : log->begin(if_new);
  if (!opened) return opened.error();
  if (!if_new.topics.empty()) {
    const auto differs = difference(log->identity_.topics, if_new.topics);
    if (!differs.empty()) {
      return Error{ErrorCode::LogMismatch, "the log in " + log->store_->path() +
                                               " was made for other topics: " + differs +
                                               "; topics and partitions are fixed when a log is "
                                               "made, so start with its own settings, or name "
                                               "another directory"};
    }
  }
  log->publish(log->tip_);
  log->taken_ = log->tip_.ends();
  if (!is_beside) log->committer_ = std::thread([raw = log.get()] { raw->commit_until_stopped(); });
  return log;
}

Result<void> EmbeddedLog::begin(const LogIdentity& identity) {
  CHECK(!identity.partitions().empty());
  identity_ = identity;
  tip_ = CommitCursor(identity_);
  std::deque<Waiting> first;
  first.push_back({genesis_batch(identity_, tip_.ends()), {}});
  return commit(first, true);
}

Result<void> EmbeddedLog::find_identity(CommitNo genesis_commit) {
  auto frame = store_->frame(genesis_commit);
  if (!frame) return std::move(frame).error();
  FrameReader reader;
  if (auto opened = reader.open(genesis_commit, bytes_of(*frame)); !opened) return opened;
  if (auto unpacked = reader.unpack(); !unpacked) return unpacked;
  if (reader.sections().empty() || reader.sections().front().count == 0) {
    return Error{ErrorCode::LogMismatch, "the log in " + store_->path() +
                                             " does not begin with genesis records; restore it "
                                             "from a backup"};
  }
  auto identity = read_genesis(reader.sections().front().record(0));
  if (!identity) return std::move(identity).error();
  identity_ = std::move(*identity);
  return {};
}

Result<void> EmbeddedLog::find_tip(CommitNo last) {
  auto genesis = store_->newest_genesis();
  if (!genesis) return std::move(genesis).error();
  if (auto found = find_identity(genesis->value_or(0)); !found) return found;
  if (auto first = store_->frame(0); !first) return std::move(first).error();
  const CommitNo from = last / kCommitsAnIndexEntry * kCommitsAnIndexEntry;
  auto index = store_->index_at(from);
  if (!index) return std::move(index).error();
  tip_ = CommitCursor(identity_);
  if (index->size() != tip_.ends().all().size()) {
    return Error{ErrorCode::LogMismatch, "the last index entry of the log in " + store_->path() +
                                             " is of another number of partitions than its "
                                             "genesis; restore the log from a backup"};
  }
  tip_.stand_before(from, std::move(*index));
  return follow();
}

Result<void> EmbeddedLog::follow() {
  FrameReader reader;
  return store_->walk(tip_.next().commit, [&](CommitNo found, Bytes frame) -> Result<bool> {
    if (auto passed = tip_.pass(found, frame, reader); !passed) return passed.error();
    return true;
  });
}

Result<void> EmbeddedLog::catch_up() {
  CHECK(is_beside_);
  Result<void> followed;
  for (int attempt = 0; attempt < kBesideAttempts; ++attempt) {  // why: see open_beside
    if (auto caught_up = store_->catch_up(); !caught_up) return caught_up;
    followed = follow();
    publish(tip_);
    if (followed || followed.error().code != ErrorCode::LogGap) break;
  }
  return followed;
}

Result<void> EmbeddedLog::copy_commits(CommitStore& to) const {
  CommitNo commits = 0;
  {
    const std::lock_guard lock(mutex_);
    commits = durable_commits_;
  }
  auto genesis = store_->newest_genesis();
  if (!genesis) return std::move(genesis).error();
  CommitCursor cursor(identity_);
  FrameReader reader;
  std::vector<CommitWrite> writes;
  std::size_t bytes = 0;
  auto walked = store_->walk(0, [&](CommitNo found, Bytes frame) -> Result<bool> {
    if (found >= commits) return false;
    CommitWrite write{found, std::string{text_of(frame)}, {}, found == genesis->value_or(0)};
    if (found % kCommitsAnIndexEntry == 0) write.index = cursor.ends().all();
    if (auto passed = cursor.pass(found, frame, reader); !passed) return passed.error();
    bytes += frame.size();
    writes.push_back(std::move(write));
    if (bytes < kCopyBatchBytes) return true;
    if (auto put = to.put_unlogged(writes); !put) return put.error();
    writes.clear();
    bytes = 0;
    return true;
  });
  if (!walked) return walked;
  if (auto put = to.put_unlogged(writes); !put) return put;
  return to.flush();
}

Result<void> EmbeddedLog::copy_into(const std::string& dir, const Hash128& new_incarnation,
                                    Instant at) const {
  const std::string path = path_in(dir);
  const std::string unfinished = path + ".unfinished";
  std::error_code failed;
  if (std::filesystem::exists(path, failed)) {
    return Error{ErrorCode::BadArgument,
                 "there is a log in " + path + " already; name a directory without one"};
  }
  std::filesystem::remove_all(unfinished, failed);  // of a copy that was stopped
  {
    auto store = CommitStore::open(unfinished, options_);
    if (!store) return std::move(store).error();
    if (auto copied = copy_commits(**store); !copied) return copied;
    auto copy = open_store(std::move(*store), {}, options_, true);
    if (!copy) return std::move(copy).error();
    LogIdentity identity = identity_;
    identity.copy_of = identity_.incarnation;
    identity.incarnation = new_incarnation;
    identity.begins = at;
    std::deque<Waiting> last;
    last.push_back({genesis_batch(identity, (*copy)->tip_.ends()), {}});
    if (auto written = (*copy)->commit(last, true); !written) return written;
  }
  std::filesystem::rename(unfinished, path, failed);
  if (failed) {
    return Error{ErrorCode::Io,
                 "cannot rename " + unfinished + " to " + path + ": " + failed.message()};
  }
  return sync_directory(dir);
}

}  // namespace jari
