// consumers/audit/place.h — a record's place in the whole log, and what stands there.
//
// Errors:  none.
// Threads: a plain value.
#pragma once

#include "engine/log/log.h"

namespace jari::audit {

struct At {
  At() = default;
  At(PartitionRef partition, Offset place) : where(partition), offset(place) {}

  PartitionRef where;
  RecordKind kind{};       // Unknown of what is no record
  bool is_opened = false;  // else nobody has looked what stands there
  std::uint16_t type = 0;  // RecordType
  Offset offset = 0;
  /// Of the place alone.
  bool operator==(const At& other) const { return where == other.where && offset == other.offset; }
};
static_assert(sizeof(At) == 16);

}  // namespace jari::audit
