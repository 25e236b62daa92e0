// tests/sim/cancel_rule.h — CancelRule: the one rule that the business here decides otherwise from
// the second version on (tests/system/next_cancel_time.cc), said a second time.
//
// By whose version: that which the log's barriers have brought a partition to, where it decides.
//
// Errors:  a decision that is another fails the trace.
// Threads: one.
#pragma once

#include <map>
#include <set>
#include <string>

#include "consumers/model/record.h"
#include "engine/runtime/partition.h"
#include "tests/sim/trace.h"

namespace jari::sim {

class CancelRule {
 public:
  explicit CancelRule(Trace& trace) : trace_(trace) {}

  /// A request, before it is applied.
  void asked(const Envelope& envelope);
  /// As the replay decides it, while it does.
  void decided(Partition& partition, std::string_view who, const Outcome& outcome);

 private:
  struct Asked {
    std::string appointment;  // empty: it is decided
    bool is_person = false;
  };

  Trace& trace_;
  std::map<std::pair<std::string, std::string>, Asked> asked_;  // by who and key
  std::set<std::string> cancelled_;                             // by whoever asked for it
};

}  // namespace jari::sim
