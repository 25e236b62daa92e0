// tests/consumers/legacy/sync_story.h — what stories of the sync are told with: rows of a log in
// memory into a database in memory, and a clock that they move.
//
// Errors:  a step that fails, and a sync that does not settle, fail the test.
// Threads: one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "consumers/legacy/sync.h"
#include "tests/consumers/legacy/legacy_world.h"

namespace jari::legacy {

inline const Said kAway{Answer::NotNow, "connection", "could not connect"};
inline const Said kDeadlock{Answer::NotNow, "40P01", "deadlock detected"};

class SyncStory : public ::testing::Test {
 protected:
  SyncStory() { begin(); }

  /// A program that starts, or starts again.
  void begin(PaceSettings pace = {}) {
    sync_.reset();
    database_ = std::make_unique<MemoryDatabase>(tables_);
    database_->takes_time = [this](milliseconds took) { now_.steady += took; };
    sync_ = std::make_unique<Sync>(
        SyncParts{log_ != nullptr ? *log_ : bookings_.log(), [] { return Result<void>{}; },
                  *database_, mapping_, [this] { return now_; },
                  [this](const std::string& what) { said_.push_back(what); }},
        std::move(pace));
  }
  void step() {
    const auto wait = sync_->step();
    ASSERT_TRUE(wait.has_value()) << wait.error().detail;
    now_.steady += *wait;
    now_.wall = now_.wall + *wait;
  }
  /// Until nothing is to be written any more; how long that took.
  milliseconds settle(int steps_most = 20'000) {
    const milliseconds begun = now_.steady;
    for (int i = 0; i < steps_most; ++i) {
      step();
      if (sync_->is_idle() && sync_->figures().lag_records == 0) return now_.steady - begun;
    }
    ADD_FAILURE() << "it did not settle: " << sync_->figures().lag_records << " wait";
    return now_.steady - begun;
  }
  [[nodiscard]] std::map<std::string, std::uint32_t> table() const {
    std::map<std::string, std::uint32_t> versions;
    for (const auto& [appointment, stored] : tables_.rows) versions[appointment] = stored.version;
    return versions;
  }
  void say_many(int count) {
    for (int i = 0; i < count; ++i) {
      bookings_.say({.appointment = "a1-" + std::to_string(i)}, static_cast<PartitionNo>(i % 4));
    }
  }

  /// Until something is said, or it was silent for so long.
  void wait_for_words(std::size_t words, milliseconds most = milliseconds{20'000}) {
    const milliseconds begun = now_.steady;
    while (said_.size() < words && now_.steady - begun < most) step();
  }

  SyncLog bookings_;
  Log* log_ = nullptr;  // else that of bookings_
  Mapping mapping_ = mapping_for_tests();
  MemoryDatabase::Tables tables_;
  std::unique_ptr<MemoryDatabase> database_;
  Moment now_{Booked{}.as_of, milliseconds{1000}, 0};
  std::vector<std::string> said_;
  std::unique_ptr<Sync> sync_;
};

}  // namespace jari::legacy
