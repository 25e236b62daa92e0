#include "ops/jari/trim.h"

#include <algorithm>

namespace jari::ops {

std::vector<TrimmedPartition> plan_trim(const LogIdentity& log, PartitionRef settings,
                                        const std::map<PartitionRef, LogEnds>& ends,
                                        const std::vector<Need>& needs) {
  std::vector<TrimmedPartition> all;
  for (const PartitionRef where : log.partitions()) {
    if (!log.has_consumer(where)) continue;
    TrimmedPartition& one = all.emplace_back();
    one.where = where;
    one.ends = ends.at(where);
    if (where == settings) {
      one.begin = one.ends.begin;
      one.held_by = "whole: it says which log this is";
      continue;
    }
    one.begin = one.ends.end;
    for (const Need& need : needs) {
      const auto from = need.from.find(where);
      const Offset first = from == need.from.end() ? 0 : from->second;
      const Offset kept = first > 0 ? first - 1 : 0;
      if (kept >= one.begin && !one.held_by.empty()) continue;
      one.begin = std::min(one.begin, kept);
      one.held_by = need.who;
    }
    one.begin = std::max(one.begin, one.ends.begin);  // what is gone is gone
  }
  return all;
}

}  // namespace jari::ops
