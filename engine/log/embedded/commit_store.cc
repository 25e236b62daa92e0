#include "engine/log/embedded/commit_store.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include <rocksdb/db.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/options.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/table.h>

#include "engine/base/check.h"
#include "engine/log/crc32c.h"

namespace jari {
namespace {

constexpr char kIndexMark = 'i';
constexpr std::string_view kGenesisKey{"\0", 1};
constexpr int kBesideAttempts = 20;

Error error_of(const rocksdb::Status& status, const std::string& doing, const std::string& path) {
  const std::string what = doing + " the log in " + path + " failed: " + status.ToString();
  if (status.IsNoSpace()) {
    return {ErrorCode::DiskFull, what + "; make room on that disk, then start again"};
  }
  if (status.ToString().find("/LOCK:") != std::string::npos) {
    return {ErrorCode::InUse, "another jari serves this directory (" + path +
                                  " is locked); stop it first, or name another directory"};
  }
  if (status.IsCorruption()) {
    return {ErrorCode::BadBytes, what + "; check the disk, then restore the log from a backup"};
  }
  if (status.IsNotSupported()) {
    return {ErrorCode::WrongVersion, what + "; use the program that wrote it, or a newer one"};
  }
  return {ErrorCode::Io,
          what + "; see that the disk is there and may be written, then start again"};
}

std::array<char, sizeof(CommitNo)> key_of(CommitNo commit) {
  std::array<char, sizeof(CommitNo)> key{};
  for (std::size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<char>(commit >> (8 * (key.size() - 1 - i)));
  }
  return key;
}

CommitNo commit_in(const rocksdb::Slice& key) {
  CommitNo commit = 0;
  for (std::size_t i = 0; i < sizeof commit; ++i) {
    commit = commit << 8 | static_cast<unsigned char>(key[i]);
  }
  return commit;
}

rocksdb::Slice slice_of(const std::array<char, sizeof(CommitNo)>& key) {
  return {key.data(), key.size()};
}

std::string index_key(CommitNo commit) {
  const auto key = key_of(commit);
  return std::string{key.data(), key.size()} + kIndexMark;
}

std::string index_bytes(const std::vector<Offset>& offsets) {
  std::string out(sizeof(std::uint32_t), '\0');
  out.append(reinterpret_cast<const char*>(offsets.data()), offsets.size() * sizeof(Offset));
  const std::uint32_t crc = crc32c(bytes_of(out).subspan(sizeof crc));
  std::memcpy(out.data(), &crc, sizeof crc);
  return out;
}

/// Where a default is right it is left: no atomic flush, no pipelined or unordered writes, no
/// manual flush, compression or recycling of the write-ahead log; each has lost or stalled writes
/// somewhere.
rocksdb::Options options_of(const EmbeddedLogOptions& ours) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  // A commit that was torn by a loss of power is dropped: it was never acknowledged. Damage before
  // the end is refused, where the default (point in time) would silently drop durable commits.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_open_files = ours.files_max;
  options.write_buffer_size = ours.write_buffer_bytes;
  options.max_write_buffer_number = 3;
  options.target_file_size_base = ours.write_buffer_bytes;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kNoCompression;  // frames are packed already
  options.max_background_jobs = 2;
  options.max_subcompactions = 1;
  options.bytes_per_sync = std::size_t{1} << 20;
  options.wal_bytes_per_sync = std::size_t{512} << 10;
  options.memtable_protection_bytes_per_key = 8;
  options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  options.max_log_file_size = std::size_t{4} << 20;
  options.keep_log_file_num = 4;
  options.info_log_level = rocksdb::WARN_LEVEL;
  if (ours.background_bytes_a_second_max > 0) {
    options.rate_limiter.reset(rocksdb::NewGenericRateLimiter(
        static_cast<std::int64_t>(ours.background_bytes_a_second_max), 100'000, 10,
        rocksdb::RateLimiter::Mode::kWritesOnly, true));
  }
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(std::size_t{8} << 20);  // index entries; scans pass by
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::ReadOptions scan_options() {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = std::size_t{1} << 20;
  return options;
}

/// A private directory in the system's temporary folder.
Result<std::string> make_own_dir() {
  std::error_code failed;
  const auto parent = std::filesystem::temp_directory_path(failed);
  std::string path = (failed ? std::filesystem::path{"/tmp"} : parent) / "jari-beside-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    return Error{ErrorCode::Io, "cannot make a temporary directory " + path +
                                    "; see that the folder (TMPDIR) is there and has room"};
  }
  return path;
}

