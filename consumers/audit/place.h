// consumers/audit/place.h — a record's place in the whole log.
//
// Errors:  none.
// Threads: a plain value.
#pragma once

#include "engine/log/log.h"

namespace jari::audit {

struct At {
  PartitionRef where;
  Offset offset = 0;
  bool operator==(const At&) const = default;
};

}  // namespace jari::audit
