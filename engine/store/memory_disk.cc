#include <map>

#include "engine/store/state_disk.h"

namespace jari {
namespace {

constexpr std::size_t kPrefixBytes = 4;

class MemoryDisk final : public StateDisk {
 public:
  Result<void> load(const LoadVisit& visit) override {
    for (const auto& [key, row] : rows_) {
      const std::string_view text = key;
      const auto byte = [text](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
      const PartitionRef where{byte(0), static_cast<PartitionNo>(byte(1) << 8 | byte(2))};
      if (auto taken = visit(where, byte(3), text.substr(kPrefixBytes), row); !taken) {
        return taken;
      }
    }
    return {};
  }

  void write(StateBatch batch) override {
    batch.for_each([&](std::string_view key, const std::string_view* row) {
      if (row == nullptr) {
        rows_.erase(std::string(key));
      } else {
        rows_.insert_or_assign(std::string(key), std::string(*row));
      }
    });
    for (const auto& [where, next_offset] : batch.places()) places_[where] = next_offset;
  }

  Result<void> flush() override { return {}; }
  std::optional<Offset> durable(PartitionRef where) const override {
    const auto place = places_.find(where);
    return place == places_.end() ? std::nullopt : std::optional(place->second);
  }
  Result<void> clear() override {
    rows_.clear();
    places_.clear();
    return {};
  }
  Result<void> health() const override { return {}; }

 private:
  std::map<std::string, std::string> rows_;
  std::map<PartitionRef, Offset> places_;
};

}  // namespace

std::unique_ptr<StateDisk> make_memory_disk() {
  return std::make_unique<MemoryDisk>();
}

}  // namespace jari
