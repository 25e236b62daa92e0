// engine/runtime/outbox.h — the port Outbox: where a partition says what follows from a record.
//
// Errors:  none.
// Threads: the partition's.
#pragma once

#include "engine/record/envelope.h"
#include "engine/record/own_records.h"

namespace jari {

/// Where what apply() says goes: a node's outbox, or nowhere in a replay.
class Outbox {
 public:
  virtual ~Outbox() = default;
  /// An effect, a barrier's or a sink's row: the envelope to append in `place.destination`.
  virtual void send(const Envelope& row) = 0;
  virtual void decided(PartitionRef where, std::string_view who, std::string_view request,
                       Bytes outcome) = 0;
  virtual void counted(PartitionRef where, std::string_view what, std::string_view label,
                       std::uint64_t add) = 0;
  /// A tick stands there, whoever wrote it: who is alive, and what their clock says.
  virtual void ticked(PartitionRef, const Tick&) {}
  /// A node says that the owner's tick is wrong about the state.
  virtual void disputed(PartitionRef, const Disputed&) {}
};

}  // namespace jari
