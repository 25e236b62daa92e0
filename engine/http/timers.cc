#include "engine/http/timers.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace jari::http {
namespace {

constexpr std::size_t kCancelledKept = 1024;

}  // namespace

bool Timers::is_later(const Entry& a, const Entry& b) {
  return a.at != b.at ? a.at > b.at : a.id > b.id;
}

void Timers::add(std::uint64_t id, Moment at, Task task) {
  const bool is_new = tasks_.emplace(id, std::move(task)).second;
  CHECK(is_new);
  heap_.push_back({at, id});
  std::push_heap(heap_.begin(), heap_.end(), is_later);
}

bool Timers::cancel(std::uint64_t id) {
  const auto found = tasks_.find(id);
  if (found == tasks_.end()) return false;
  const Task dropped = std::move(found->second);  // what it owns may call us when it goes
  tasks_.erase(found);
  if (heap_.size() > 2 * tasks_.size() + kCancelledKept) forget_cancelled();
  return true;
}

void Timers::forget_cancelled() {
  std::erase_if(heap_, [&](const Entry& entry) { return !tasks_.contains(entry.id); });
  std::make_heap(heap_.begin(), heap_.end(), is_later);
}

std::optional<Timers::Moment> Timers::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().at;
}

Timers::Entry Timers::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), is_later);
  const Entry entry = heap_.back();
  heap_.pop_back();
  return entry;
}

void Timers::run_due(Moment now) {
  std::vector<std::uint64_t> ids;
  while (!heap_.empty() && heap_.front().at <= now) ids.push_back(pop().id);
  for (const std::uint64_t id : ids) {
    const auto found = tasks_.find(id);  // a call before it may have cancelled it
    if (found == tasks_.end()) continue;
    Task task = std::move(found->second);
    tasks_.erase(found);
    task();
  }
}

}  // namespace jari::http
