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

Result<void> check_named(const std::vector<NamedNode>& nodes) {
  std::map<std::string, std::string> named;  // addresses by name
  std::set<std::string> owners;
  for (const NamedNode& node : nodes) {
    const auto [first, is_new] = named.emplace(node.name, node.address);
    if (!is_new) {
      return Error{ErrorCode::BadArgument, "--nodes: " + first->second + " and " + node.address +
                                               " are both " + node.name + ": name each node once"};
    }
    owners.insert(node.owners.begin(), node.owners.end());
  }
  std::string missing;
  for (const std::string& owner : owners) {
    if (!named.contains(owner)) missing += (missing.empty() ? "" : ", ") + owner;
  }
  if (missing.empty()) return {};
  return Error{ErrorCode::BadArgument,
               "--nodes does not name " + missing +
                   ", where partitions have their owner: name every node that runs, for each needs "
                   "what its own state on disk has not"};
}

}  // namespace jari::ops
