// ops/jari/log_refill.h — appends to a log in Kafka what an archive of it has and the log has not:
// the same records at the same offsets.
//
// Nobody else may append meanwhile. Changes nothing that stands there, and removes nothing: where
// another record stands than the archive has, it appends nothing to that partition and says so.
// What was stopped in the middle is gone on with.
//
// Errors:  LogMismatch for what does not fit, and what reading and writing say.
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/log/archive/archive.h"
#include "engine/log/kafka/kafka_log.h"

namespace jari::ops {

class LogRefill {
 public:
  /// Makes what is missing of the topics, with the genesis that the archive has.
  [[nodiscard]] static Result<std::unique_ptr<LogRefill>> open(const KafkaLogOptions& options,
                                                               const Archive& archive);

  /// The records before `until`; says how many were missing. Those are read back.
  [[nodiscard]] Result<std::uint64_t> refill(PartitionRef where, Offset until);

 private:
  LogRefill(const Archive& archive, std::unique_ptr<KafkaLog> log,
            std::unique_ptr<KafkaLog> unsealed)
      : archive_(archive), log_(std::move(log)), unsealed_(std::move(unsealed)) {}
  struct Mark {
    Hash128 hash;
    bool is_forged = false;
    bool operator==(const Mark&) const = default;
  };
  [[nodiscard]] static Mark mark_of(const LogRecord& record);
  [[nodiscard]] Result<void> read_marks(const LogPlace& from, Offset end, std::vector<Mark>& found);
  [[nodiscard]] Result<void> compare(PartitionRef where, Offset from, Offset until);
  [[nodiscard]] Result<void> append(PartitionRef where, Offset from, Offset until);
  [[nodiscard]] static Result<void> append_now(Log& log, LogSection section);
  [[nodiscard]] Error does_not_fit(PartitionRef where, Offset offset) const;

  const Archive& archive_;
  std::unique_ptr<KafkaLog> log_;
  std::unique_ptr<KafkaLog> unsealed_;  // what no node has appended is not sealed as if one had
};

}  // namespace jari::ops
