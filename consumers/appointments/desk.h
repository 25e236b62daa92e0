// consumers/appointments/desk.h — a request while it is judged (Case), and what it is judged with
// (Desk): the state, the context, and the ways to answer.
//
// Every answer to a request leaves through here: as a row of `outcomes`, as something remembered
// under its key, and to whoever waits for it.
//
// Units:   none.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/appointments/state.h"
#include "consumers/model/record.h"
#include "consumers/model/topics.h"

namespace jari::appointments {

/// What was asked, by whom, and what held where it stands in the log.
struct Case {
  RecordType type = 0;
  Offset offset = 0;
  Role role = Role::Nobody;
  std::string_view by;
  std::string_view request;
  Hash128 key;
  std::string_view about;        // where it has no person: what it names
  KnownAs whose;                 // the subject
  const Asked* asked = nullptr;  // while its own record is applied; later its key is known already
  Place place;
  [[nodiscard]] bool is_operator() const { return role == Role::Operator; }
};
[[nodiscard]] Case case_of(Offset offset, RecordType type, const Asked& asked);
[[nodiscard]] Case case_of(const State& state, const PendingRow& row);
[[nodiscard]] Case case_of(Offset offset, const WaitingRow& row);

/// Whether something of `whose` is known to who asks, and says that it is `said`'s. An operator
/// need not say whose it is; who says it wrong takes a turn in another line, and must not get
/// through.
[[nodiscard]] bool may_name(const State& state, const Case& one, Name whose, PersonId said);

/// The beginning of an outcome in a programme: who, and by which version of its settings.
[[nodiscard]] Outcome outcome_in(const State& state, PersonId person, ProgrammeId programme);
[[nodiscard]] Outcome outcome_of(const State& state, const PendingRow& row);

class Desk {
 public:
  Desk(State& state_of_partition, Encoder& encoder, Context& context_of_record)
      : state(state_of_partition), context(context_of_record), encoder_(encoder) {}

  [[nodiscard]] LogTime time() const { return context.time(); }
  [[nodiscard]] PartitionRef site_partition(std::string_view site) const {
    return context.home_of(kInventoryTopic, site);
  }
  /// Whether the request may cause `rows` effects there. What an operator does is always applied.
  [[nodiscard]] bool has_room(const Case& one, std::string_view site, std::uint32_t rows = 1) const;

  template <class T>
  void emit(PartitionRef to, const T& effect) {
    context.emit(to, encoder_.body_of(effect));
  }
  template <class T>
  void emit_to_site(const T& effect) {
    emit(site_partition(effect.site.text), effect);
  }
  /// The document of an appointment that has changed.
  void publish(MadeId id, const AppointmentRow& row);

  /// The request is decided, and remembered as far as its code may be.
  void grant(const Case& one, Outcome outcome, std::uint16_t status);
  void refuse(const Case& one, Outcome outcome, Code code);
  /// As above, before its key was looked at: leaves no trace in the state.
  void turn_away(const Case& one, Outcome outcome, Code code);
  /// It was decided before: told again.
  void repeat(const Case& one, std::string_view person);
  /// Its key is taken until it is decided.
  void begin(const Case& one, std::string_view person);

  State& state;
  Context& context;

 private:
  void say(const Case& one, Outcome& outcome);
  void settle(const Case& one, Outcome& outcome);

  Encoder& encoder_;
};

/// Texts of made ids that an Outcome's views need while it is used.
struct IdTexts {
  std::string appointment;
  std::string hold;
};
/// What was decided under a key, whole: with the appointment at the version it had. Nothing: the
/// key is unknown, or still pending. Views are of the store, of `request` and of `texts`.
[[nodiscard]] std::optional<Outcome> outcome_again(const State& state, const Hash128& key,
                                                   std::string_view request, IdTexts& texts);

}  // namespace jari::appointments
