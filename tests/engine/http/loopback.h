// tests/engine/http/loopback.h — a Server on loopback with a Handler made of lambdas, and a client
// that sends bytes as it likes.
//
// Errors:  a socket that fails, or waits for longer than ten seconds, stops the test (CHECK).
// Threads: a Caller belongs to one thread; ScriptedHandler is called by the io threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http/server.h"

namespace jari::http::testing {

/// Answers every request with its method, path and body unless told otherwise.
class ScriptedHandler final : public Handler {
 public:
  std::function<std::optional<Response>(const RequestHead&, BodyRules&)> before;
  std::function<std::optional<Response>(const RequestHead&)> before_an_upload;
  std::function<void(const Request&, Responder)> answers;
  std::atomic<int> refusals{0};

  std::optional<Response> before_body(const RequestHead& head, BodyRules& rules) override;
  std::optional<Response> before_upload(const RequestHead& head, const BodyRules& rules) override;
  void answer(const Request& request, Responder responder) override;
  void refused(const RequestHead* head, Response& response) override;
};

/// A place where io threads leave things for the test, which waits for them.
template <class T>
class Box {
 public:
  void put(T one) {
    const std::lock_guard lock{mutex_};
    held_.push_back(std::move(one));
    changed_.notify_all();
  }
  std::vector<T> take(std::size_t count) {
    std::unique_lock lock{mutex_};
    const bool came =
        changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return held_.size() >= count; });
    CHECK(came);
    return std::exchange(held_, {});
  }
  std::size_t size() {
    const std::lock_guard lock{mutex_};
    return held_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> held_;
};

struct Answer {
  int status = 0;
  std::string head;  // with its empty line
  std::string body;
  [[nodiscard]] bool has(std::string_view header_line) const;
};

/// One connection.
class Caller {
 public:
  explicit Caller(std::uint16_t port, bool is_ipv6 = false);
  ~Caller();
  Caller(Caller&& other) noexcept;
  Caller& operator=(Caller&&) = delete;

  void send(std::string_view bytes);
  /// Sends what the socket takes at once.
  std::size_t try_send(std::string_view bytes);
  /// No more will be sent; answers still come.
  void half_close();
  /// Ends it at once, with a reset.
  void reset();
  /// One whole answer. `is_head`: it has no body, whatever its length says.
  Answer receive(bool is_head = false);
  /// The bytes up to and with `end`.
  std::string receive_until(std::string_view end);
  /// All bytes until the server closes.
  std::string receive_rest();
  /// True where the server has closed and nothing is left to read; waits for either.
  bool is_closed();
  void narrow_receive_buffer(int bytes);

 private:
  bool fill();
  int socket_;
  std::string pending_;
};

[[nodiscard]] std::string get(std::string_view target, std::string_view more = "");
[[nodiscard]] std::string post(std::string_view target, std::string_view body,
                               std::string_view more = "");

/// Starts one with those options, or stops the test.
[[nodiscard]] std::unique_ptr<Server> serve(Handler& handler, ServerOptions options = {});

}  // namespace jari::http::testing
