// tests/sim/deserved_rule.h — DeservedRule: a refusal, where it is decided, held against the facts
// that its partition has at that moment: the rule that it names, said a second time.
//
// That the facts are right is for others to say (ledger.h, rules.h). A request that waited its turn
// is left to them, too.
//
// Errors:  a refusal that was not deserved fails the trace.
// Threads: one.
#pragma once

#include <optional>
#include <string>

#include "consumers/model/record.h"
#include "engine/runtime/partition.h"
#include "tests/sim/trace.h"

namespace jari::sim {

class DeservedRule {
 public:
  explicit DeservedRule(Trace& trace) : trace_(trace) {}

  /// A record, before it is applied; its bytes stay until the next.
  void begins(const Envelope& envelope);
  /// What it causes: a row for another partition.
  void said(Partition& partition, const Envelope& row);
  /// And what is decided for the first time for a request.
  void decided(Partition& partition, const Outcome& outcome);

 private:
  void judge_site(Partition& partition, const Reserve& ask, Code code);
  void judge_booking(Partition& partition, const BookingRequested& ask, Code code);
  void judge_ticket(Partition& partition, const TicketRequested& ask, Code code);
  void expect(bool is_deserved, Code code, std::string_view who) {
    trace_.expect(is_deserved, "rules",
                  std::string(who) + " is refused " + std::string(to_text(code)) +
                      ", and nothing is in the way");
  }

  Trace& trace_;
  Record asked_;         // by the record that is being applied
  std::string request_;  // its key; empty: it is no request
};

}  // namespace jari::sim
