#include "engine/store/state_disk.h"

namespace jari {
namespace {

constexpr std::uint8_t kPut = 1;
constexpr std::uint8_t kErase = 2;

}  // namespace

void StateBatch::put(std::uint8_t table, std::string_view key, std::string_view row) {
  frame(kPut, table, key, row);
}

void StateBatch::erase(std::uint8_t table, std::string_view key) {
  frame(kErase, table, key, {});
}

void StateBatch::frame(std::uint8_t op, std::uint8_t table, std::string_view key,
                       std::string_view row) {
  constexpr std::size_t kPrefixBytes = 4;
  canonical::append_scalar(frames_, op);
  canonical::append_scalar(frames_, static_cast<std::uint32_t>(kPrefixBytes + key.size()));
  canonical::append_scalar(frames_, static_cast<std::uint32_t>(row.size()));
  frames_.push_back(static_cast<char>(where_.topic));
  frames_.push_back(static_cast<char>(where_.partition >> 8));
  frames_.push_back(static_cast<char>(where_.partition & 0xff));
  frames_.push_back(static_cast<char>(table));
  frames_.append(key).append(row);
}

void StateBatch::for_each(const Visit& visit) const {
  std::string_view left = frames_;
  while (!left.empty()) {
    std::uint8_t op = 0;
    std::uint32_t key_bytes = 0;
    std::uint32_t row_bytes = 0;
    CHECK(canonical::take_scalar(left, op) && canonical::take_scalar(left, key_bytes) &&
          canonical::take_scalar(left, row_bytes));
    const std::string_view key = left.substr(0, key_bytes);
    const std::string_view row = left.substr(key_bytes, row_bytes);
    left.remove_prefix(key_bytes + row_bytes);
    visit(key, op == kPut ? &row : nullptr);
  }
}

}  // namespace jari
