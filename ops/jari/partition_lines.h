// ops/jari/partition_lines.h — PartitionLines: says on stderr what befalls a partition while the
// service runs, and hands on all that the engine tells.
//
// Says what an operator must know of, not what is only counted.
//
// Errors:  none.
// Threads: the engine's.
#pragma once

#include "engine/log/log.h"
#include "engine/runtime/engine.h"

namespace jari::ops {

/// The line of a partition that stands still, at a start or since.
void say_parked(const LogIdentity& log, PartitionRef where, std::string_view why);

class PartitionLines final : public Listener {
 public:
  /// Both must outlive it.
  PartitionLines(const LogIdentity& log, Listener& next) : log_(log), next_(next) {}

  void decided(PartitionRef where, std::string_view who, std::string_view request, Bytes outcome,
               Turn& turn) override {
    next_.decided(where, who, request, outcome, turn);
  }
  void batch_applied(Turn& turn) override { next_.batch_applied(turn); }
  void counted(PartitionRef where, std::string_view what, std::string_view label,
               std::uint64_t add) override;

 private:
  const LogIdentity& log_;
  Listener& next_;
};

}  // namespace jari::ops
