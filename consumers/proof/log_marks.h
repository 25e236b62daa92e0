// consumers/proof/log_marks.h — makes a checkpoint of a log, and holds a log against those that
// were made of it before.
//
// A log that differs from a checkpoint does so somewhere in the records that the checkpoint covers,
// and behind those that an earlier one has proved: a hash tells no more. What a digest or an end
// tells is told at its record.
//
// Errors:  what reading the log gives; Unavailable where a record that the log has does not come;
//          LogMismatch for a checkpoint of another log. That a log differs is no error.
// Threads: one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "consumers/proof/checkpoint.h"
#include "consumers/proof/merkle_tree.h"

namespace jari::proof {

/// Chain, root and newest digest of one partition as its records pass.
class PartitionTally {
 public:
  void take(const LogRecord& record);
  [[nodiscard]] Offset size() const { return root_.size(); }
  /// As it is now.
  [[nodiscard]] PartitionMark mark(const LogIdentity& identity, PartitionRef where) const;
  /// Log time of the newest tick.
  [[nodiscard]] Instant time() const { return time_; }

 private:
  void look_at_time(const LogRecord& record);

  Sha256Chain chain_;
  MerkleRoot root_;
  std::uint64_t epoch_ = 0;
  Hash128 process_;
  Instant time_;
  std::optional<DigestMark> digest_;
};

/// For records that the log has and that have not come yet: waits a moment.
using Wait = std::function<void()>;
using Ends = std::map<PartitionRef, Offset>;

/// Every record before the ends, each partition in its order from its first.
[[nodiscard]] Result<void> read_up_to(Log& log, const Ends& ends, const Wait& wait,
                                      const std::function<void(const LogRecord&)>& visit);

/// Of all that the log has now.
[[nodiscard]] Result<Checkpoint> make_checkpoint(Log& log, const Wait& wait);

/// Whether a checkpoint is of the log, or of what that is a copy of: LogMismatch, with both.
/// `first`: the incarnation that the log's first record names.
[[nodiscard]] Result<void> check_is_of(const Checkpoint& checkpoint, const LogIdentity& identity,
                                       const Hash128& first);
/// The incarnation that the log's first record names: that of the log it is a copy of, and so on.
[[nodiscard]] Result<Hash128> first_incarnation(Log& log, const Wait& wait);

struct Difference {
  PartitionRef where;
  Offset offset = 0;  // at it, or from it on
  std::string why;
  std::size_t checkpoint = 0;  // which of those named, from 0
};
/// Told now and then how many records were read, and how many will be in all.
using Told = std::function<void(std::uint64_t read, std::uint64_t all)>;
/// Where the log does not extend the checkpoints, which are all of it; nothing: it does.
[[nodiscard]] Result<std::vector<Difference>> differences(Log& log,
                                                          std::span<const Checkpoint> checkpoints,
                                                          const Wait& wait, const Told& told = {});

}  // namespace jari::proof
