// consumers/audit/record_rules.h — I5, I6 and I9: one effect for each request, no dispute about the
// state, and who did it and why.
//
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include <set>
#include <vector>

#include "consumers/audit/seen.h"

namespace jari::audit {

class RecordRules {
 public:
  explicit RecordRules(const Desk& desk) : desk_(desk) {}
  void look(const Seen& seen);

 private:
  struct Key {
    std::set<std::string> askers;  // who sent something under it
    std::vector<std::int64_t> decided_ms;
  };
  struct Owner {
    std::uint64_t epoch = 0;
    std::map<Offset, Hash128> digests;  // of the newest ticks
  };

  void look_at_request(const Seen& seen);
  void look_at_decisions(const Seen& seen);
  void look_at_own(const Seen& seen);

  Desk desk_;
  std::map<std::pair<PartitionRef, std::string>, Key> keys_;
  std::map<PartitionRef, Owner> owners_;
};

}  // namespace jari::audit
