#include "engine/runtime/task_inbox.h"

namespace jari {

bool TaskInbox::post(Engine::Task task) {
  {
    const std::scoped_lock lock(mutex_);
    if (!is_open_) return false;
    posted_.push_back(std::move(task));
    if (posted_.size() > 1) return true;  // whoever was first has woken it
  }
  wake_();
  return true;
}

void TaskInbox::close() {
  const std::scoped_lock lock(mutex_);
  is_open_ = false;
}

bool TaskInbox::is_open() const {
  const std::scoped_lock lock(mutex_);
  return is_open_;
}

std::size_t TaskInbox::waiting() const {
  const std::scoped_lock lock(mutex_);
  return posted_.size() + (taken_.size() - next_);
}

void TaskInbox::take() {
  taken_.clear();
  next_ = 0;
  const std::scoped_lock lock(mutex_);
  taken_.swap(posted_);
}

bool TaskInbox::drained() const {
  const std::scoped_lock lock(mutex_);
  return !is_open_ && posted_.empty() && !has_taken();
}

}  // namespace jari
