#include "engine/store/rocks_disk.h"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "engine/store/state_env.h"

namespace jari {
namespace {

constexpr std::string_view kRowsEnd{"\xff"};  // no topic has this number
constexpr std::string_view kFormatKey{
    "\xff"
    "format"};
constexpr std::string_view kFormat{"1"};
constexpr std::size_t kPrefixBytes = 4;
constexpr std::size_t kProtectionBytes = 8;  // of a key, in batches and memtables
constexpr std::chrono::seconds kRetryAfter{1};

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
  options.memtable_factory = std::make_shared<rocksdb::VectorRepFactory>();
  options.allow_concurrent_memtable_write = false;  // VectorRep takes one writer
  options.write_buffer_size = settings.memtable_bytes;
  options.max_write_buffer_number = 4;
  options.max_background_jobs = 2;
  options.max_subcompactions = 1;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kZSTD;
  options.bytes_per_sync = std::size_t{1} << 20;
  options.avoid_flush_during_shutdown = false;  // without a WAL a clean stop must keep its rows
  options.memtable_protection_bytes_per_key = kProtectionBytes;
  options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  options.max_log_file_size = std::size_t{4} << 20;
  options.keep_log_file_num = 4;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.rate_limiter.reset(rocksdb::NewGenericRateLimiter(
      std::int64_t{100} << 20, 100'000, 10, rocksdb::RateLimiter::Mode::kWritesOnly, true));
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(std::size_t{8} << 20);  // scans pass it by
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::WriteOptions unlogged() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;  // the log is its WAL
  options.protection_bytes_per_key = kProtectionBytes;
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
  Result<void> health() const override;

 private:
  using Moment = std::chrono::steady_clock::time_point;
  void write_until_stopped();
  /// Until it is written, or given up.
  void write_rows(const StateBatch& batch);
  void flush_behind();

  const std::string dir_;
  const RocksDiskOptions settings_;
  const std::unique_ptr<rocksdb::Env> env_;  // outlives the database
  std::unique_ptr<rocksdb::DB> db_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<StateBatch> queue_;  // the first is being written until it is taken out
  std::size_t queued_bytes_ = 0;
  bool is_stopping_ = false;
  bool is_behind_ = false;       // batches were given up: what is on disk ends before them
  std::optional<Error> failed_;  // the last attempt, if it did
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
  queued_bytes_ += batch.bytes();
  queue_.push_back(std::move(batch));
  lock.unlock();
  changed_.notify_all();
}

Result<void> RocksDisk::flush() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return queue_.empty() || failed_; });
    if (failed_) return *failed_;
  }
  if (const auto status = db_->Flush({}); !status.ok()) return error_of(status, dir_);
  return health();
}

// One tombstone for all rows: after a crash either all of them are gone or none.
Result<void> RocksDisk::clear() {
  if (auto written = flush(); !written) return written;
  rocksdb::WriteBatch batch;
  auto status = batch.DeleteRange(rocksdb::Slice(), slice_of(kRowsEnd));
  if (status.ok()) status = db_->Write(unlogged(), &batch);
  if (status.ok()) status = db_->Flush({});
  if (!status.ok()) return error_of(status, dir_);
  return {};
}

Result<void> RocksDisk::health() const {
  const std::scoped_lock lock(mutex_);
  if (!failed_) return {};
  if (!is_behind_) return *failed_;
  return Error{ErrorCode::Unavailable,
               "the state stays behind until the next start, for good: " + failed_->detail +
                   ", then start again; nothing is lost, the log has it all"};
}

void RocksDisk::write_until_stopped() {
  Moment flush_at = std::chrono::steady_clock::now() + settings_.flush_every;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait_until(lock, flush_at, [&] { return is_stopping_ || !queue_.empty(); });
    if (!queue_.empty()) {
      const StateBatch& batch = queue_.front();  // stays where it is while others are pushed
      lock.unlock();
      write_rows(batch);
      lock.lock();
      queued_bytes_ -= queue_.front().bytes();
      queue_.pop_front();
      changed_.notify_all();
    } else if (is_stopping_) {
      return;
    }
    if (std::chrono::steady_clock::now() < flush_at) continue;
    lock.unlock();
    flush_behind();
    flush_at = std::chrono::steady_clock::now() + settings_.flush_every;
    lock.lock();
  }
}

void RocksDisk::write_rows(const StateBatch& batch) {
  rocksdb::WriteBatch rows(batch.bytes(), 0, kProtectionBytes, 0);
  batch.for_each([&](std::string_view key, const std::string_view* row) {
    const auto status =
        row == nullptr ? rows.Delete(slice_of(key)) : rows.Put(slice_of(key), slice_of(*row));
    CHECK(status.ok());
  });
  std::unique_lock lock(mutex_);
  while (!is_behind_) {  // after one that was given up none is written: a hole would be worse
    lock.unlock();
    const auto status = db_->Write(unlogged(), &rows);
    lock.lock();
    if (status.ok()) {
      failed_.reset();
      return;
    }
    failed_ = error_of(status, dir_);
    // What the memtable holds cannot be brought to disk any more: a later batch would leave a hole.
    is_behind_ = is_behind_ || status.severity() >= rocksdb::Status::kFatalError;
    changed_.notify_all();
    if (is_behind_) return;
    if (changed_.wait_for(lock, kRetryAfter, [&] { return is_stopping_; })) is_behind_ = true;
    lock.unlock();
    db_->Resume().PermitUncheckedError();  // whether it helped, the next attempt shows
    lock.lock();
  }
}

void RocksDisk::flush_behind() {
  rocksdb::FlushOptions in_background;
  in_background.wait = false;
  in_background.allow_write_stall = true;
  const auto status = db_->Flush(in_background);
  if (status.ok() || status.IsTryAgain()) return;  // again: so much waits that it flushes anyway
  const std::scoped_lock lock(mutex_);
  failed_ = error_of(status, dir_);
  changed_.notify_all();
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
