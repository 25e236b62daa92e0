// engine/http/handler.h — the port between connections and what answers: Handler, its Responder,
// and Stream for answers that never end.
//
// No route is known here, and no answer is waited for: a Responder is answered when it can be.
//
// Errors:  a Responder dropped unanswered answers 500; one whose connection is gone does nothing.
// Threads: a Handler is called by every io thread at once, one request at a time on each, and must
//          not block. Responders and Streams may be moved to and used by any thread, one at a time;
//          in the io thread of the request an answer costs no post.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "engine/http/request.h"
#include "engine/http/response.h"
#include "engine/http/task.h"

namespace jari::http {

class Inbox;
struct StreamState;

inline constexpr std::size_t kStreamBacklogBytesMax = 256 * 1024;

/// What became of a piece of a stream.
enum class StreamWrite : std::uint8_t {
  Taken = 1,
  Full,  // the client reads too slowly: this piece was left out, a later one may fit
  Gone,  // the client, or the server, has ended it
};

/// One answer of unknown length. Dropping it ends it.
class Stream {
 public:
  Stream() = default;
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&& other) noexcept;
  ~Stream();

  StreamWrite write(std::string_view piece);
  [[nodiscard]] bool is_gone() const;
  void end();

 private:
  friend class Responder;
  std::shared_ptr<StreamState> state_;  // the connection's slot is the other owner
};

/// The right, and the duty, to answer one request.
class Responder {
 public:
  Responder() = default;
  Responder(Responder&& other) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  /// False once answered, or moved from.
  explicit operator bool() const { return inbox_ != nullptr; }
  void answer(Response response);
  /// Begins an answer of unknown length (`response.body` is its first piece). `when_gone` is called
  /// once, in the io thread, if the client is gone before the stream has been ended by us.
  [[nodiscard]] Stream stream(Response response, Task when_gone = {});
  /// The io thread of its connection: the one to set timers on.
  [[nodiscard]] std::uint32_t thread() const;

 private:
  friend class Connection;
  Responder(std::shared_ptr<Inbox> inbox, std::uint64_t connection, std::uint64_t request)
      : inbox_(std::move(inbox)), connection_(connection), request_(request) {}

  std::shared_ptr<Inbox> inbox_;  // the server is the other owner; it may end before we answer
  std::uint64_t connection_ = 0;
  std::uint64_t request_ = 0;
};

/// While one lives, answers of this thread to connections of io threads wait in it; its end (or
/// flush) hands them over with one post for each io thread. For whoever answers a whole commit.
class AnswerBurst {
 public:
  AnswerBurst();
  ~AnswerBurst();
  AnswerBurst(const AnswerBurst&) = delete;
  AnswerBurst& operator=(const AnswerBurst&) = delete;
  void flush();
};

/// What before_body decides besides its answer.
struct BodyRules {
  std::size_t bytes_max = 64 * 1024;  // beyond: 413
  bool is_kept = true;                // else it is read over, and the request comes without it
  std::uint32_t route = 0;            // handed on with the request, so that it is found once
};

class Handler {
 public:
  virtual ~Handler() = default;

  /// The head is read, the body is not. An answer given here (404, 405) goes out instead; else the
  /// body is read within `rules`. 431, 414 and malformed HTTP never come this far; 413 comes after.
  virtual std::optional<Response> before_body(const RequestHead& head, BodyRules& rules) = 0;

  /// The body has not all come with its head, so it would be kept until it has: the moment to turn
  /// away whoever may not send it. An answer given here goes out instead; it must be the one that
  /// answer() would give.
  virtual std::optional<Response> before_upload(const RequestHead& head,
                                                const BodyRules& rules) = 0;

  /// The whole request. HEAD comes as it is and is answered like GET; the server leaves out the
  /// body.
  virtual void answer(const Request& request, Responder responder) = 0;

  /// The server itself refuses (400, 413, 414, 431, 500, 503): the last chance to add headers
  /// (CORS) and to count it. `head` is null where there was none to read.
  virtual void refused(const RequestHead* head, Response& response) = 0;
};

}  // namespace jari::http
