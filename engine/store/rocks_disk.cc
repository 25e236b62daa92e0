#include "engine/store/rocks_disk.h"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "engine/store/state_disk.h"

namespace jari {
namespace {

constexpr std::string_view kFormatKey{
    "\xff"
    "format",
    7};  // after every topic's rows
constexpr std::string_view kFormat = "1";
constexpr std::size_t kPrefixBytes = 4;

rocksdb::Slice slice_of(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view text_of(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

Error error_of(const rocksdb::Status& status, const std::string& dir) {
  if (status.IsNoSpace()) {
    return {ErrorCode::DiskFull, "no room in " + dir + ": " + status.ToString()};
  }
  if (status.IsIOError() && status.ToString().find("lock") != std::string::npos) {
    return {ErrorCode::InUse, "another jari serves " + dir + ": stop it, or name another --data"};
  }
  if (status.IsCorruption()) {
    return {ErrorCode::BadBytes, "the state in " + dir + " is damaged (" + status.ToString() +
                                     "): remove it, it is made again from the log"};
  }
  return {ErrorCode::Io, "the state in " + dir + ": " + status.ToString()};
}

rocksdb::Options options_for(const RocksDiskOptions& settings) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.memtable_factory = std::make_shared<rocksdb::VectorRepFactory>();
  options.allow_concurrent_memtable_write = false;  // VectorRep takes one writer
  options.write_buffer_size = settings.memtable_bytes;
  options.max_write_buffer_number = 4;
  options.max_background_jobs = 2;
  options.max_subcompactions = 1;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kZSTD;
  options.bytes_per_sync = 1 << 20;
  options.avoid_flush_during_shutdown = false;  // without a WAL a clean stop must keep its rows
  options.paranoid_checks = true;
  options.rate_limiter.reset(rocksdb::NewGenericRateLimiter(
      100 << 20, 100'000, 10, rocksdb::RateLimiter::Mode::kWritesOnly, /*auto_tuned=*/true));
  options.env->LowerThreadPoolCPUPriority(rocksdb::Env::LOW);
  options.env->LowerThreadPoolCPUPriority(rocksdb::Env::HIGH);
  return options;
}

class RocksDisk final : public StateDisk {
 public:
  RocksDisk(std::string dir, const RocksDiskOptions& settings, std::unique_ptr<rocksdb::DB> db)
      : dir_(std::move(dir)), settings_(settings), db_(std::move(db)) {
    writer_ = std::thread([this] { write_until_stopped(); });
  }

  ~RocksDisk() override {
    {
      const std::scoped_lock lock(mutex_);
      is_stopping_ = true;
    }
    changed_.notify_all();
    writer_.join();
    db_->Flush(rocksdb::FlushOptions());  // what cannot be kept now is replayed from the log
  }

  Result<void> load(const LoadVisit& visit) override {
    const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(scan()));
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      const std::string_view key = text_of(rows->key());
      if (key == kFormatKey || key.size() < kPrefixBytes) continue;
      const auto byte = [key](std::size_t at) { return static_cast<std::uint8_t>(key[at]); };
      const PartitionRef where{byte(0), static_cast<PartitionNo>(byte(1) << 8 | byte(2))};
      auto taken = visit(where, byte(3), key.substr(kPrefixBytes), text_of(rows->value()));
      if (!taken) return taken;
    }
    if (!rows->status().ok()) return error_of(rows->status(), dir_);
    return {};
  }

  void write(StateBatch batch) override {
    if (batch.empty()) return;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return queued_bytes_ < settings_.queued_bytes_max; });
    queued_bytes_ += batch.bytes();
    queue_.push_back(std::move(batch));
    lock.unlock();
    changed_.notify_all();
  }

