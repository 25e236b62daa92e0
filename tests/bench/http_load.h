// tests/bench/http_load.h — a load generator for HTTP/1.1 on this machine: kept connections, plain
// or pipelined, in one thread.
//
// Reads of an answer only its status and its length.
//
// Units:   a latency counts from the write of a request until the read of its answer's last byte.
// Errors:  a socket that fails, and an answer that is none, are thrown as std::runtime_error.
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "tests/bench/figures.h"

namespace jari::bench {

struct LoadShape {
  std::size_t connections = 1;
  std::size_t depth = 1;  // requests unanswered at once on each
};

class HttpLoad {
 public:
  explicit HttpLoad(std::uint16_t port) : port_(port) {}

  /// Asks `count` times, with requests from number `first` on (and again from the first one when
  /// they are through), and expects `status` of every answer.
  Round run(const std::vector<std::string>& requests, std::size_t first, std::size_t count,
            LoadShape shape, int status);

 private:
  using Clock = std::chrono::steady_clock;
  struct Connection {
    int socket = -1;
    std::string out;
    std::string in;
    std::deque<Clock::time_point> asked;  // of what is unanswered
    bool waits_to_write = false;
  };

  void open(std::size_t connections);
  void close_all();
  void fill(Connection& to, std::size_t depth);
  void write_out(Connection& to);
  void read_in(Connection& from, int status);
  void watch(Connection& one, bool for_writing, int operation);

  std::uint16_t port_;
  int poll_ = -1;
  std::vector<Connection> connections_;
  const std::vector<std::string>* requests_ = nullptr;
  std::size_t next_ = 0;  // request to send
  std::size_t left_ = 0;  // to be sent
  std::vector<double> latencies_ms_;
};

}  // namespace jari::bench
