// ops/jari/past_service.h — PastService: the query service of consumers/api over a state that was.
//
// Shows, and answers 405 to whatever would change something. Gives no admission tokens: what was
// allowed then is not allowed now. Tokens of callers are judged by the wall clock.
//
// Errors:  start() says in one line what is wrong and what to do.
// Threads: from one; its io thread is its own.
#pragma once

#include <memory>
#include <string>

#include "engine/http/token.h"
#include "engine/runtime/replayed_engine.h"

namespace jari::ops {

struct PastSettings {
  std::string listen = "127.0.0.1:0";
  http::KeyFiles keys;
  bool is_for_this_machine_only = false;  // with keys that nobody configured
};

class PastService {
 public:
  /// `engine` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<PastService>> start(ReplayedEngine& engine,
                                                                  const PastSettings& settings);
  /// Finishes what it took.
  ~PastService();
  PastService(const PastService&) = delete;
  PastService& operator=(const PastService&) = delete;

  [[nodiscard]] std::string address() const;  // `http://HOST:PORT`

 private:
  struct Parts;
  explicit PastService(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace jari::ops
