// tests/bench/legacy_rows.h — the rows that legacy_bench writes: who booked what, and a log that
// has their documents as bookings leave them.
//
// Errors:  CHECK: a log that cannot be written measures nothing.
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "consumers/model/record.h"
#include "engine/log/embedded/embedded_log.h"
#include "tests/consumers/legacy/legacy_world.h"

namespace jari::legacy {

/// The same of each number, always.
[[nodiscard]] Booked booked(int number, std::uint32_t version = 1);

/// One commit after another, as bookings leave their documents.
class LogOfRows {
 public:
  static constexpr PartitionNo kPartitions = 4;

  LogOfRows(const std::string& dir, int rows, std::uint32_t version = 1);
  [[nodiscard]] EmbeddedLog& log() { return *log_; }

 private:
  void append(int from, int until);
  void add(const Booked& one, std::vector<LogSection>& sections);

  std::uint32_t version_;
  std::unique_ptr<EmbeddedLog> log_;
  std::vector<Offset> next_ = std::vector<Offset>(kPartitions, 1);
  std::vector<StreamMark> marks_ = std::vector<StreamMark>(kPartitions);
  flat::Builder builder_{1024};
};

}  // namespace jari::legacy
