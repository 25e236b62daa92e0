// The database that stories are told with keeps what the real one does.

#include "tests/consumers/legacy/database_conformance.h"
#include "tests/consumers/legacy/legacy_world.h"

namespace jari::legacy {
namespace {

constexpr std::size_t kStateColumn = 9;

class MemoryWorld final : public DatabaseWorld {
 public:
  std::unique_ptr<Database> program() override { return std::make_unique<MemoryDatabase>(tables_); }
  std::map<std::string, std::string> table() override {
    std::map<std::string, std::string> all;
    for (const auto& [appointment, stored] : tables_.rows) {
      all[appointment] = std::to_string(stored.version) + " " + *stored.values[kStateColumn];
    }
    return all;
  }

 private:
  MemoryDatabase::Tables tables_;
};

INSTANTIATE_TEST_SUITE_P(Memory, DatabaseConformance,
                         ::testing::Values([] { return std::make_unique<MemoryWorld>(); }));

}  // namespace
}  // namespace jari::legacy
