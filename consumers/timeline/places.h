// consumers/timeline/places.h — Places: how many places of a slot, and doses at a site, were booked
// and held after each record, counted from what the site said yes to.
//
// Counts what it is given: of one slot its places only, for a site's doses all of its slots.
//
// Units:   places and doses are counts.
// Errors:  none; what was never published has no capacity.
// Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "consumers/timeline/decisions.h"

namespace jari::timeline {

/// What a site answered, by the record that asked it.
using Answers = absl::flat_hash_map<At, const Seen*>;
[[nodiscard]] Answers answers_in(const KeptRecords& all);

struct SlotCount {
  std::size_t booked = 0;
  std::size_t held = 0;
  std::uint32_t capacity = 0;
};
struct StockCount {
  std::int64_t taken = 0;  // booked or held
  std::int64_t doses = 0;
};
/// Of the slots and products that the record touched.
struct CountsAfter {
  std::map<std::string, SlotCount, std::less<>> slots;
  std::map<std::string, StockCount, std::less<>> stocks;
};

class Places {
 public:
  /// Records of one site.
  Places(const KeptRecords& all, const Decisions& decisions, const Answers& answers);
  /// nullptr where it touched nothing.
  [[nodiscard]] const CountsAfter* after(const At& record) const;

 private:
  using Id = std::string;  // of a hold or an appointment
  struct Slot {
    std::uint32_t capacity = 0;
    std::set<Id> holds;
    std::set<Id> appointments;
  };
  struct Taken {  // by a hold or an appointment
    std::string slot;
    std::string product;
    bool has_dose = true;
  };

  void apply(const Seen& seen, const SlotPublished& said) { publish(seen, said); }
  void apply(const Seen& seen, const SlotChanged& said) { publish(seen, said); }
  void apply(const Seen& seen, const SlotWithdrawn& said);
  void apply(const Seen& seen, const StockChanged& said);
  void apply(const Seen& seen, const Reserve& ask);
  void apply(const Seen& seen, const Release& ask);
  void apply(const Seen& seen, const HoldRequested& ask);
  void apply(const Seen& seen, const HoldConfirmed& ask);
  void apply(const Seen& seen, const HoldReleaseRequested& ask);
  void apply(const Seen& seen, const HoldEnded& said);
  void apply(const Seen& seen, const DoseReturned& ask);
  void apply(const Seen& seen, const DoseTaken& ask);

  template <class Said>
  void publish(const Seen& seen, const Said& said);
  [[nodiscard]] bool is_done(const Seen& seen) const;
  [[nodiscard]] bool is_granted(const Seen& seen) const;
  void book(const Id& appointment, const Taken& what);
  void unbook(const Id& appointment);
  void end_hold(const Id& hold);
  void touch(std::string_view slot, std::string_view product);
  void count(const Seen& seen);

  const Decisions& decisions_;
  const Answers& answers_;
  std::map<std::string, Slot, std::less<>> slots_;
  std::map<std::string, StockCount, std::less<>> stocks_;
  std::map<Id, Taken> holds_;
  std::map<Id, Taken> booked_;
  CountsAfter touched_;  // by the record being applied
  absl::flat_hash_map<At, CountsAfter> after_;
};

}  // namespace jari::timeline
