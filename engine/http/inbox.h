// engine/http/inbox.h — Inbox: how other threads reach an io thread, one wake-up for many letters.
//
// Outlives its io thread: what comes after that is dropped in silence.
//
// Errors:  none.
// Threads: put from any; take, open and close by the io thread's owner.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "engine/http/response.h"
#include "engine/http/task.h"

namespace jari::http {

class IoThread;

/// What a Stream and the slot of its connection share.
struct StreamState {
  std::shared_ptr<class Inbox> inbox;  // the server is the other owner
  std::uint64_t connection = 0;
  std::uint64_t request = 0;
  std::atomic<bool> is_gone{false};
  std::atomic<std::size_t> backlog_bytes{0};  // written, and not yet taken by the client's socket
};

struct Unanswered {};  // the Responder was dropped
struct StreamBegin {
  Response response;
  Task when_gone;
  std::shared_ptr<StreamState> state;  // the Stream is the other owner
};
struct StreamPiece {
  std::string bytes;
};
struct StreamEnd {};

struct Letter {
  std::uint64_t connection = 0;  // not used by a Task
  std::uint64_t request = 0;
  std::variant<Response, Unanswered, StreamBegin, StreamPiece, StreamEnd, Task> what;
};

class Inbox {
 public:
  explicit Inbox(std::uint32_t thread) : thread_(thread) {}
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  [[nodiscard]] std::uint32_t thread() const { return thread_; }
  /// In the io thread itself: delivered before it returns. Else: kept until the thread takes it, or
  /// until the AnswerBurst of this thread ends.
  void put(Letter letter);
  /// Takes all letters and leaves `letters` (emptied) empty.
  void put_all(std::vector<Letter>& letters);

  void open(IoThread* owner);
  void close();
  void take(std::vector<Letter>& letters);

 private:
  const std::uint32_t thread_;
  std::mutex mutex_;
  IoThread* owner_ = nullptr;
  std::vector<Letter> letters_;
};

}  // namespace jari::http
