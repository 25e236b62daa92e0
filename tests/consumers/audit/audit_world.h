// tests/consumers/audit/audit_world.h — the whole business on a simulated log, and a day of it
// whose records are then altered and audited.
//
// Errors:  a record that cannot be appended fails the test.
// Threads: one.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "consumers/audit/audit.h"
#include "consumers/model/record.h"
#include "consumers/model/topics.h"
#include "engine/log/simulated/simulated_log.h"
#include "engine/runtime/node.h"

namespace jari::audit {

struct HandClock final : Clock {
  ClockReading reading{{1'626'087'600'000}, milliseconds{50'000}};
  [[nodiscard]] ClockReading read() const override { return reading; }
};

class World : public Listener {
 public:
  explicit World(const Hash128& process = {1, 1});
  /// Appends a request and lets the whole chain of its effects come to rest.
  template <class T>
  void ask(PartitionRef where, const T& body, const Asked& asked) {
    Encoder encoder;
    append(where, kTypeOf<T>, std::string(text_of(encoder.encode(body))), asked);
  }
  /// Two requests, in one commit.
  template <class T, class U>
  void ask_both(PartitionRef where, const T& body, const Asked& asked, const U& then,
                const Asked& then_asked) {
    Encoder encoder;
    post(where, kTypeOf<T>, std::string(text_of(encoder.encode(body))), asked);
    append(where, kTypeOf<U>, std::string(text_of(encoder.encode(then))), then_asked);
  }
  template <class T>
  void ask_twice(PartitionRef where, const T& body, const Asked& asked) {
    ask_both(where, body, asked, body, asked);
  }
  [[nodiscard]] PartitionRef home(TopicNo topic, std::string_view key) const;
  void pass(milliseconds gap);
  /// The appointment or hold that the request came to.
  [[nodiscard]] const std::string& made(const std::string& request) { return made_[request]; }
  [[nodiscard]] const std::string& code(const std::string& request) { return codes_[request]; }
  [[nodiscard]] SimulatedLog& log() { return log_; }

  void decided(PartitionRef, std::string_view, std::string_view request, Bytes outcome,
               Turn&) override;
  void batch_applied(Turn&) override {}
  void counted(PartitionRef, std::string_view, std::string_view, std::uint64_t) override {}

 private:
  void post(PartitionRef where, RecordType type, const std::string& body, const Asked& asked);
  void append(PartitionRef where, RecordType type, const std::string& body, const Asked& asked);
  void settle();

  SimulatedLog log_;
  HandClock clock_;
  std::unique_ptr<StateDisk> disk_;
  std::unique_ptr<Node> node_;
  std::map<std::string, std::string> made_;
  std::map<std::string, std::string> codes_;
};

[[nodiscard]] std::unique_ptr<Consumer> make_consumer(PartitionRef where, Store& store);

/// How a day may go otherwise; as a forger with the whole program at hand might have it.
struct DayPlan {
  std::vector<const char*> line{"p1", "p2", "p3", "p4", "p5"};  // in the order they ask
  bool has_second_booking = true;                               // p2's
  bool has_second_cancelled = false;                            // p2's, by p2
  bool has_operators_booking = true;                            // for p6, who took no ticket
  Hash128 process{1, 1};                                        // drawn when the program starts
  std::string seed = std::string(64, '7');  // of the draw; its hash is in the queue's settings
  const char* beacon_name = "";             // where there is one, `beacon` is revealed, too
  const char* beacon = "";
};

/// A day of a small programme: five people, a line, holds, a withdrawal, an operator's bookings.
class SmallDay : public World {
 public:
  explicit SmallDay(const DayPlan& plan = {});

 private:
  void publish_programme(const DayPlan& plan);
  void publish_slot(const char* slot, std::uint32_t capacity);
  void set_up(const DayPlan& plan);
  void line_up(const DayPlan& plan);
  void book_slot(const char* who, const char* slot, const Asked& asked);
  void book(const DayPlan& plan);
};

/// One for every test of a program: none of them alters it.
[[nodiscard]] SmallDay& whole_day();

[[nodiscard]] Asked operator_with(std::string_view request);
[[nodiscard]] Asked person_with(std::string_view person, std::string_view request);

}  // namespace jari::audit
