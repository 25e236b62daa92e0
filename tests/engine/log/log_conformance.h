// tests/engine/log/log_conformance.h — what every Log must do, whatever keeps its records.
//
// A test of an implementation links log_conformance.cc, makes a LogHarness and says
// INSTANTIATE_TEST_SUITE_P(Mine, LogConformance, Values(log_kind<Mine>("Plain")), name_of).
//
// Errors:  as a test has them.
// Threads: one, but for the test that says so.
#pragma once

#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/engine/log/log_writer.h"

namespace jari {

/// A new log, and what can happen to it.
class LogHarness {
 public:
  virtual ~LogHarness() = default;
  [[nodiscard]] virtual Log& log() = 0;
  /// Does what it takes for waiting appends to be answered.
  virtual void settle() = 0;
  /// Closes in good order and opens again: all is there.
  virtual void reopen() = 0;
  /// Ends as by kill -9 and opens again: what was answered is there.
  virtual void crash() = 0;
  /// Whether reading and appending may run side by side, or only in turns.
  [[nodiscard]] virtual bool has_threads() const = 0;
};

/// One way to make a log, and what a test of it is called.
struct LogKind {
  std::string name;
  std::unique_ptr<LogHarness> (*make)(const LogIdentity& identity);
};
template <class Harness>
LogKind log_kind(std::string name) {
  return {std::move(name), [](const LogIdentity& identity) -> std::unique_ptr<LogHarness> {
            return std::make_unique<Harness>(identity);
          }};
}
inline void PrintTo(const LogKind& kind, std::ostream* out) {
  *out << kind.name;
}
inline std::string name_of(const ::testing::TestParamInfo<LogKind>& kind) {
  return kind.param.name;
}

class LogConformance : public ::testing::TestWithParam<LogKind> {
 protected:
  Log& log() { return harness_->log(); }
  void answer_all(LogWriter& writer);
  /// What the log holds behind its genesis records.
  [[nodiscard]] std::map<PartitionRef, Texts> after_genesis();

  std::unique_ptr<LogHarness> harness_ = GetParam().make(identity_for_tests());
};

}  // namespace jari
