// consumers/api/published.h — Published: what is the same for everybody, kept between two changes.
//
// A copy is as of something durable, since it is made of an answer. While nothing has been applied
// it is the truth, but only for so long: a node that no longer hears the log applies nothing
// either. When the copies of a call have been made anew too often, one that is a little older is
// served.
//
// Units:   milliseconds of Clock::since_boot.
// Errors:  none.
// Threads: any.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "consumers/api/call.h"

namespace jari::api {

struct PublishedLimits {
  milliseconds age_max{250};         // of a copy that is served though something has changed
  std::uint32_t renewals_max = 50;   // within that time
  milliseconds same_age_max{1'000};  // of one that is served because nothing has changed
};
inline constexpr PublishedLimits kLive{};
/// Of a search over all sites.
inline constexpr PublishedLimits kHint{milliseconds{5'000}, 10, milliseconds{5'000}};
inline constexpr std::size_t kCopiesMax = 8192;

/// What is served again and again. Shared by the book and by whoever is answering from it.
struct Copy {
  std::string body;
  std::string etag;
  std::string position;
};

class Published {
 public:
  /// The copy that may be served, or nothing: then somebody must ask. `call` is kept, and nothing
  /// given, where somebody asks already.
  struct Found {
    std::shared_ptr<const Copy> copy;
    bool is_kept = false;
  };
  [[nodiscard]] Found find(CallPtr& call, const PublishedLimits& limits, std::uint64_t changes,
                           milliseconds now);
  /// The answer that `call` got; gives back whoever waited for it.
  [[nodiscard]] std::vector<CallPtr> put(const Call& call, std::shared_ptr<const Copy> copy,
                                         milliseconds now);

 private:
  struct Entry {
    std::shared_ptr<const Copy> copy;  // the answers being written are the other owners
    std::uint64_t changes = 0;
    milliseconds made{0};
    milliseconds counts_from{0};
    std::uint32_t renewals = 0;
    bool is_asked = false;
    std::vector<CallPtr> waiting;
  };
  std::mutex mutex_;
  absl::flat_hash_map<std::string, std::unique_ptr<Entry>> entries_;
};

}  // namespace jari::api