void remove_tree(const std::string& path) {
  std::error_code ignored;  // what stays behind is a temporary file
  std::filesystem::remove_all(path, ignored);
}

Result<void> write(rocksdb::DB& db, const std::string& path, std::span<const CommitWrite> commits,
                   const rocksdb::WriteOptions& options) {
  std::size_t size = 0;
  for (const auto& one : commits) size += one.frame.size() + 64;
  rocksdb::WriteBatch batch(size, 0, 8, 0);  // 8: protection bytes for each key
  rocksdb::Status status;
  const auto put = [&](const rocksdb::Slice& key, const rocksdb::Slice& value) {
    if (status.ok()) status = batch.Put(key, value);
  };
  for (const auto& one : commits) {
    const auto key = key_of(one.commit);
    put(slice_of(key), one.frame);
    if (!one.index.empty()) put(index_key(one.commit), index_bytes(one.index));
    if (one.has_genesis) put({kGenesisKey.data(), kGenesisKey.size()}, slice_of(key));
  }
  if (status.ok()) status = db.Write(options, &batch);
  if (!status.ok()) return error_of(status, "writing to", path);
  return {};
}

}  // namespace

CommitStore::CommitStore(std::string path, std::string own_dir, rocksdb::DB* db)
    : path_(std::move(path)), own_dir_(std::move(own_dir)), db_(db) {}

CommitStore::~CommitStore() {
  db_.reset();
  if (!own_dir_.empty()) remove_tree(own_dir_);
}

Result<std::unique_ptr<CommitStore>> CommitStore::open(const std::string& path,
                                                       const EmbeddedLogOptions& options) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) {
    return Error{ErrorCode::Io, "cannot make the directory " + path + ": " + failed.message()};
  }
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options_of(options), path, &db);
  if (!status.ok()) return error_of(status, "opening", path);
  return std::unique_ptr<CommitStore>(new CommitStore(path, "", db));
}

Result<std::unique_ptr<CommitStore>> CommitStore::open_beside(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path + "/CURRENT", failed)) {
    return Error{ErrorCode::NotFound, "there is no log in " + path +
                                          "; name the directory that jari serves (its --data)"};
  }
  auto own_dir = make_own_dir();
  if (!own_dir) return std::move(own_dir).error();
  EmbeddedLogOptions ours;
  ours.background_bytes_a_second_max = 0;
  ours.files_max = -1;  // each at once: the one who writes may remove it
  auto options = options_of(ours);
  options.create_if_missing = false;
  // Whoever writes may remove a file between our reading its name and opening it: look again.
  rocksdb::DB* db = nullptr;
  rocksdb::Status status;
  for (int i = 0; i < kBesideAttempts && db == nullptr; ++i) {
    status = rocksdb::DB::OpenAsSecondary(options, path, *own_dir, &db);
  }
  if (db == nullptr) {
    remove_tree(*own_dir);
    return error_of(status, "reading", path);
  }
  return std::unique_ptr<CommitStore>(new CommitStore(path, *own_dir, db));
}

Result<void> CommitStore::put(std::span<const CommitWrite> commits) {
  rocksdb::WriteOptions options;
  options.sync = true;
  options.protection_bytes_per_key = 8;
  return write(*db_, path_, commits, options);
}

Result<void> CommitStore::put_unlogged(std::span<const CommitWrite> commits) {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  options.protection_bytes_per_key = 8;
  return write(*db_, path_, commits, options);
}

