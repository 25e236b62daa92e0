#include "engine/runtime/task_inbox.h"

#include <gmock/gmock.h>

#include "tests/engine/runtime/node_world.h"

namespace jari::toy {
namespace {

using ::testing::ElementsAre;

class TaskInboxTest : public ::testing::Test {
 protected:
  void post(int number) {
    ASSERT_TRUE(inbox_.post([this, number](Turn&) { ran_.push_back(number); }));
  }
  void run(std::size_t most) {
    const std::size_t end = ran_.size() + most;
    ASSERT_TRUE(world_.node->post(
        [&](Turn& turn) { inbox_.run(turn, [&] { return ran_.size() < end; }); }));
    world_.node->step();
  }
  World world_;  // for a turn
  int wakes_ = 0;
  std::vector<int> ran_;
  TaskInbox inbox_{[this] { ++wakes_; }};
};

TEST_F(TaskInboxTest, RunsTasksInTheirOrderAndWhatIsLeftComesFirst) {
  for (const int number : {1, 2, 3}) post(number);
  run(2);
  EXPECT_THAT(ran_, ElementsAre(1, 2));
  EXPECT_TRUE(inbox_.has_taken());
  post(4);
  EXPECT_EQ(inbox_.waiting(), 2U);
  run(9);
  EXPECT_THAT(ran_, ElementsAre(1, 2, 3));
  run(9);
  EXPECT_THAT(ran_, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(inbox_.waiting(), 0U);
}

TEST_F(TaskInboxTest, WakesOnceForAllThatWait) {
  post(1);
  post(2);
  EXPECT_EQ(wakes_, 1);
  run(9);
  post(3);
  EXPECT_EQ(wakes_, 2);
}

TEST_F(TaskInboxTest, IsDrainedOnceItIsClosedAndAllHasRun) {
  post(1);
  post(2);
  inbox_.close();
  EXPECT_FALSE(inbox_.is_open());
  EXPECT_FALSE(inbox_.post([](Turn&) {}));
  EXPECT_FALSE(inbox_.drained());
  run(1);
  EXPECT_FALSE(inbox_.drained());
  run(1);
  EXPECT_TRUE(inbox_.drained());
}

}  // namespace
}  // namespace jari::toy
