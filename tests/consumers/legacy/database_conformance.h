// tests/consumers/legacy/database_conformance.h — what every implementation of the port Database
// keeps; each instantiates DatabaseConformance with a world of its own.
//
// Errors:  fails the test.
// Threads: one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <gmock/gmock.h>

#include "consumers/legacy/database.h"

namespace jari::legacy {

/// One empty database, which any number of programs open.
class DatabaseWorld {
 public:
  virtual ~DatabaseWorld() = default;
  [[nodiscard]] virtual std::unique_ptr<Database> program() = 0;
  /// `appointment version state`, in the table's own words, by appointment.
  [[nodiscard]] virtual std::map<std::string, std::string> table() = 0;
};
using MakeWorld = std::function<std::unique_ptr<DatabaseWorld>()>;

class DatabaseConformance : public ::testing::TestWithParam<MakeWorld> {
 protected:
  DatabaseConformance() : world_(GetParam()()), database_(world_->program()) {}

  void open() { ASSERT_EQ(database_->open(position_).answer, Answer::Written); }
  [[nodiscard]] Said write(const Batch& batch) {
    database_->prepare(batch);
    database_->send();
    return database_->finish();
  }
  /// What a program that begins now is told.
  [[nodiscard]] Position position_now();
  [[nodiscard]] std::map<std::string, Letter> letters();

  std::unique_ptr<DatabaseWorld> world_;
  std::unique_ptr<Database> database_;
  Position position_;
};

}  // namespace jari::legacy