  Result<void> flush() override {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return queue_.empty() && !is_writing_; });
    }
    return keep(db_->Flush(rocksdb::FlushOptions()));
  }

  Result<void> clear() override {
    rocksdb::WriteBatch batch;
    const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(scan()));
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      if (text_of(rows->key()) != kFormatKey) batch.Delete(rows->key());
    }
    return keep(db_->Write(unlogged(), &batch));
  }

  Result<void> health() const override {
    const std::scoped_lock lock(mutex_);
    if (failed_) return *failed_;
    return {};
  }

 private:
  static rocksdb::WriteOptions unlogged() {
    rocksdb::WriteOptions options;
    options.disableWAL = true;  // the log is its WAL
    return options;
  }
  static rocksdb::ReadOptions scan() {
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    options.fill_cache = false;
    options.readahead_size = 2 << 20;
    return options;
  }

  Result<void> keep(const rocksdb::Status& status) {
    if (status.ok()) return {};
    const std::scoped_lock lock(mutex_);
    if (!failed_) failed_ = error_of(status, dir_);
    return *failed_;
  }

  void write_until_stopped() {
    auto flushed = std::chrono::steady_clock::now();
    bool is_dirty = false;
    for (;;) {
      StateBatch batch;
      {
        std::unique_lock lock(mutex_);
        is_writing_ = false;
        changed_.notify_all();
        changed_.wait_for(lock, settings_.flush_every,
                          [&] { return is_stopping_ || !queue_.empty(); });
        if (!queue_.empty()) {
          batch = std::move(queue_.front());
          queue_.pop_front();
          queued_bytes_ -= batch.bytes();
          is_writing_ = true;
        } else if (is_stopping_) {
          return;
        }
      }
      if (!batch.empty()) {
        write_rows(batch);
        is_dirty = true;
      }
      const auto now = std::chrono::steady_clock::now();
      if (is_dirty && now - flushed >= settings_.flush_every) {
        rocksdb::FlushOptions in_background;
        in_background.wait = false;
        (void)keep(db_->Flush(in_background));
        flushed = now;
        is_dirty = false;
      }
    }
  }

  void write_rows(const StateBatch& batch) {
    rocksdb::WriteBatch rows;
    batch.for_each([&](std::string_view key, const std::string_view* row) {
      if (row == nullptr) {
        rows.Delete(slice_of(key));
      } else {
        rows.Put(slice_of(key), slice_of(*row));
      }
    });
    if (!health()) return;  // a hole would be worse: the log has what is missing
    (void)keep(db_->Write(unlogged(), &rows));
  }

  std::string dir_;
  RocksDiskOptions settings_;
  std::unique_ptr<rocksdb::DB> db_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<StateBatch> queue_;
  std::size_t queued_bytes_ = 0;
  bool is_writing_ = false;
  bool is_stopping_ = false;
  std::optional<Error> failed_;
  std::thread writer_;
};

/// A new place is marked with the format; one of another format is refused.
Result<void> check_format(rocksdb::DB& db, const std::string& dir) {
  std::string format;
  const rocksdb::Status status = db.Get(rocksdb::ReadOptions(), slice_of(kFormatKey), &format);
  if (status.IsNotFound()) {
    rocksdb::WriteOptions unlogged;
    unlogged.disableWAL = true;
    rocksdb::Status made = db.Put(unlogged, slice_of(kFormatKey), slice_of(kFormat));
    if (made.ok()) made = db.Flush(rocksdb::FlushOptions());
    if (!made.ok()) return error_of(made, dir);
    return {};
  }
  if (!status.ok()) return error_of(status, dir);
  if (format == kFormat) return {};
  return Error{ErrorCode::WrongVersion, "the state in " + dir + " has format " + format +
                                            " and this program knows " + std::string(kFormat) +
                                            ": remove it, it is made again from the log"};
}

}  // namespace

Result<std::unique_ptr<StateDisk>> open_state_disk(const std::string& dir) {
  const RocksDiskOptions settings;
  const std::string place = dir + "/state";
  std::error_code failed;
  std::filesystem::create_directories(place, failed);
  if (failed) return Error{ErrorCode::Io, "cannot make " + place + ": " + failed.message()};
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options_for(settings), place, &opened);
  std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return error_of(status, place);
  if (auto good = check_format(*db, place); !good) return good.error();
  return std::unique_ptr<StateDisk>(std::make_unique<RocksDisk>(place, settings, std::move(db)));
}

}  // namespace jari
