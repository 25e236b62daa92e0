// tests/support/hollow_log.h — a log of which one offset has no record, as a log in Kafka is where
// somebody appended within a transaction: its marker takes the offset.
#pragma once

#include <gtest/gtest.h>

#include "engine/log/log.h"

namespace jari {

class HollowLog final : public Log {
 public:
  HollowLog(Log& log, LogPlace hole) : log_(log), hole_(hole) {}
  [[nodiscard]] const LogIdentity& identity() const override { return log_.identity(); }
  void append(LogBatch, Done) override { FAIL(); }
  void flush() override {}
  [[nodiscard]] Offset end(PartitionRef where) const override { return log_.end(where); }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override {
    return log_.read(from, [&](const LogRecord& record) {
      const bool is_hole = record.where == hole_.where && record.offset == hole_.next_offset;
      return is_hole || visit(record);
    });
  }

 private:
  Log& log_;
  LogPlace hole_;
};

}  // namespace jari
