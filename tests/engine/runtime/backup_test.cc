// A node on the embedded log, and on a copy of it that was made while a partition stood still.

#include <gmock/gmock.h>

#include "engine/log/embedded/embedded_log.h"
#include "tests/engine/log/temporary_directory.h"
#include "tests/engine/runtime/node_world.h"

namespace jari::toy {
namespace {

class Life {
 public:
  explicit Life(EmbeddedLog& log, std::vector<ParkMarker> markers = {}) : log_(log) {
    NodeOptions options;
    options.process = {++lives, 2};
    options.settings = {kWork, 0};
    options.markers = std::move(markers);
    options.make_consumer = [](PartitionRef, Store& store) { return std::make_unique<Toy>(store); };
    options.on_failure = [](const Error& why) { ADD_FAILURE() << why.detail; };
    options.leave_marker = [](const ParkMarker& marker) { ADD_FAILURE() << marker.why; };
    options.wake = [] {};
    node_ = std::make_unique<Node>(log_, *disk_, clock_, std::move(options));
    CHECK(node_->start().has_value());
    settle();
  }

  void settle() {
    for (int i = 0; i < 4; ++i) {
      node_->step();
      log_.flush();
    }
  }
  void send(const std::string& from, const std::string& to) {
    const std::string record = request_record(kSend, {from, to, 1, 0}, "r");
    ASSERT_TRUE(
        node_->post([&](Turn& turn) { turn.append(World::home_of(from), bytes_of(record)); }));
    settle();
  }
  [[nodiscard]] PlaceRow at(std::string_view place) {
    return dynamic_cast<Toy&>(*node_->consumer(World::home_of(place))).at(place);
  }

 private:
  static inline std::uint64_t lives = 0;
  EmbeddedLog& log_;
  HandClock clock_;
  std::unique_ptr<StateDisk> disk_ = make_memory_disk();
  std::unique_ptr<Node> node_;
};

std::unique_ptr<EmbeddedLog> open_log(const std::string& dir) {
  auto opened = EmbeddedLog::open(dir, World::identity());
  CHECK(opened.has_value());
  return std::move(*opened);
}

TEST(Backup, GoesOnWhereTheLogItIsACopyOfStood) {
  const TemporaryDirectory directory;
  const PartitionRef home = World::home_of("here");
  {
    const auto log = open_log(directory / "first");
    Offset end = 0;
    {
      Life life(*log);
      end = log->end(home);
      life.send("here", "there");
    }
    Life parked(*log, {{home, end, "a test"}});
    parked.send("here", "there");  // stands in the log, applied by nobody
    std::filesystem::create_directories(directory / "copy");
    ASSERT_TRUE(log->copy_into(directory / "copy", Hash128{8, 8}, Instant{1}).has_value());
  }
  const auto copy = open_log(directory / "copy");
  EXPECT_EQ(copy->identity().copy_of, World::identity().incarnation);
  Life mended(*copy);
  EXPECT_EQ(mended.at("here").sent, 2U);
  EXPECT_EQ(mended.at("there").arrived, 2U);
  mended.send("here", "there");
  EXPECT_EQ(mended.at("there").arrived, 3U);
}

}  // namespace
}  // namespace jari::toy
