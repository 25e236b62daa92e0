#include "engine/store/copy_state.h"

#include <filesystem>
#include <memory>
#include <utility>

#include <rocksdb/db.h>

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

/// Calls visit(where, table, key, row) for every row from `first` on, until it says false.
template <class Visit>
Result<void> for_each_row(rocksdb::DB& from, std::string_view first, const Visit& visit) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  options.fill_cache = false;
  options.readahead_size = kBatchBytes;
  const std::unique_ptr<rocksdb::Iterator> rows(from.NewIterator(options));
  for (rows->Seek({first.data(), first.size()}); rows->Valid(); rows->Next()) {
    const std::string_view key{rows->key().data(), rows->key().size()};
    const std::string_view row{rows->value().data(), rows->value().size()};
    if (key.size() < kPrefixBytes || static_cast<std::uint8_t>(key[0]) == kNoTopic) continue;
    const auto table = static_cast<std::uint8_t>(key[3]);
    if (!visit(where_of(key), table, key.substr(kPrefixBytes), row)) return {};
  }
  if (rows->status().ok()) return {};
  return Error{ErrorCode::Io, "the state cannot be read: " + rows->status().ToString()};
}

Result<void> copy_rows(rocksdb::DB& from, StateDisk& into) {
  StateBatch batch;
  auto read = for_each_row(
      from, "",
      [&](PartitionRef where, std::uint8_t table, std::string_view key, std::string_view row) {
        batch.of(where);
        batch.put(table, key, row);
        if (batch.bytes() >= kBatchBytes) into.write(std::exchange(batch, {}));
        return true;
      });
  if (!read) return read;
  into.write(std::move(batch));
  return into.flush();
}

Error no_state(const std::string& place) {
  return {ErrorCode::NotFound,
          "there is no state in " + place + "; name the --data of a running service"};
}

}  // namespace

Result<void> copy_state(const std::string& data, const std::string& into) {
  const std::string place = data + "/state";
  std::error_code failed;
  if (!std::filesystem::exists(place + "/CURRENT", failed)) return no_state(place);
  if (std::filesystem::exists(into + "/state", failed)) {
    return Error{ErrorCode::InUse, into + "/state exists already: name another place"};
  }
  auto from = open_beside(place);
  if (!from) return std::move(from).error();
  auto to = open_state_disk(into);
  if (!to) return std::move(to).error();
  return copy_rows(**from, **to);
}

Result<StateBatch> read_state(const std::string& data, PartitionRef where) {
  const std::string place = data + "/state";
  std::error_code failed;
  if (!std::filesystem::exists(place + "/CURRENT", failed)) return no_state(place);
  auto from = open_beside(place);
  if (!from) return std::move(from).error();
  const std::string first{static_cast<char>(where.topic), static_cast<char>(where.partition >> 8),
                          static_cast<char>(where.partition & 0xff)};
  StateBatch batch;
  batch.of(where);
  auto read = for_each_row(
      **from, first,
      [&](PartitionRef its, std::uint8_t table, std::string_view key, std::string_view row) {
        if (its != where) return false;
        batch.put(table, key, row);
        return true;
      });
  if (!read) return std::move(read).error();
  return batch;
}

}  // namespace jari