Result<void> CommitStore::flush() {
  const auto status = db_->Flush({});
  if (!status.ok()) return error_of(status, "flushing", path_);
  return {};
}

Result<void> CommitStore::catch_up() {
  // Twice: a file of the write-ahead log that went away after the first look at the list of tables
  // is in a table that the second look finds.
  int looks = 0;
  rocksdb::Status status;
  for (int i = 0; i < kBesideAttempts && looks < 2; ++i) {
    status = db_->TryCatchUpWithPrimary();
    if (status.ok()) ++looks;
  }
  if (looks < 2) return error_of(status, "following", path_);
  return {};
}

Result<std::optional<CommitNo>> CommitStore::last_commit() const {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}));
  at->SeekToLast();
  if (!at->status().ok()) return error_of(at->status(), "reading", path_);
  if (!at->Valid() || at->key().size() < sizeof(CommitNo)) return std::optional<CommitNo>{};
  return std::optional{commit_in(at->key())};
}

Result<std::optional<CommitNo>> CommitStore::newest_genesis() const {
  std::string value;
  const auto status = db_->Get({}, {kGenesisKey.data(), kGenesisKey.size()}, &value);
  if (status.IsNotFound()) return std::optional<CommitNo>{};
  if (!status.ok()) return error_of(status, "reading", path_);
  if (value.size() != sizeof(CommitNo)) {
    return Error{ErrorCode::BadBytes, "the log in " + path_ +
                                          " does not say where its genesis record is; check the "
                                          "disk, then restore the log from a backup"};
  }
  return std::optional{commit_in(value)};
}

Result<std::string> CommitStore::frame(CommitNo commit) const {
  std::string value;
  const auto key = key_of(commit);
  const auto status = db_->Get({}, slice_of(key), &value);
  if (status.IsNotFound()) {
    return Error{ErrorCode::LogGap, "commit " + std::to_string(commit) + " of the log in " + path_ +
                                        " is missing; restore the log from a backup"};
  }
  if (!status.ok()) return error_of(status, "reading", path_);
  return value;
}

Result<std::vector<Offset>> CommitStore::index_at(CommitNo commit) const {
  std::string value;
  const auto status = db_->Get({}, index_key(commit), &value);
  if (status.IsNotFound()) {
    return Error{ErrorCode::LogGap, "the index entry of commit " + std::to_string(commit) +
                                        " of the log in " + path_ +
                                        " is missing; restore the log from a backup"};
  }
  if (!status.ok()) return error_of(status, "reading", path_);
  std::uint32_t crc = 0;
  const bool has_crc = value.size() >= sizeof crc;
  if (has_crc) std::memcpy(&crc, value.data(), sizeof crc);
  if (!has_crc || (value.size() - sizeof crc) % sizeof(Offset) != 0 ||
      crc32c(bytes_of(value).subspan(sizeof crc)) != crc) {
    return Error{ErrorCode::BadBytes, "the index entry of commit " + std::to_string(commit) +
                                          " of the log in " + path_ +
                                          " is damaged; check the disk, then restore the log "
                                          "from a backup"};
  }
  std::vector<Offset> offsets((value.size() - sizeof crc) / sizeof(Offset));
  std::memcpy(offsets.data(), value.data() + sizeof crc, offsets.size() * sizeof(Offset));
  return offsets;
}

Result<void> CommitStore::walk(CommitNo first, const Visit& visit) const {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(scan_options()));
  const auto key = key_of(first);
  for (at->Seek(slice_of(key)); at->Valid(); at->Next()) {
    if (at->key().size() != sizeof(CommitNo)) continue;  // an index entry
    auto goes_on = visit(commit_in(at->key()), bytes_of({at->value().data(), at->value().size()}));
    if (!goes_on) return std::move(goes_on).error();
    if (!*goes_on) return {};
  }
  if (!at->status().ok()) return error_of(at->status(), "reading", path_);
  return {};
}

std::uint64_t CommitStore::property(const std::string& name) const {
  std::uint64_t value = 0;
  return db_->GetIntProperty(name, &value) ? value : 0;
}

}  // namespace jari
