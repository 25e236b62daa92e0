// tests/sim/trace.h — Trace: what happened in a simulated world, as one hash and, if wanted, as
// lines; and the first thing that should not have.
//
// Units:   steps count from 1.
// Errors:  a second failure is not kept: it may come of the first.
// Threads: one.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/hash.h"
#include "engine/base/time.h"

namespace jari::sim {

struct Failure {
  std::uint64_t step = 0;
  std::string check;  // which of them: `audit I4`, `told`
  std::string what;
};

class Trace {
 public:
  explicit Trace(bool prints) : prints_(prints) {}

  void at(std::uint64_t step, Instant now) {
    step_ = step;
    now_ = now;
  }
  void note(std::string_view line) {
    feed(hash128(bytes_of(line)));
    if (!prints_) return;
    std::printf("%6llu %s %.*s\n", static_cast<unsigned long long>(step_), to_text(now_).c_str(),
                static_cast<int>(line.size()), line.data());
  }
  void feed(const Hash128& hash) { hash_ = chained(hash_, hash); }

  void fail(std::string_view check, std::string what) {
    if (failure_) return;
    note("FAILED " + std::string(check) + ": " + what);
    failure_ = Failure{step_, std::string(check), std::move(what)};
  }
  void expect(bool holds, std::string_view check, std::string_view what) {
    if (!holds) fail(check, std::string(what));
  }

  [[nodiscard]] bool is_good() const { return !failure_; }
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  [[nodiscard]] std::uint64_t step() const { return step_; }
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] const Hash128& hash() const { return hash_; }

 private:
  bool prints_;
  std::uint64_t step_ = 0;
  Instant now_;
  Hash128 hash_;
  std::optional<Failure> failure_;
};

}  // namespace jari::sim
