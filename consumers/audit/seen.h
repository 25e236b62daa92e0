// consumers/audit/seen.h — one record as the second reading meets it, and the time its partition
// had.
//
// Errors:  none.
// Threads: plain values; views live as long as the record is looked at.
#pragma once

#include <map>
#include <string>

#include "consumers/audit/facts.h"
#include "consumers/audit/report.h"
#include "consumers/model/topics.h"

namespace jari::audit {

/// A partition's time: what the clock said, and how much of it were outages.
struct Moment {
  Instant now;
  std::int64_t outages_ms = 0;
  /// Time in which outages do not count: what sessions, rights and holds end by.
  [[nodiscard]] std::int64_t steady_ms() const { return now.ms - outages_ms; }
};

struct Seen {
  At at;
  const Envelope& envelope;
  const Record& body;  // monostate for the engine's own records
  Moment time;         // that it was applied at
  bool is_applied;     // a request, a node's own record, or an effect that its stream accepted
  [[nodiscard]] bool is_request() const { return envelope.kind == RecordKind::Request; }
  [[nodiscard]] std::string_view request() const {
    return envelope.asked ? envelope.asked->request : std::string_view{};
  }
};

/// What every rule writes into and looks things up in.
struct Desk {
  const LogIdentity& identity;
  const Facts& facts;
  Report& report;

  void expect(bool holds, Rule rule, const At& at, std::string_view why) const {
    report.expect(holds, rule, at.where, at.offset, why);
  }
};

template <class T>
const T* body_as(const Seen& seen) {
  return std::get_if<T>(&seen.body);
}

}  // namespace jari::audit
