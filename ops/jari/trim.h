// ops/jari/trim.h — up to where a log in Kafka may be trimmed: nothing that a node, a snapshot that
// is kept or the archive still needs.
//
// One record before each of those places stays, too: whoever goes on from there reads it back, to
// know the log again. The settings' partition stays whole: its first record says which log it is.
// Sinks are not trimmed here: their readers are others', and their retention is the brokers'.
//
// Units:   offsets are those of the record that is needed first.
// Errors:  BadArgument where the nodes named are not those that own.
// Threads: one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace jari::ops {

/// Somebody, and from which record on they need each partition.
struct Need {
  std::string who;
  std::map<PartitionRef, Offset> from;
};

struct TrimmedPartition {
  PartitionRef where;
  LogEnds ends;
  Offset begin = 0;     // it may begin there
  std::string held_by;  // who needs what stands there
};

/// Of every partition with a consumer, in order. A partition that one of `needs` does not name is
/// held whole by them.
[[nodiscard]] std::vector<TrimmedPartition> plan_trim(const LogIdentity& log, PartitionRef settings,
                                                      const std::map<PartitionRef, LogEnds>& ends,
                                                      const std::vector<Need>& needs);

/// What a node that was named says of itself and of whom it knows.
struct NamedNode {
  std::string address;
  std::string name;
  std::set<std::string> owners;  // of any partition
};

/// Refuses a name given twice, by whatever address, and an owner that none of `nodes` is: it runs,
/// and needs what its own state has not. A node that owns nothing and is not named is known to
/// nobody: once what it needs is gone it parks and says that it needs a snapshot.
[[nodiscard]] Result<void> check_named(const std::vector<NamedNode>& nodes);

}  // namespace jari::ops
