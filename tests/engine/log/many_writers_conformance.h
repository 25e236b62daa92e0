// tests/engine/log/many_writers_conformance.h — what every Log of many writers must do besides
// LogConformance, however often it repeats, delays and loses.
//
// A test of an implementation links many_writers_conformance.cc, makes a ManyWritersHarness and
// says INSTANTIATE_TEST_SUITE_P(Mine, ManyWritersConformance,
// Values(many_writers_kind<Mine>("Calm"))).
//
// Errors:  as a test has them.
// Threads: one.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/engine/log/log_writer.h"

namespace jari {

/// A new log, and two processes on it.
class ManyWritersHarness {
 public:
  virtual ~ManyWritersHarness() = default;
  [[nodiscard]] virtual Log& first() = 0;
  [[nodiscard]] virtual Log& second() = 0;
  /// The second process dies, and another takes its place.
  virtual void kill_second() = 0;
  /// Does what it takes for waiting appends to be answered.
  virtual void settle() = 0;
  /// Whoever runs the cluster lets it keep no record of the partition before that one.
  virtual void trim(PartitionRef where, Offset begin) = 0;
};

struct ManyWritersKind {
  std::string name;
  std::unique_ptr<ManyWritersHarness> (*make)(const LogIdentity& identity);
};
template <class Harness>
ManyWritersKind many_writers_kind(std::string name) {
  return {std::move(name), [](const LogIdentity& identity) -> std::unique_ptr<ManyWritersHarness> {
            return std::make_unique<Harness>(identity);
          }};
}
inline void PrintTo(const ManyWritersKind& kind, std::ostream* out) {
  *out << kind.name;
}
inline std::string many_writers_name(const ::testing::TestParamInfo<ManyWritersKind>& kind) {
  return kind.param.name;
}

class ManyWritersConformance : public ::testing::TestWithParam<ManyWritersKind> {
 protected:
  std::unique_ptr<ManyWritersHarness> harness_ = GetParam().make(identity_for_tests());
};

}  // namespace jari
