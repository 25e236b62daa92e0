// tests/bench/served.h — the service itself, `jari serve`, as a process beside us on a port of its
// own.
//
// Errors:  a program that does not start is thrown as std::runtime_error.
// Threads: one.
#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace jari::bench {

class Served {
 public:
  /// Starts `program` on a new log in `dir`, with the key that tokens are signed with.
  Served(const std::string& program, const std::string& dir, const std::string& key_file);
  /// Tells it to stop and waits for it.
  ~Served();
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t process() const { return process_; }

 private:
  pid_t process_ = 0;
  int said_ = -1;  // what it writes to stdout
  std::uint16_t port_ = 0;
};

}  // namespace jari::bench
