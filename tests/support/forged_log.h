// tests/support/forged_log.h — a log of which some records are said to be forged, as a log in Kafka
// says of what only nodes append and none has sealed.
#pragma once

#include <functional>

#include <gtest/gtest.h>

#include "engine/log/log.h"

namespace jari {

class ForgedLog final : public Log {
 public:
  using IsForged = std::function<bool(const LogRecord&)>;
  ForgedLog(Log& log, IsForged is_forged) : log_(log), is_forged_(std::move(is_forged)) {}
  [[nodiscard]] const LogIdentity& identity() const override { return log_.identity(); }
  void append(LogBatch, Done) override { FAIL(); }
  void flush() override {}
  [[nodiscard]] Offset end(PartitionRef where) const override { return log_.end(where); }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override {
    return log_.read(from, [&](const LogRecord& record) {
      LogRecord seen = record;
      seen.is_forged = is_forged_(record);
      return visit(seen);
    });
  }

 private:
  Log& log_;
  IsForged is_forged_;
};

}  // namespace jari
