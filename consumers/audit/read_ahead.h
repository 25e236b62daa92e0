// consumers/audit/read_ahead.h — ReadAhead: records read, opened and placed by a thread of their
// own, some blocks before the rules look at them.
//
// Errors:  what the source of the records gives, after the records before it.
// Threads: one reads and has the arrivals meanwhile; another calls what is here.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "consumers/audit/arrivals.h"

namespace jari::audit {

class ReadAhead {
 public:
  using Read = std::function<Result<void>(const Log::Visit&)>;
  /// Begins at once. Both must outlive it.
  ReadAhead(const Read& read, Arrivals& arrivals);
  /// What was not taken is dropped.
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// Waits for what was read next, in order; nothing once all is taken. `spare` are blocks to be
  /// used again.
  [[nodiscard]] Blocks next(Blocks&& spare);
  /// Once next() gave nothing: whether all was read.
  [[nodiscard]] const Result<void>& result() const { return result_; }

 private:
  static constexpr std::size_t kBlocksAhead = 16;

  void run();
  bool hand_on();

  const Read& read_;
  Arrivals& arrivals_;
  Blocks filling_;  // one, or none yet
  std::mutex mutex_;
  std::condition_variable has_some_;
  std::condition_variable has_room_;
  Blocks ready_;
  Blocks spare_;
  bool is_over_ = false;
  bool is_stopping_ = false;
  Result<void> result_;
  std::thread thread_;  // last: it uses all of them
};

}  // namespace jari::audit
