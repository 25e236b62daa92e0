// tests/consumers/together/words.h — what people and operators of a town may say, each in one word:
// the records that the door would make of it.
//
// Units:   as contract.h.
// Errors:  none.
// Threads: one.
#pragma once

#include "tests/consumers/together/contract.h"
#include "tests/consumers/together/town.h"

namespace jari::together {

/// One town, and who is asking it.
struct Words {
  Town& town;
  const Asked& by;

  void book(const Ask& ask) const;
  void hold(const Ask& ask) const;
  void confirm(const std::string& person, Id hold) const;
  void release(const std::string& person, Id hold) const;
  /// An operator names no person.
  void cancel(const std::string& person, Id appointment) const;
  void move(const Ask& ask, Id appointment) const;
  void attend(Id appointment, bool attended) const;
  void grant(const Contract::Whose& whose, const Standing& standing) const;
  void revoke(const Contract::Whose& whose) const;
  void publish(const std::string& site) const;
  void publish(const Contract::Whose& where, const Slot& slot) const;
  void withdraw(const Contract::Whose& where, bool cancels) const;
  void change_stock(const Contract::Whose& product, std::int64_t doses, bool is_lost) const;
};

/// The settings of a programme, to every partition.
void configure(Town& town, const std::string& name, const Programme& programme);
void admit(Town& town, const std::string& person, std::uint64_t ticket, std::uint32_t length);

/// `flu` admits by the queue `main`, `walk` admits everybody; both take `old`, two at a time, of
/// two products that may follow each other. A right to rebook outlasts the stories.
[[nodiscard]] std::map<std::string, Programme> two_programmes();

/// The seed of a story: JARI_SEED where that is set. Printed, so that it can be told again.
[[nodiscard]] std::uint64_t seed_or(std::uint64_t seed);

/// The local date of a moment where every site of a town is.
[[nodiscard]] int day_of(std::int64_t ms);

}  // namespace jari::together
