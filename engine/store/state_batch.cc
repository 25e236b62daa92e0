#include <array>

#include "engine/store/state_disk.h"

namespace jari {
namespace {

constexpr std::uint8_t kPut = 1;
constexpr std::uint8_t kErase = 2;
constexpr std::size_t kHeadBytes = sizeof(std::uint8_t) + 2 * sizeof(std::uint32_t);

}  // namespace

void StateBatch::put(std::uint8_t table, std::string_view key, std::string_view row) {
  frame(kPut, table, key, row);
}

void StateBatch::erase(std::uint8_t table, std::string_view key) {
  frame(kErase, table, key, {});
}

void StateBatch::frame(std::uint8_t op, std::uint8_t table, std::string_view key,
                       std::string_view row) {
  const std::array<char, 4> prefix{
      static_cast<char>(where_.topic), static_cast<char>(where_.partition >> 8),
      static_cast<char>(where_.partition & 0xff), static_cast<char>(table)};
  const std::size_t had = frames_.size();
  frames_.resize(had + kHeadBytes + prefix.size() + key.size() + row.size());
  char* to = frames_.data() + had;
  to = canonical::write_scalar(to, op);
  to = canonical::write_scalar(to, static_cast<std::uint32_t>(prefix.size() + key.size()));
  to = canonical::write_scalar(to, static_cast<std::uint32_t>(row.size()));
  to = canonical::write_bytes(to, {prefix.data(), prefix.size()});
  to = canonical::write_bytes(to, key);
  to = canonical::write_bytes(to, row);
  CHECK(to == frames_.data() + frames_.size());
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
