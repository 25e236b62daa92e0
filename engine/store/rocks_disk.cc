#include "engine/store/rocks_disk.h"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/thread_name.h"
#include "engine/store/sorted_rows.h"
#include "engine/store/state_env.h"

namespace jari {
namespace {

constexpr std::string_view kRowsEnd{"\xff"};  // no topic has this number
constexpr std::string_view kFormatKey{
    "\xff"
    "format"};
constexpr std::string_view kFormat{"1"};
constexpr std::size_t kPrefixBytes = 4;
constexpr std::chrono::seconds kRetryAfter{1};
constexpr int kWriterNice = 5;  // a quarter of a core where others take all of it

rocksdb::Slice slice_of(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view text_of(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

Error error_of(const rocksdb::Status& status, const std::string& dir) {
  const std::string what = "the state in " + dir + " failed: " + status.ToString();
  if (status.IsNoSpace()) {
    return {ErrorCode::DiskFull, what + "; make room on that disk"};
  }
  if (status.ToString().find("/LOCK:") != std::string::npos) {
    return {ErrorCode::InUse, "another jari serves this directory (" + dir +
                                  " is locked); stop it first, or name another --data"};
  }
  if (status.IsCorruption()) {
    return {ErrorCode::BadBytes, what +
                                     "; check the disk, remove that folder and start again: it "
                                     "is made again from the log"};
  }
  return {ErrorCode::Io, what + "; see that the disk is there and may be written"};
}

rocksdb::Options options_for(const RocksDiskOptions& settings, rocksdb::Env* env) {
  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = true;
  options.max_open_files = settings.files_max;
  options.paranoid_checks = true;
  options.max_background_jobs = 2;
  options.max_subcompactions = 1;
  options.level_compaction_dynamic_level_bytes = true;
  options.level0_file_num_compaction_trigger = 8;
  options.max_bytes_for_level_base = std::uint64_t{512} << 20;
  options.compression = rocksdb::kLZ4Compression;  // at the bottom, too: a copy, made in haste
  options.bytes_per_sync = std::size_t{1} << 20;
  options.max_log_file_size = std::size_t{4} << 20;
  options.keep_log_file_num = 4;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.rate_limiter.reset(rocksdb::NewGenericRateLimiter(
      std::int64_t{100} << 20, 100'000, 10, rocksdb::RateLimiter::Mode::kWritesOnly, true));
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(std::size_t{8} << 20);  // scans pass it by
  table.checksum = rocksdb::kXXH3;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::WriteOptions unlogged() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;  // the log is its WAL
  return options;
}
rocksdb::ReadOptions scan() {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  options.fill_cache = false;
  options.readahead_size = std::size_t{4} << 20;
  return options;
}

class RocksDisk final : public StateDisk {
 public:
  RocksDisk(std::string dir, const RocksDiskOptions& settings, std::unique_ptr<rocksdb::Env> env,
            std::unique_ptr<rocksdb::DB> db)
      : dir_(std::move(dir)), settings_(settings), env_(std::move(env)), db_(std::move(db)) {}
  ~RocksDisk() override;
  RocksDisk(const RocksDisk&) = delete;
  RocksDisk& operator=(const RocksDisk&) = delete;

  Result<void> start();
  Result<void> load(const LoadVisit& visit) override;
  void write(StateBatch batch) override;
  Result<void> flush() override;
  Result<void> clear() override;
  std::optional<Offset> durable(PartitionRef where) const override;
  Result<void> health() const override;

 private:
  using Moment = std::chrono::steady_clock::time_point;
  void write_until_stopped();
  [[nodiscard]] bool is_run_due(Moment now) const;
  /// Until the run is written, or given up.
  void write_run();
  [[nodiscard]] rocksdb::Status write_file(const SortedRows& rows);

  const std::string dir_;
  const RocksDiskOptions settings_;
  const std::unique_ptr<rocksdb::Env> env_;  // outlives the database
  std::unique_ptr<rocksdb::DB> db_;
  std::deque<StateBatch> run_;  // being written; of the thread that writes

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<StateBatch> queue_;
  std::size_t queued_bytes_ = 0;  // with those of the run
  Moment due_ = Moment::max();    // when the first of the queue is to be written
  bool is_flushing_ = false;      // somebody waits for all of it
  bool is_writing_ = false;
  bool is_stopping_ = false;
  bool is_behind_ = false;       // batches were given up: what is on disk ends before them
  std::optional<Error> failed_;  // the last attempt, if it did
  std::map<PartitionRef, Offset> durable_;
  std::thread writer_;
};

Result<void> RocksDisk::start() {
  try {
    writer_ = std::thread([this] { write_until_stopped(); });
  } catch (const std::system_error& failed) {
    return Error{ErrorCode::Io, std::string("cannot start the thread that writes the state: ") +
                                    failed.what() + "; raise the limit of threads"};
  }
  return {};
}

RocksDisk::~RocksDisk() {
  {
    const std::scoped_lock lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (writer_.joinable()) writer_.join();
}

Result<void> RocksDisk::load(const LoadVisit& visit) {
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(scan()));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const std::string_view key = text_of(rows->key());
    if (key >= kRowsEnd) break;
    if (key.size() < kPrefixBytes) {
      return Error{ErrorCode::BadBytes, "the state in " + dir_ +
                                            " has a row that is none; remove that folder: it is "
                                            "made again from the log"};
    }
    const auto byte = [key](std::size_t at) { return static_cast<std::uint8_t>(key[at]); };
    const PartitionRef where{byte(0), static_cast<PartitionNo>(byte(1) << 8 | byte(2))};
    auto taken = visit(where, byte(3), key.substr(kPrefixBytes), text_of(rows->value()));
    if (!taken) return taken;
  }
  if (!rows->status().ok()) return error_of(rows->status(), dir_);
  return {};
}

// A disk that fails holds nobody up: what it misses is made again from the log.
void RocksDisk::write(StateBatch batch) {
  if (batch.empty()) return;
  std::unique_lock lock(mutex_);
  const auto has_room = [&] { return queued_bytes_ < settings_.queued_bytes_max; };
  changed_.wait(lock, [&] { return has_room() || failed_ || is_behind_; });
  if (!has_room()) is_behind_ = true;
  if (is_behind_) return;
  if (queue_.empty()) due_ = std::chrono::steady_clock::now() + settings_.flush_every;
  queued_bytes_ += batch.bytes();
  queue_.push_back(std::move(batch));
  const bool wakes = queue_.size() == 1 || is_run_due({});
  lock.unlock();
  if (wakes) changed_.notify_all();
}

Result<void> RocksDisk::flush() {
  {
    std::unique_lock lock(mutex_);
    is_flushing_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return (queue_.empty() && !is_writing_) || failed_ || is_behind_; });
    is_flushing_ = false;
    if (failed_) return *failed_;
  }
  return health();
}

// One tombstone for all rows: after a crash either all of them are gone or none.
Result<void> RocksDisk::clear() {
  if (auto written = flush(); !written) return written;
  auto status = db_->DeleteRange(unlogged(), db_->DefaultColumnFamily(), rocksdb::Slice(),
                                 slice_of(kRowsEnd));
  if (status.ok()) status = db_->Flush({});
  if (!status.ok()) return error_of(status, dir_);
  const std::scoped_lock lock(mutex_);
  durable_.clear();
  return {};
}

std::optional<Offset> RocksDisk::durable(PartitionRef where) const {
  const std::scoped_lock lock(mutex_);
  const auto place = durable_.find(where);
  return place == durable_.end() ? std::nullopt : std::optional(place->second);
}

Result<void> RocksDisk::health() const {
  const std::scoped_lock lock(mutex_);
  if (!failed_) return {};
  if (!is_behind_) return *failed_;
  return Error{ErrorCode::Unavailable,
               "the state stays behind until the next start, for good: " + failed_->detail +
                   ", then start again; nothing is lost, the log has it all"};
}

bool RocksDisk::is_run_due(Moment now) const {
  const std::size_t enough = std::min(settings_.run_bytes, settings_.queued_bytes_max);
  return queued_bytes_ >= enough || is_flushing_ || is_stopping_ || now >= due_;
}

void RocksDisk::write_until_stopped() {
  name_this_thread("jari-state");
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kWriterNice);  // this thread's own
  std::unique_lock lock(mutex_);
  while (true) {
    const auto is_due = [&] { return is_run_due(std::chrono::steady_clock::now()); };
    changed_.wait(lock, [&] { return is_stopping_ || !queue_.empty(); });
    if (!queue_.empty()) changed_.wait_until(lock, due_, is_due);
    if (queue_.empty() && is_stopping_) return;
    if (queue_.empty() || !is_due()) continue;
    run_.swap(queue_);
    is_writing_ = true;
    lock.unlock();
    write_run();
    std::size_t bytes = 0;
    for (const StateBatch& batch : run_) bytes += batch.bytes();
    run_.clear();
    lock.lock();
    queued_bytes_ -= bytes;
    is_writing_ = false;
    changed_.notify_all();
  }
}

// After one that was given up none is written: a hole would be worse.
void RocksDisk::write_run() {
  const SortedRows rows(run_);
  std::unique_lock lock(mutex_);
  while (!is_behind_) {
    lock.unlock();
    const auto status = write_file(rows);
    lock.lock();
    if (status.ok()) {
      if (!is_behind_) failed_.reset();  // else what came meanwhile was given up
      for (const StateBatch& batch : run_) {
        for (const auto& [where, next_offset] : batch.places()) durable_[where] = next_offset;
      }
      return;
    }
    failed_ = error_of(status, dir_);
    is_behind_ = is_behind_ || status.severity() >= rocksdb::Status::kFatalError;
    changed_.notify_all();
    if (is_behind_) return;
    if (changed_.wait_for(lock, kRetryAfter, [&] { return is_stopping_; })) is_behind_ = true;
    lock.unlock();
    db_->Resume().PermitUncheckedError();  // whether it helped, the next attempt shows
    lock.lock();
  }
}

// A file is taken in whole or not at all, and what it says counts above all that came before it.
rocksdb::Status RocksDisk::write_file(const SortedRows& rows) {
  const std::string path = dir_ + "/run";
  const rocksdb::Options options = db_->GetOptions();
  // One that is there may be another name of a file that was taken in: whoever took it in was
  // killed before the name was dropped. To write over it would be to write over that file.
  auto status = options.env->DeleteFile(path);
  if (!status.ok() && !status.IsNotFound() && !status.IsPathNotFound()) return status;
  rocksdb::EnvOptions piecemeal(options);  // not all at its end: the log's syncs wait behind that
  piecemeal.strict_bytes_per_sync = true;
  rocksdb::SstFileWriter file(piecemeal, options);
  status = file.Open(path);
  if (!status.ok()) return status;
  rows.for_each([&](std::string_view key, const std::string_view* row) {
    status = row == nullptr ? file.Delete(slice_of(key)) : file.Put(slice_of(key), slice_of(*row));
    return status.ok();
  });
  if (status.ok()) status = file.Finish();  // synced
  if (!status.ok()) return status;
  rocksdb::IngestExternalFileOptions how;
  how.move_files = true;
  how.write_global_seqno = false;
  how.snapshot_consistency = false;
  return db_->IngestExternalFile({path}, how);
}

/// A new place is marked with the format; one of another format, or of something else, is refused.
Result<void> check_format(rocksdb::DB& db, const std::string& dir) {
  std::string format;
  auto status = db.Get({}, slice_of(kFormatKey), &format);
  if (status.IsNotFound()) {
    const std::unique_ptr<rocksdb::Iterator> rows(db.NewIterator(scan()));
    rows->SeekToFirst();
    status = rows->status();
    if (status.ok() && !rows->Valid()) {
      format = kFormat;
      status = db.Put(unlogged(), slice_of(kFormatKey), slice_of(kFormat));
      if (status.ok()) status = db.Flush({});
    }
  }
  if (!status.ok()) return error_of(status, dir);
  if (format == kFormat) return {};
  return Error{ErrorCode::WrongVersion, "the state in " + dir + " has the format '" + format +
                                            "' and this program knows '" + std::string(kFormat) +
                                            "': remove that folder, it is made again from the log"};
}

}  // namespace

Result<std::unique_ptr<StateDisk>> open_rocks_disk(const std::string& dir,
                                                   const RocksDiskOptions& settings) {
  const std::string place = dir + "/state";
  std::error_code failed;
  std::filesystem::create_directories(place, failed);
  if (failed) {
    return Error{ErrorCode::Io, "cannot make the directory " + place + ": " + failed.message() +
                                    "; see that its parent may be written"};
  }
  rocksdb::DB* opened = nullptr;
  auto env = state_env(settings.env != nullptr ? settings.env : rocksdb::Env::Default());
  const auto status = rocksdb::DB::Open(options_for(settings, env.get()), place, &opened);
  std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return error_of(status, place);
  if (auto known = check_format(*db, place); !known) return known.error();
  auto disk = std::make_unique<RocksDisk>(place, settings, std::move(env), std::move(db));
  if (auto started = disk->start(); !started) return started.error();
  return std::unique_ptr<StateDisk>(std::move(disk));
}

Result<std::unique_ptr<StateDisk>> open_state_disk(const std::string& dir) {
  return open_rocks_disk(dir, {});
}

}  // namespace jari
