#include "ops/jari/partition_lines.h"

#include <spdlog/spdlog.h>

namespace jari::ops {

void say_parked(const LogIdentity& log, PartitionRef where, std::string_view why) {
  spdlog::error(
      "{}/{} is parked: {}; the other partitions go on, ops/RUNBOOK.md says what to do (`A "
      "partition "
      "is parked`)",
      log.topics[where.topic].name, where.partition, why);
}

void PartitionLines::counted(PartitionRef where, std::string_view what, std::string_view label,
                             std::uint64_t add) {
  const std::string& topic = log_.topics[where.topic].name;
  if (what == "parked") {
    say_parked(log_, where, label);
  } else if (what == "digests" && label == "not-provable") {
    spdlog::error(
        "{}/{}: one other node has another state than this one, its owner, and neither can be made "
        "again from the log; this one goes on. ops/RUNBOOK.md says what to do (`the same log gave "
        "another state`)",
        topic, where.partition);
  } else if (what == "copies") {
    spdlog::warn("{}/{}: its state is made again from a snapshot", topic, where.partition);
  } else if (what == "digests" && label != "not-compared") {
    spdlog::warn("{}/{}: a digest differs: {}", topic, where.partition, label);
  } else if (what == "sinks") {  // told of the source that has lost rows there, or of the sink
    spdlog::warn("{}/{}: a sink holds other rows than were written there: {}", topic,
                 where.partition, label);
  }
  next_.counted(where, what, label, add);
}

}  // namespace jari::ops
