// engine/log/kafka/kafka_reader.h — reads the partitions: each followed through one client, and
// looked up elsewhere through another.
//
// Private to engine/log/kafka/.
//
// Errors:  as Log::read has them.
// Threads: from any; one at a time for each partition, and for what is looked up.
#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "engine/log/kafka/kafka_cursor.h"
#include "engine/log/kafka/kafka_ends.h"

namespace jari {

class KafkaReader {
 public:
  KafkaReader(KafkaClient& follower, KafkaClient& asker, KafkaEnds& ends,
              const std::vector<PartitionNo>& partitions, const std::vector<bool>& is_sink,
              std::string_view seal_key, std::function<void()> arrived);
  void set_incarnation(const Hash128& incarnation);
  [[nodiscard]] bool has(PartitionRef where) const {
    return where.topic < slots_.size() && where.partition < slots_[where.topic].size();
  }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Log::Visit& visit);
  /// One place, up to the end as published, beside what is followed.
  [[nodiscard]] Result<void> look_up(const LogPlace& place, const Log::Visit& visit);

 private:
  struct Slot {
    Slot(KafkaClient& follower, PartitionRef where, const std::function<void()>& arrived,
         const std::vector<bool>& is_sink, std::string_view seal_key)
        : cursor(follower, where, arrived), records(is_sink, seal_key) {}
    std::mutex mutex;  // guards the rest
    KafkaCursor cursor;
    KafkaRecordReader records;
    Offset looked_up = 0;  // where the last look elsewhere ended
  };
  enum class Way : std::uint8_t { ReadOn = 1, Follow = 2, LookUp = 3 };

  [[nodiscard]] Slot& slot(PartitionRef where) { return slots_[where.topic][where.partition]; }
  [[nodiscard]] bool hear_anew(std::span<const LogPlace> places);
  [[nodiscard]] static Way way_of(const Slot& slot, const LogPlace& place);
  /// False where `visit` had enough.
  [[nodiscard]] Result<bool> read(const LogPlace& place, const Log::Visit& visit);
  [[nodiscard]] Result<bool> look_up(Slot& slot, const LogPlace& place, const Log::Visit& visit);
  [[nodiscard]] Result<bool> read_on(Slot& slot, const LogPlace& place, const Log::Visit& visit);
  [[nodiscard]] Result<bool> read_up_to_end(Slot& slot, KafkaCursor& cursor, const LogPlace& place,
                                            const Log::Visit& visit);

  KafkaClient& asker_;
  KafkaEnds& ends_;
  const std::function<void()> arrived_;
  const std::function<void()> nobody_;
  std::vector<std::deque<Slot>> slots_;  // by topic and partition
  std::mutex asking_;                    // one looks up at a time
};

}  // namespace jari
