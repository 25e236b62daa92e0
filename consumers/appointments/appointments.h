// consumers/appointments/appointments.h — the Consumer of one partition of `bookings`: eligibility,
// admissions, bookings, holds, appointments and rights of every person whose key lies there.
//
// Knows of places, doses and dates only what inventory says in its answers.
//
// Units:   Instant is log time; sessions, rights, holds and keys end at Deadlines.
// Errors:  refusals are outcomes; bytes that are no record of ours are dead letters.
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/appointments/state.h"
#include "consumers/appointments/view.h"
#include "consumers/model/record.h"
#include "engine/runtime/consumer.h"

namespace jari::appointments {

class Appointments final : public Consumer {
 public:
  explicit Appointments(Store& store) : state_(store) {}

  [[nodiscard]] std::optional<Address> open(const Envelope& envelope) override;
  [[nodiscard]] Hash128 content() const override { return body_.content(); }
  [[nodiscard]] Hash128 hash_of(std::uint16_t type, std::uint16_t version,
                                Bytes body) const override;
  [[nodiscard]] Applied apply(const Arrival& arrival, Context& context) override;
  void refuse_misplaced(const Arrival& arrival, Context& context) override;
  void on_tick(Context& context) override;
  [[nodiscard]] Instant next_deadline(const LogTime& time) const override;
  void reissue(PartitionRef sink, std::uint64_t from, Context& context) override;
  void rebuild() override { state_.rebuild(); }

  /// What queries may ask. Valid as long as this; answers are of the state as it stands.
  [[nodiscard]] View view() const { return View{state_}; }

 private:
  State state_;
  OpenBody body_;
  Encoder encoder_;
};

}  // namespace jari::appointments
