#include "consumers/api/events.h"

#include <algorithm>

namespace jari::api {

std::string Events::event_of(std::string_view json) {
  std::string event = "event: status\ndata: ";
  event.append(json).append("\n\n");
  return event;
}

void Events::add(const std::string& queue, http::Stream stream, std::string etag,
                 milliseconds now) {
  const std::scoped_lock lock(mutex_);
  queues_[queue].watchers.push_back({std::move(stream), std::move(etag), now});
}

void Events::forget_gone(std::vector<Watcher>& watchers) {
  watchers.erase(std::remove_if(watchers.begin(), watchers.end(),
                                [](const Watcher& one) { return one.stream.is_gone(); }),
                 watchers.end());
}

std::vector<std::string> Events::due(milliseconds now) {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> all;
  for (auto at = queues_.begin(); at != queues_.end();) {
    forget_gone(at->second.watchers);
    if (at->second.watchers.empty()) {
      at = queues_.erase(at);
      continue;
    }
    if (now - at->second.asked >= kStatusEvery) {
      at->second.asked = now;
      all.push_back(at->first);
    }
    ++at;
  }
  return all;
}

void Events::say(const std::string& queue, std::string_view json, const std::string& etag,
                 milliseconds now) {
  const std::string event = event_of(json);
  const std::scoped_lock lock(mutex_);
  const auto at = queues_.find(queue);
  if (at == queues_.end()) return;
  for (Watcher& one : at->second.watchers) {
    if (one.etag == etag || now - one.spoken < kStatusEvery) continue;
    if (one.stream.write(event) != http::StreamWrite::Taken) continue;
    one.etag = etag;
    one.spoken = now;
  }
}

void Events::comment(milliseconds now) {
  const std::scoped_lock lock(mutex_);
  for (auto& [queue, watched] : queues_) {
    for (Watcher& one : watched.watchers) {
      if (now - one.spoken < kCommentEvery) continue;
      one.spoken = now;
      static_cast<void>(one.stream.write(": still here\n\n"));
    }
  }
}

void Events::end_all() {
  const std::scoped_lock lock(mutex_);
  for (auto& [queue, watched] : queues_) {
    for (Watcher& one : watched.watchers) one.stream.end();
  }
  queues_.clear();
}

}  // namespace jari::api
