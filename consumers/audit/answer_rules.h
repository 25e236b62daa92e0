// consumers/audit/answer_rules.h — I5: what was answered is what came of the request: granted or
// refused, with which code, and every id, number and version that the answer names.
//
// Judges no refusal: whether a person's partition had to refuse is for `jari replay`. Keeps what
// was asked only while it waits for a site, or for its turn behind what does.
//
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include <optional>

#include <absl/container/inlined_vector.h>

#include "consumers/audit/booking_rules.h"
#include "consumers/audit/kept.h"
#include "consumers/audit/record_rules.h"

namespace jari::audit {

class AnswerRules {
 public:
  AnswerRules(const Desk& desk, const RecordRules& records, const BookingRules& bookings,
              const SyncRules& sync)
      : desk_(desk), records_(records), bookings_(bookings), sync_(sync) {}
  /// After those others have looked at it.
  void look(const Seen& seen);
  void count(Kept& kept) const;

 private:
  /// What was asked, as far as an answer must say it again.
  struct Question {
    RecordType type = 0;
    At at;
    Made made = 0;  // what may come of it, or what it is about
    Name person = 0;
    bool is_nameless = false;  // an operator's, who did not say whose it is
    Name programme = 0;
    std::uint64_t place = 0;  // that an answer repeats
    Name site = 0;            // of an appointment that it asks for, with the next
    Name slot = 0;
    std::string product;                  // empty: any
    AppointmentState state{};             // that an answer shows
    std::uint32_t settings = 0;           // the programme's version where it stands
    std::optional<std::int64_t> ends_ms;  // of the session there
  };
  /// What of a person's is with a site, and what waits for it.
  struct Line {
    std::uint32_t pending = 0;
    absl::InlinedVector<Offset, 1> open;
  };
  using Person = std::pair<PartitionRef, Name>;
  struct Pending {
    Person person;
    Offset request = 0;
  };
  /// A setting's version, and whether it was drawn or withdrawn already.
  struct Version {
    std::uint32_t number = 0;
    bool is_over = false;
  };
  using Answered = RecordRules::Answered;
  using Place = std::pair<PartitionRef, Offset>;

  [[nodiscard]] Question question_of(const Seen& seen) const;
  [[nodiscard]] Name person_of(const Seen& seen) const;
  void check(const Seen& seen, const Answered& answer, const Question& asked, bool by_site);
  void check_named(const Seen& seen, const Said& said, const At& row, const Question& asked) const;
  void check_site(const Seen& seen, const Answered& answer, const Question& asked,
                  bool by_site) const;
  void check_appointment(const Answered& answer, const Question& asked, bool by_site) const;
  void check_hold(const Seen& seen, const Said& said, const At& row, const Question& asked) const;
  void check_settings(const Seen& seen, const Said& said, const At& row, const Question& asked);
  void expect(bool holds, const At& row, const Question& asked, const char* why) const;

  [[nodiscard]] std::optional<Pending> take_pending(const Seen& seen);
  void keep(const Seen& seen);
  void note_wishes(const Seen& seen);
  void close(Place request);
  void lose(Place request);
  void look_for_lost(const Seen& seen, const Pending& answered);

  Desk desk_;
  const RecordRules& records_;
  const BookingRules& bookings_;
  const SyncRules& sync_;
  absl::flat_hash_map<Place, Question> open_;
  absl::flat_hash_map<Person, Line> lines_;
  absl::flat_hash_map<std::pair<Made, bool>, Pending> pending_;  // with a site; whether a hold
  absl::flat_hash_map<std::pair<TopicNo, Names2>, Version> versions_;
};

}  // namespace jari::audit
