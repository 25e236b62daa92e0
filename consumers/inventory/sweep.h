// consumers/inventory/sweep.h — what time brings: holds that are over are given back, and who was
// booked or held in a withdrawn slot is told, a bounded portion at a time.
//
// Decides nothing: a hold is over at its deadline for every decision, before it is swept.
//
// Units:   kNoticesMax effects, and kHoldsMax holds, for one record.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include <limits>

#include "consumers/inventory/state.h"
#include "consumers/model/record.h"
#include "consumers/model/topics.h"

namespace jari::inventory {

inline constexpr std::uint32_t kNoticesMax = 2048;
inline constexpr std::uint32_t kHoldsMax = 2048;
inline constexpr std::uint32_t kRequestsForgottenMax = 2048;
inline constexpr PartitionNo kLastGroup = std::numeric_limits<PartitionNo>::max();

class Sweep {
 public:
  explicit Sweep(State& state) : state_(state) {}

  void on_tick(Context& context);
  /// Tells up to kNoticesMax of those whose partitions have room; the rest when time moves.
  void tell(Context& context);
  [[nodiscard]] Instant next_deadline(const LogTime& time) const;

 private:
  void end_holds(Context& context);
  /// Whether there was room; then the hold is gone, or remembered as withdrawn.
  bool tell_owed(MadeId hold, Context& context);
  bool tell_withdrawn(const Untold& untold, Context& context);
  bool tell_ended(MadeId hold, Name person, HoldEnd why, Context& context);

  State& state_;
  Encoder encoder_;
};

}  // namespace jari::inventory
