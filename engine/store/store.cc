#include "engine/store/store.h"

namespace jari {

void Store::attach(std::uint8_t number, StoredTable& table) {
  CHECK(tables_[number] == nullptr);
  tables_[number] = &table;
  attached_.push_back(&table);
}

const Hash128& Store::digest() const {
  for (StoredTable* table : attached_) table->settle();
  return digest_;
}

void Store::drain(RowSink& sink) {
  for (StoredTable* table : attached_) table->drain(sink);
}

Result<void> Store::load(std::uint8_t table, std::string_view key, std::string_view row) {
  if (tables_[table] == nullptr || !tables_[table]->load(key, row)) {
    return Error{ErrorCode::BadBytes, "a stored row of table " + std::to_string(table) +
                                          " cannot be read: the state was written by another "
                                          "version, or is damaged; remove the folder state/ and it "
                                          "is made again from the log"};
  }
  return {};
}

Hash128 Store::digest_anew() const {
  Hash128 sum;
  for (const StoredTable* table : attached_) sum += table->digest_anew();
  return sum;
}

std::size_t Store::rows() const {
  std::size_t count = 0;
  for (const StoredTable* table : attached_) count += table->size();
  return count;
}

}  // namespace jari
