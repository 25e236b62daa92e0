// consumers/api/events.h — Events: who watches a queue, and what was said to them last.
//
// Says a status when it has changed, at most once a second, and a comment every 15 s. Reads no
// state: it is given documents.
//
// Units:   milliseconds of Clock::since_boot.
// Errors:  who reads too slowly misses a status, and gets a later one.
// Threads: one at a time (a lock).
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/http/handler.h"

namespace jari::api {

class Events {
 public:
  static constexpr milliseconds kStatusEvery{1000};
  static constexpr milliseconds kCommentEvery{15'000};

  /// `status {JSON}` as an event.
  [[nodiscard]] static std::string event_of(std::string_view json);

  /// `etag`: of what the stream has begun with.
  void add(const std::string& queue, http::Stream stream, std::string etag, milliseconds now);
  /// The queues whose watchers are due to be told, each once.
  [[nodiscard]] std::vector<std::string> due(milliseconds now);
  void say(const std::string& queue, std::string_view json, const std::string& etag,
           milliseconds now);
  void comment(milliseconds now);
  void end_all();

 private:
  struct Watcher {
    http::Stream stream;
    std::string etag;
    milliseconds spoken{0};
  };
  struct Watched {
    std::vector<Watcher> watchers;
    milliseconds asked{0};
  };
  static void forget_gone(std::vector<Watcher>& watchers);

  std::mutex mutex_;
  std::map<std::string, Watched> queues_;
};

}  // namespace jari::api
