// tests/bench/http_load.h — a load generator for HTTP/1.1 on this machine: kept connections, plain
// or pipelined, in one thread; as fast as answers come, or at a rate that does not wait for them.
//
// Reads of an answer only its status and its length.
//
// Units:   a latency counts from the write of a request until the read of its answer's last byte.
//          Of what is offered, those that are decided (2xx but 202) count alone.
// Errors:  a socket that fails, and an answer that is none, are thrown as std::runtime_error.
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "tests/bench/figures.h"

namespace jari::bench {

struct LoadShape {
  std::size_t connections = 1;
  std::size_t depth = 1;  // requests unanswered at once on each
};

/// Requests at a rate, each with a key of its own, whatever is answered.
struct Offer {
  std::size_t per_second = 0;
  std::size_t seconds = 1;
  LoadShape most;  // where so many are unanswered nothing is asked, and what was due is left out
};
/// What was asked and answered in one second.
struct Offered {
  std::size_t asked = 0;
  std::size_t granted = 0;      // 2xx but 202
  std::size_t promised = 0;     // 202
  std::size_t overloaded = 0;   // 503 with Retry-After
  std::size_t unexplained = 0;  // any other answer
  double p50_ms = 0;
  double p99_ms = 0;
  [[nodiscard]] std::size_t answered() const {
    return granted + promised + overloaded + unexplained;
  }
};

class HttpLoad {
 public:
  explicit HttpLoad(std::uint16_t port) : port_(port) {}

  /// Asks `count` times, with requests from number `first` on (and again from the first one when
  /// they are through), and expects `status` of every answer.
  Round run(const std::vector<std::string>& requests, std::size_t first, std::size_t count,
            LoadShape shape, int status);

  /// Asks once; gives back the whole answer.
  [[nodiscard]] std::string answer_to(std::string_view request) const;

  /// From now on requests up to this number are offered until they are granted or promised, and no
  /// more then: a second one of its kind would be refused. In an order that is drawn, the same in
  /// each run: people do not come as they stand beside each other in memory.
  void offer_each_once(std::size_t requests);
  /// None of them is left.
  [[nodiscard]] bool is_used_up() const { return offered_ > 0 && fresh_.empty(); }

  /// Of all that was offered, how much was answered 202 and is still not decided where it is asked
  /// again, with its own key.
  [[nodiscard]] std::size_t undecided(const std::vector<std::string>& requests) const;

  /// Offers `requests` in turn, calls `each_second`, and waits for every answer; `key` numbers the
  /// next one's key. The last call is of what was answered after the end.
  using EachSecond = std::function<void(const Offered& second)>;
  void offer(const std::vector<std::string>& requests, std::uint64_t& key, const Offer& offer,
             const EachSecond& each_second);

 private:
  using Clock = std::chrono::steady_clock;
  struct Asked {
    Clock::time_point at;
    std::uint64_t number = 0;  // of an offered one: of its key
    std::size_t request = 0;   // and which it is
  };
  struct Connection {
    int socket = -1;
    std::string out;
    std::string in;
    std::deque<Asked> asked;  // what is unanswered
    bool waits_to_write = false;
  };

  void open(std::size_t connections);
  bool poll_once(int patience_ms);
  void ask_what_is_due(const Offer& offer, std::size_t due);
  [[nodiscard]] std::size_t left_to_offer() const;
  [[nodiscard]] std::size_t take_request();
  static void append_with_key(std::string& out, std::string_view request, std::uint64_t key);
  void tell_second(const EachSecond& each_second);
  void note(std::string_view answer, int found, const Asked& asked);
  void close_all();
  void fill(Connection& to);
  void write_out(Connection& to);
  void read_in(Connection& from);
  void watch(Connection& one, bool for_writing, int operation);

  std::uint16_t port_;
  int poll_ = -1;
  std::vector<Connection> connections_;
  const std::vector<std::string>* requests_ = nullptr;
  std::size_t next_ = 0;  // request to send
  std::size_t left_ = 0;  // to be sent
  std::string some_;      // room for what is read at once
  std::vector<double> latencies_ms_;
  std::size_t depth_ = 0;  // to keep each connection filled up to; 0: whoever offers fills them
  int status_ = 0;         // expected of every answer
  std::uint64_t key_ = 0;  // of the next one that is offered
  std::size_t turn_ = 0;   // the connection that is offered the next one
  std::size_t unanswered_ = 0;
  std::vector<Asked> promised_;    // that were answered 202
  std::deque<std::size_t> fresh_;  // to be offered, where each is granted once
  std::size_t offered_ = 0;        // of those; 0: all are offered in turn
  bool is_offered_ = false;        // what is answered is counted instead of expected
  Offered second_;
};

}  // namespace jari::bench
