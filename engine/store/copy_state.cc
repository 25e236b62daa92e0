#include "engine/store/copy_state.h"

#include <filesystem>
#include <memory>

#include <rocksdb/db.h>

#include "engine/store/state_disk.h"

namespace jari {
namespace {

constexpr int kAttempts = 20;  // files that vanish while they are opened: the node compacts
constexpr std::size_t kBatchBytes = std::size_t{4} << 20;
constexpr std::size_t kPrefixBytes = 4;  // of a key: topic, partition, table
constexpr std::size_t kNoTopic = 0xff;   // rows of no partition: the format

Result<std::unique_ptr<rocksdb::DB>> open_beside(const std::string& place) {
  rocksdb::Options options;
  options.info_log_level = rocksdb::FATAL_LEVEL;
  rocksdb::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    rocksdb::DB* opened = nullptr;
    status = rocksdb::DB::OpenForReadOnly(options, place, &opened);
    if (status.ok()) return std::unique_ptr<rocksdb::DB>(opened);
  }
  return Error{ErrorCode::Io, "the state in " + place +
                                  " cannot be read beside its service: " + status.ToString()};
}

PartitionRef where_of(std::string_view key) {
  const auto byte = [key](std::size_t at) { return static_cast<std::uint8_t>(key[at]); };
  return {byte(0), static_cast<PartitionNo>(byte(1) << 8 | byte(2))};
}

Result<void> copy_rows(rocksdb::DB& from, StateDisk& into) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  options.fill_cache = false;
  options.readahead_size = kBatchBytes;
  const std::unique_ptr<rocksdb::Iterator> rows(from.NewIterator(options));
  StateBatch batch;
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const std::string_view key{rows->key().data(), rows->key().size()};
    const std::string_view row{rows->value().data(), rows->value().size()};
    if (key.size() < kPrefixBytes || static_cast<std::uint8_t>(key[0]) == kNoTopic) continue;
    batch.of(where_of(key));
    batch.put(static_cast<std::uint8_t>(key[3]), key.substr(kPrefixBytes), row);
    if (batch.bytes() >= kBatchBytes) into.write(std::exchange(batch, {}));
  }
  if (!rows->status().ok()) {
    return Error{ErrorCode::Io, "the state cannot be read: " + rows->status().ToString()};
  }
  into.write(std::move(batch));
  return into.flush();
}

}  // namespace

Result<void> copy_state(const std::string& data, const std::string& into) {
  const std::string place = data + "/state";
  std::error_code failed;
  if (!std::filesystem::exists(place + "/CURRENT", failed)) {
    return Error{ErrorCode::NotFound,
                 "there is no state in " + place + "; name the --data of a running service"};
  }
  if (std::filesystem::exists(into + "/state", failed)) {
    return Error{ErrorCode::InUse, into + "/state exists already: name another place"};
  }
  auto from = open_beside(place);
  if (!from) return std::move(from).error();
  auto to = open_state_disk(into);
  if (!to) return std::move(to).error();
  return copy_rows(**from, **to);
}

}  // namespace jari
