// consumers/inventory/effects.h — what a person's partition asks of a site: places, doses, holds.
//
// The site decides what only it can know: whether the slot is there, open and not begun, whether
// its date fits the dose interval, whether a place and a dose are free. Who may book at all has
// been decided before.
//
// Units:   as the records.
// Errors:  a body whose ids are none of ours: DeadLetter. A refusal is an effect back.
// Threads: belongs to one partition worker.
#pragma once

#include <optional>

#include "consumers/inventory/state.h"
#include "consumers/model/record.h"
#include "consumers/model/topics.h"

namespace jari::inventory {

class Effects {
 public:
  explicit Effects(State& state) : state_(state) {}

  [[nodiscard]] Applied apply(const Reserve& ask, Context& context);
  [[nodiscard]] Applied apply(const Release& ask, Context& context);
  [[nodiscard]] Applied apply(const HoldRequested& ask, Context& context);
  [[nodiscard]] Applied apply(const HoldConfirmed& ask, Context& context);
  [[nodiscard]] Applied apply(const HoldReleaseRequested& ask, Context& context);
  [[nodiscard]] Applied apply(const DoseReturned& ask, Context& context);
  [[nodiscard]] Applied apply(const DoseTaken& ask, Context& context);
  [[nodiscard]] Applied apply(const ProgrammeConfigured& settings, Context& context);

 private:
  struct Wish;
  struct Verdict;
  struct Own;
  [[nodiscard]] Verdict judge(const Wish& wish, const LogTime& time) const;
  [[nodiscard]] Code shortage(const SlotKey& slot, ProductId product, const Own& own) const;
  [[nodiscard]] Own own_of(const Reserve& ask, MadeId appointment, const SlotKey& slot,
                           const LogTime& time) const;
  [[nodiscard]] Code judge_confirmed(const HoldConfirmed& ask, const LogTime& time) const;
  [[nodiscard]] std::optional<ReservationKey> booked(AppointmentId appointment, SiteId site) const;
  [[nodiscard]] bool lives(const HoldRow& row, const LogTime& time) const;
  [[nodiscard]] const HoldRow* live_hold(HoldId hold, PersonId person, const LogTime& time) const;
  void grant(const ReservationKey& key, const ReservationRow& row, PersonId person,
             Context& context);
  void check_sold(const SlotKey& slot, Name product, const Own& own, Context& context);
  template <class Ask>
  void decided(Code code, Context& context);
  template <class T>
  void reply(PersonId person, const T& record, Context& context);

  State& state_;
  Encoder encoder_;
};

}  // namespace jari::inventory
