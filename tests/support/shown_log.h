// tests/support/shown_log.h — a log that is read otherwise than it is: a record is left out, or
// said to be forged, as a log in Kafka has it.
#pragma once

#include <functional>

#include <gtest/gtest.h>

#include "engine/log/log.h"

namespace jari {

class ShownLog final : public Log {
 public:
  /// May change what is told of a record; false: there is none.
  using Show = std::function<bool(LogRecord&)>;
  ShownLog(Log& log, Show show) : log_(log), show_(std::move(show)) {}
  [[nodiscard]] const LogIdentity& identity() const override { return log_.identity(); }
  void append(LogBatch, Done) override { FAIL(); }
  void flush() override {}
  [[nodiscard]] Offset end(PartitionRef where) const override { return log_.end(where); }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override {
    return log_.read(from, [&](const LogRecord& record) {
      LogRecord shown = record;
      return !show_(shown) || visit(shown);
    });
  }

 private:
  Log& log_;
  Show show_;
};

/// One offset has no record: somebody appended within a transaction, and its marker takes the
/// offset.
inline ShownLog hollow(Log& log, LogPlace hole) {
  return {log, [hole](const LogRecord& record) {
            return record.where != hole.where || record.offset != hole.next_offset;
          }};
}

/// Only nodes append such records, and none has sealed them.
inline ShownLog forged(Log& log, std::function<bool(const LogRecord&)> is_forged) {
  return {log, [is_forged = std::move(is_forged)](LogRecord& record) {
            record.is_forged = is_forged(record);
            return true;
          }};
}

}  // namespace jari
