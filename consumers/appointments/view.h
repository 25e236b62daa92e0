// consumers/appointments/view.h — what queries may ask of one partition of `bookings`.
//
// Reads the state as it stands, between batches; whether it may be told yet is the asker's to know.
// A pending appointment is listed nowhere.
//
// Units:   LogTime is the partition's at the moment of asking.
// Errors:  nothing where there is nothing.
// Threads: the partition's own. Views of texts live as long as the store; documents, whose id is
//          text made for them, only during the call.
#pragma once

#include <vector>

#include "consumers/appointments/desk.h"

namespace jari::appointments {

struct SessionView {
  std::uint64_t ticket = 0;
  Instant ends;
};
struct HoldView {
  std::string hold;
  ProgrammeId programme;
  SiteId site;
  SlotId slot;
  ProductId product;
  Instant until;
};
/// One of GET /v1/me/eligibility; what does not apply is empty.
struct EligibilityView {
  ProgrammeId programme;
  CohortId cohort;
  std::uint8_t doses_done = 0;
  Day last_dose_on;
  ProductId last_product;
  Instant opens_at;  // of the window that is open, else of the next
  Instant closes_at;
  bool may_book = false;
  Code code = Code::None;  // why not
  Day not_before;
  Day not_after;
  Instant rebook_until;
};
struct DayQuery {
  SiteId site;
  Instant from;
  Instant to = kNever;                                 // exclusive
  SlotId slot;                                         // empty: all
  AppointmentState state = AppointmentState::Unknown;  // Unknown: all
  bool is_after = false;                               // begin strictly behind this place
  DayPlace after;
};
struct Counts {
  std::size_t appointments = 0;
  std::size_t eligible = 0;
  std::size_t sessions = 0;
  std::size_t rights = 0;
  std::size_t live_holds = 0;
  std::size_t pending = 0;
  std::size_t waiting = 0;
  std::size_t programmes = 0;
};

class View {
 public:
  explicit View(const State& state) : state_(state) {}

  /// The live session of a person admitted by a queue.
  [[nodiscard]] std::optional<SessionView> session(PersonId person, QueueId queue,
                                                   const LogTime& time) const;

  using Visit = absl::FunctionRef<bool(const Appointment&)>;
  /// All of a person, newest first, until visit says false.
  void appointments_of(PersonId person, Visit visit) const;
  /// The day list, by (starts_at, slot, appointment), until visit says false.
  void day_list(const DayQuery& query, Visit visit) const;
  /// False: there is none (or it is only pending).
  bool appointment(MadeId id, Visit visit) const;
  /// A change of it, or it itself, waits for a site.
  [[nodiscard]] bool is_pending(MadeId id) const;

  /// Live ones, oldest first.
  [[nodiscard]] std::vector<HoldView> holds_of(PersonId person, const LogTime& time) const;
  /// In the order of the programmes' texts.
  [[nodiscard]] std::vector<EligibilityView> eligibility_of(PersonId person,
                                                            const LogTime& time) const;

  /// What is kept under a key (requests::key_of), also while it is pending; nullptr: nothing.
  [[nodiscard]] std::optional<requests::RequestRow> remembered(const Hash128& key) const {
    return state_.requests.find(key);
  }
  /// The whole outcome of a decided one.
  [[nodiscard]] std::optional<Outcome> outcome_again(const Hash128& key, std::string_view request,
                                                     IdTexts& texts) const {
    return appointments::outcome_again(state_, key, request, texts);
  }
  [[nodiscard]] const settings::ProgrammeTable& programmes() const { return state_.programmes; }
  [[nodiscard]] Counts counts() const;

 private:
  bool show(MadeId id, const AppointmentRow& row, Visit visit) const;
  EligibilityView eligibility_in(Name person, Name programme, const EligibilityRow& row,
                                 const LogTime& time) const;

  const State& state_;
};

}  // namespace jari::appointments
