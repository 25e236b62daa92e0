#include "consumers/audit/read_ahead.h"

#include "engine/base/thread_name.h"

namespace jari::audit {

ReadAhead::ReadAhead(const Read& read, Arrivals& arrivals)
    : read_(read), arrivals_(arrivals), thread_([this] { run(); }) {}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_room_.notify_one();
  thread_.join();
}

void ReadAhead::run() {
  name_this_thread("jari-read-ahead");
  auto read = read_([this](const LogRecord& record) {
    const bool has_room = !filling_.empty() && filling_.back().has_room_for(record);
    if (!has_room && !hand_on()) return false;
    filling_.back().add(record);
    return true;
  });
  hand_on();
  {
    const std::lock_guard lock(mutex_);
    result_ = std::move(read);
    is_over_ = true;
  }
  has_some_.notify_one();
}

/// Hands on the block that is filled, and begins another; false where nobody wants it.
bool ReadAhead::hand_on() {
  if (!filling_.empty()) arrivals_.look(filling_.back());
  {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [this] { return is_stopping_ || ready_.size() < kBlocksAhead; });
    if (is_stopping_) return false;
    ready_.splice(ready_.end(), filling_);
    if (!spare_.empty()) filling_.splice(filling_.end(), spare_, spare_.begin());
  }
  has_some_.notify_one();
  if (filling_.empty()) filling_.emplace_back();
  return true;
}

Blocks ReadAhead::next(Blocks&& spare) {
  Blocks taken;
  {
    std::unique_lock lock(mutex_);
    spare_.splice(spare_.end(), spare);
    has_some_.wait(lock, [this] { return is_over_ || !ready_.empty(); });
    taken.swap(ready_);
  }
  has_room_.notify_one();
  return taken;
}

}  // namespace jari::audit
