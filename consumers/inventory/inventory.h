// consumers/inventory/inventory.h — the consumer of one partition of `inventory`: the sites whose
// key lies there.
//
// Does no I/O, reads no clock, logs and throws nothing: the same records give the same state and
// say the same. Who may book is not asked here; only whether there is a place and a dose.
//
// Units:   Instant is log time; Deadline is log time in which outages do not count.
// Errors:  a refusal is an outcome, or an effect back to who asked. A count that does not balance
//          stops the process (CHECK).
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/inventory/effects.h"
#include "consumers/inventory/operators.h"
#include "consumers/inventory/sweep.h"
#include "consumers/inventory/view.h"

namespace jari::inventory {

class Inventory final : public Consumer {
 public:
  explicit Inventory(Store& store);

  [[nodiscard]] std::optional<Address> open(const Envelope& envelope) override;
  [[nodiscard]] Hash128 content() const override { return body_.content(); }
  [[nodiscard]] Hash128 hash_of(std::uint16_t type, std::uint16_t version,
                                Bytes body) const override;
  [[nodiscard]] Applied apply(const Arrival& arrival, Context& context) override;
  void refuse_misplaced(const Arrival& arrival, Context& context) override;
  void on_tick(Context& context) override;
  [[nodiscard]] Instant next_deadline(const LogTime& time) const override;
  /// Sites have no documents of their own in a sink but outcomes, which are not made again.
  void reissue(PartitionRef sink, std::uint64_t from, Context& context) override;
  void rebuild() override;

  /// What may be read of it, between batches.
  [[nodiscard]] View view() const { return View{state_}; }
  /// Whether all counts balance, taken again from nothing: for audits and tests.
  [[nodiscard]] bool balances() const { return state_.balances(); }

 private:
  State state_;
  Operators operators_;
  Effects effects_;
  Sweep sweep_;
  OpenBody body_;
};

}  // namespace jari::inventory
