// engine/runtime/record_chain.h — the records that a partition's state was made from: the SHA-256
// chain over all of them, and the hash of the last.
//
// No decision sees it: it is written beside the state, so that a start knows its log again. So it
// may be stepped after its records were applied, by another thread (node.h).
//
// Errors:  none.
// Threads: belongs to one thread at a time.
#pragma once

#include "engine/runtime/partition_rows.h"

namespace jari {

class RecordChain {
 public:
  void step(Bytes record);

  /// Goes on from where a state stands.
  void start(const PartitionPosition& position);
  /// Says in `position`, which is after the last step, what it stands on.
  void fill(PartitionPosition& position) const;
  [[nodiscard]] const Sha256& value() const { return chain_.value(); }

 private:
  Sha256Chain chain_;
  Hash128 last_record_;
};

}  // namespace jari
