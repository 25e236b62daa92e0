// tests/bench/closed_loop.h — clients that ask the engine and wait for their answers, so many at a
// time, or so many a second: what the door does for its callers, without HTTP.
//
// A request's body is made in the caller's thread, its record in the engine's; its decision is seen
// by the Listener and told once it is durable, as consumers/api/door.cc does it.
//
// Units:   a latency counts from when the request was made, or was due by its rate, until it was
//          told: who asks late because the engine was slow counts as having waited.
// Errors:  a request that is refused ends the program: a figure counts what was granted.
// Threads: run() from one; the Listener's from the engine's.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "consumers/model/record.h"
#include "engine/runtime/engine.h"
#include "tests/bench/figures.h"

namespace jari::bench {

/// How fast it is asked.
struct Pace {
  std::size_t outstanding = 1;  // the most that are unanswered at once
  std::size_t per_second = 0;   // 0: as many as there is room for
};

/// One request, as the door has it when it is read.
struct Ask {
  PartitionRef where;
  RecordType type = 0;
  std::string body;
  Role role = Role::Person;
  std::string by;
  std::string key;
  Hash128 content;
};

class ClosedLoop final : public Listener {
 public:
  /// Fills in the n-th request; its key is set already.
  using Make = std::function<void(std::size_t number, Ask& ask)>;

  /// `runs`: those that others have made on the same log, whose keys are still remembered.
  explicit ClosedLoop(Engine& engine, std::uint32_t runs = 0) : engine_(engine), runs_(runs) {}

  [[nodiscard]] std::uint32_t runs() const { return runs_; }

  /// Makes `count` requests and waits for all answers.
  Round run(std::size_t count, Pace pace, const Make& make);

  void decided(PartitionRef where, std::string_view who, std::string_view request, Bytes outcome,
               Turn& turn) override;
  void batch_applied(Turn& turn) override;
  void counted(PartitionRef, std::string_view, std::string_view, std::uint64_t) override {}

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::size_t wait_for_room(std::size_t outstanding);
  [[nodiscard]] std::size_t wait_until_due(std::size_t number, Pace pace, Clock::time_point start);
  void make_some(std::size_t first, std::size_t count, const Make& make);
  void hand_over(std::vector<Ask> asks);
  void append_all(Turn& turn);
  void told(const std::vector<std::uint32_t>& numbers);

  Engine& engine_;
  std::uint32_t runs_;  // each has keys of its own
  std::vector<Clock::time_point> asked_;
  std::vector<double> latencies_ms_;  // the log's thread's, until all are told

  std::mutex mutex_;  // what follows
  std::condition_variable changed_;
  std::vector<Ask> lane_;
  bool is_posted_ = false;
  std::size_t under_way_ = 0;

  // The engine's thread's.
  flat::Builder builder_{1024};
  std::vector<Ask> taken_;
  std::size_t next_ = 0;  // of taken_
  std::vector<std::uint32_t> decided_;
};

}  // namespace jari::bench
