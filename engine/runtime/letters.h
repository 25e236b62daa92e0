// engine/runtime/letters.h — what a member has appended to a log of many writers and has no answer
// for, and who waits for it.
//
// Requests are appended again until they stand: whoever asked has been promised that. What else is
// lost is found out by those who follow the log.
//
// Units:   milliseconds are the clock's since_boot.
// Errors:  an append that fails is appended again after kAppendAgainAfter, without end.
// Threads: one, but for the log's Done, which comes from its own and is forgotten once this is
// gone.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "engine/runtime/member_slot.h"
#include "engine/runtime/node_options.h"

namespace jari {

inline constexpr milliseconds kAppendAgainAfter{50};

class Letters {
 public:
  using Calls = NodeOptions::Calls;
  /// What became of rows that were sent.
  using Answered = std::function<void(const StreamSpan& span, bool is_good)>;

  Letters(Log& log, std::function<void()> wake);
  ~Letters();
  Letters(const Letters&) = delete;
  Letters& operator=(const Letters&) = delete;

  /// Hands what the slot has for its partition to the log.
  void send(MemberSlot& to);
  /// These wait until the requests sent since the last wave stand. False: there were none.
  bool wait(Calls& calls);
  /// Takes the answers that have come: tells of spans, gives the calls whose wait is over.
  [[nodiscard]] Calls take(milliseconds now, const Answered& answered);
  [[nodiscard]] std::size_t waiting_requests() const { return waiting_requests_; }
  [[nodiscard]] bool empty() const { return waves_.empty() && waiting_requests_ == 0; }

 private:
  struct Inbox {
    std::mutex mutex;
    std::vector<std::pair<std::uint64_t, bool>> answers;
    std::function<void()> wake;
  };
  struct Letter {
    LogSection requests;
    std::vector<StreamSpan> spans;
    std::uint64_t wave = 0;
  };
  struct Wave {
    std::size_t left = 0;
    Calls calls;
  };
  struct Again {
    milliseconds at{0};
    Letter letter;
  };

  void append(LogSection section, Letter letter);
  void good(Letter& letter, Calls& over);

  Log& log_;
  std::shared_ptr<Inbox> inbox_;  // the log's Done is the other owner
  std::map<std::uint64_t, Letter> letters_;
  std::map<std::uint64_t, Wave> waves_;
  std::deque<Again> again_;
  std::uint64_t letter_ = 0;
  std::uint64_t wave_ = 1;  // that requests sent now belong to
  std::size_t waiting_requests_ = 0;
};

}  // namespace jari
