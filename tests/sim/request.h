// tests/sim/request.h — Request: what somebody asks for, as the door would append it; and how two
// answers to it are compared.
//
// Errors:  none.
// Threads: plain values.
#pragma once

#include <string>

#include "consumers/model/record.h"
#include "engine/record/envelope.h"

namespace jari::sim {

struct Request {
  PartitionRef where;
  RecordType type = 0;
  std::string body;
  Role role = Role::Person;
  std::string by;
  std::string key;
  std::string reason;
  Hash128 content;

  template <class T>
  [[nodiscard]] T as() const {
    const Record record = decode(type, bytes_of(body));
    CHECK(std::holds_alternative<T>(record));
    return std::get<T>(record);
  }
};

/// The outcome in its bytes, which must live as long as it does.
[[nodiscard]] inline Outcome outcome_in(std::string_view bytes) {
  const Record record = decode(kTypeOf<Outcome>, bytes_of(bytes));
  CHECK(std::holds_alternative<Outcome>(record));
  return std::get<Outcome>(record);
}

/// What must be the same whenever the key is asked for again. A refusal's ids are not kept with it.
[[nodiscard]] inline Hash128 kept_of(Outcome outcome) {
  outcome.person = {};
  if (outcome.decision == Decision::Refused) {
    outcome.queue = {};
    outcome.programme = {};
    outcome.site = {};
    outcome.slot = {};
    outcome.product = {};
  }
  return hash_of_record(outcome);
}

[[nodiscard]] inline bool is_kept(const Outcome& outcome) {
  return outcome.decision == Decision::Granted || is_remembered(outcome.code);
}

/// `k12 BookingRequested slot-full`
[[nodiscard]] inline std::string text_of_outcome(const Outcome& outcome) {
  std::string text(outcome.request);
  text.append(" ").append(name_of(outcome.asked)).append(" ");
  text.append(outcome.decision == Decision::Granted ? "granted" : to_text(outcome.code));
  if (!outcome.field.empty()) text.append(" ").append(outcome.field);
  if (outcome.ticket != 0) text.append(" ticket ").append(std::to_string(outcome.ticket));
  if (!outcome.hold.empty()) text.append(" hold ").append(outcome.hold.text);
  if (outcome.appointment) {
    text.append(" ").append(outcome.appointment->appointment.text);
    text.append(" v").append(std::to_string(outcome.appointment->version));
  }
  return text;
}

}  // namespace jari::sim
