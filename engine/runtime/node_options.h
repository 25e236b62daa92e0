// engine/runtime/node_options.h — what a node is made with: its name, its business, and whom it
// calls.
//
// Errors:  none.
// Threads: release, on_failure and wake are called from the node's thread and from the log's;
//          what they do must be short.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/functional/any_invocable.h>

#include "engine/base/result.h"
#include "engine/runtime/consumer.h"
#include "engine/runtime/partition.h"

namespace jari {

/// Left by a CHECK in apply: this partition is to stop before this offset.
struct ParkMarker {
  PartitionRef where;
  Offset offset = 0;
  std::string why;
};

struct NodeOptions {
  std::string name = "jari";
  Hash128 process;  // drawn anew at each start; one that is drawn later is greater
  KnownVersions known;
  PartitionRef settings;  // whence barriers are fanned out
  std::function<std::unique_ptr<Consumer>(PartitionRef, Store&)> make_consumer;
  std::vector<ParkMarker> markers;
  std::size_t batch_requests_max = 4096;  // of a partition in a commit, but for a task's last ones
  std::size_t batch_bytes_max = 16 << 20;
  milliseconds rows_every{20};      // are written behind, while records come
  std::size_t step_requests = 512;  // taken before they are applied, and committed if none is

  using Calls = std::vector<absl::AnyInvocable<void()>>;
  /// Runs what waited for durability, in order.
  std::function<void(Calls)> release = [](Calls calls) {
    for (auto& call : calls) call();
  };
  std::function<void(const Error&)> on_failure;  // the log cannot be written: end the process
  std::function<void(const ParkMarker&)>
      leave_marker;            // within a CHECK: keep it, then abort follows
  std::function<void()> wake;  // there is something to step() for
};

}  // namespace jari
