#include "engine/runtime/waiting_rows.h"

namespace jari {
namespace {

std::string stored_key(const WaitingRowKey& key) {
  std::string bytes;
  canonical::append(bytes, key, canonical::Plain{});
  return bytes;
}

/// What stands behind a record on disk: no digest of the state covers it.
std::string seal_of(std::string_view key, std::string_view record) {
  const Hash128 hash = chained(hash128(bytes_of(key)), hash128(bytes_of(record)));
  return {reinterpret_cast<const char*>(&hash), sizeof hash};
}

std::size_t bytes_of(const WaitingRows::Row& row) {
  return row.record.size() + kWaitingRowBytes;
}

PartitionRef destination_of(const WaitingRowKey& key) {
  return {key.topic, key.partition};
}

}  // namespace

void WaitingRows::add(const Envelope& row) {
  const StreamPlace& place = *row.stream;
  const auto [added, is_new] = rows_[place.destination].emplace(
      place.seq, Row{std::string(text_of(write_envelope(builder_, row))), false});
  if (is_new) count(place.destination.topic, added->second);
  come_.push_back({place.destination.topic, place.destination.partition, place.seq});
}

void WaitingRows::count(TopicNo topic, const Row& row) {
  if (topic >= bytes_.size()) bytes_.resize(topic + std::size_t{1});
  bytes_[topic] += bytes_of(row);
}

void WaitingRows::trim(PartitionRef destination, std::uint64_t acked) {
  const auto found = rows_.find(destination);
  if (found == rows_.end()) return;
  Rows& rows = found->second;
  while (!rows.empty() && rows.begin()->first <= acked) {
    if (rows.begin()->second.is_stored) {
      gone_.push_back({destination.topic, destination.partition, rows.begin()->first});
    }
    bytes_[destination.topic] -= bytes_of(rows.begin()->second);
    rows.erase(rows.begin());
  }
}

const WaitingRows::Rows& WaitingRows::to(PartitionRef destination) const {
  static const Rows kNone;
  const auto found = rows_.find(destination);
  return found == rows_.end() ? kNone : found->second;
}

std::size_t WaitingRows::size() const {
  std::size_t sum = 0;
  for (const auto& [destination, rows] : rows_) sum += rows.size();
  return sum;
}

void WaitingRows::drain(StateBatch& to) {
  for (const WaitingRowKey& key : gone_) to.erase(kWaitingRowTable, stored_key(key));
  gone_.clear();
  for (const WaitingRowKey& key : come_) {
    Rows& rows = rows_[destination_of(key)];
    const auto row = rows.find(key.seq);
    if (row == rows.end()) continue;
    const std::string key_bytes = stored_key(key);
    to.put(kWaitingRowTable, key_bytes,
           row->second.record + seal_of(key_bytes, row->second.record));
    row->second.is_stored = true;
  }
  come_.clear();
}

bool WaitingRows::load(std::string_view key_bytes, std::string_view row) {
  if (row.size() < sizeof(Hash128)) return false;
  const std::string_view seal = row.substr(row.size() - sizeof(Hash128));
  row.remove_suffix(seal.size());
  if (seal != seal_of(key_bytes, row)) return false;
  WaitingRowKey key;
  canonical::Plain plain;
  if (!canonical::take(key_bytes, key, plain) || !key_bytes.empty()) return false;
  const auto [loaded, is_new] =
      rows_[destination_of(key)].emplace(key.seq, Row{std::string(row), true});
  if (is_new) count(key.topic, loaded->second);
  return is_new;
}

bool WaitingRows::is_whole(const Streams& streams) const {
  bool is_whole = true;
  streams.for_each_outgoing([&](PartitionRef destination, const OutgoingRow& row) {
    const Rows& rows = to(destination);
    const std::uint64_t waiting = row.sent - row.acked;
    is_whole &= rows.size() == waiting && (waiting == 0 || (rows.begin()->first == row.acked + 1 &&
                                                            rows.rbegin()->first == row.sent));
  });
  return is_whole;
}

}  // namespace jari
