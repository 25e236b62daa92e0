// tests/consumers/together/contract.h — the rules of bookings, holds and slots once more, on plain
// maps and by counting the slow way: a second opinion that shares no code with the consumers.
//
// It answers at once; nothing is ever pending here.
//
// Units:   ends are `now - outages`, in ms; days count from 1970-01-01, 0 is no day.
// Errors:  none.
// Threads: one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consumers/model/outcome.h"

namespace jari::together {

inline constexpr std::int64_t kDayMs = 86'400'000;

using Id = std::uint64_t;  // MadeId::number

struct Product {
  int doses = 1;
  int days_min = 0;
  int days_max = -1;
  std::vector<std::string> follows;
};
struct Programme {
  std::string queue;
  std::map<std::string, std::vector<std::pair<std::int64_t, std::int64_t>>> windows;  // by cohort
  std::map<std::string, Product> products;
  std::size_t most = 1;
  std::int64_t hold_ms = 0;
  std::int64_t rebook_ms = 0;
};
struct Slot {
  std::int64_t starts_at = 0;
  int day = 0;
  std::int64_t capacity = 0;
  bool is_withdrawn = false;
};
struct Booked {
  std::string person, programme, site, slot, product;
  int dose = 0;
  std::int64_t starts_at = 0;
  int day = 0;
  AppointmentState state = AppointmentState::Booked;
  CancelledBy by = CancelledBy::Nobody;
  std::uint32_t version = 1;
  bool is_spoken_for = false;  // a grant has come since it was counted
  bool operator==(const Booked&) const = default;
};
struct Held {
  std::string person, programme, site, slot, product;
  std::int64_t until = 0;
  std::int64_t over_at = 0;
  std::optional<Code> over;  // what it answers since
};
/// What a person has in a programme.
struct Standing {
  std::string cohort;
  int done = 0;
  int last_day = 0;
  std::string last_product{};
  std::vector<Id> counted{};  // appointments attended since it was granted, in their order
};
struct Session {
  std::uint64_t ticket = 0;
  std::int64_t ends = 0;
  bool is_over = false;
};
struct Right {
  Id lost = 0;
  std::int64_t ends = 0;
};

struct Ask {
  std::string person, programme, site, slot, product;
  bool is_operators = false;
  std::uint32_t overrides = 0;
};
struct Answer {
  Code code = Code::None;
  std::string field{};
  int not_before = 0;
  int not_after = 0;
  std::int64_t opens_at = 0;
  std::int64_t until = 0;  // of a hold, not counting outages
  bool used_right = false;
};

class Contract {
 public:
  using Whose = std::pair<std::string, std::string>;  // person and programme, or site and slot

  std::map<std::string, Programme> programmes;
  std::map<Whose, Slot> slots;
  std::map<Whose, std::int64_t> stock;  // site and product
  std::map<Whose, Standing> standings;
  std::map<Whose, Session> sessions;  // person and queue
  std::map<Whose, std::vector<Right>> rights;
  std::map<Id, Booked> appointments;
  std::map<Id, Held> holds;
  std::int64_t now = 0;
  std::int64_t outages = 0;

  /// Time has moved: holds that are over are given back.
  void pass();
  void grant(const Whose& whose, const Standing& standing);
  void admit(const Whose& whose, std::uint64_t ticket, std::int64_t length_ms);
  void give_back(const Whose& whose, std::uint64_t ticket);

  Answer book(const Ask& ask, Id id);
  Answer hold(const Ask& ask, Id id);
  Answer confirm(const std::string& person, Id hold, Id id);
  Answer release(const std::string& person, Id hold);
  /// Nobody's name is an operator's.
  Answer cancel(const std::string& person, Id id);
  Answer move(const Ask& ask, Id id);
  Answer attend(Id id, bool attended);
  Answer publish(const Whose& slot, const Slot& said);
  Answer withdraw(const Whose& slot, bool cancels);
  Answer change_stock(const Whose& product, std::int64_t doses, bool is_lost);

  [[nodiscard]] std::int64_t steady() const { return now - outages; }
  [[nodiscard]] std::int64_t taken_places(const Whose& slot) const;
  [[nodiscard]] std::int64_t taken_doses(const Whose& product) const;
  [[nodiscard]] bool is_inside(const Whose& whose) const;
  [[nodiscard]] std::size_t live_rights() const;
  [[nodiscard]] int doses_done(const Standing& standing) const;

 private:
  struct Own {
    bool place = false;
    bool dose = false;
  };
  [[nodiscard]] bool is_active(const Booked& one) const;
  [[nodiscard]] std::vector<const Booked*> active(const Whose& whose) const;
  [[nodiscard]] std::pair<int, std::string> last_done(const Standing& standing) const;
  [[nodiscard]] Answer judge_person(const Ask& ask) const;
  [[nodiscard]] Answer judge_window(const Ask& ask, const Standing& standing) const;
  [[nodiscard]] Answer judge_site(const Ask& ask, std::pair<int, int> days, Own own) const;
  [[nodiscard]] std::pair<int, int> days_of_next(const Ask& ask) const;
  [[nodiscard]] std::optional<Answer> judge_neighbours(const Ask& ask, Id id,
                                                       std::pair<int, int>& days) const;
  [[nodiscard]] const Right* first_right(const Whose& whose) const;
  Answer make(const Ask& ask, Id id);
  [[nodiscard]] Id live_hold(const Whose& whose) const;
  void end_hold(Id id, Code answers);
  void cancel_as(Booked& one, Id id, CancelledBy by);
};

}  // namespace jari::together
