// engine/log/kafka/kafka_cursor.h — reads one partition on from a place, through one client.
//
// Knows no end: it gives what the client has fetched. Private to engine/log/kafka/.
//
// Errors:  Got::Broken: the place is none that the cluster has; it must be started anew.
// Threads: one at a time; `arrived` is called from librdkafka's.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "engine/log/kafka/kafka_client.h"
#include "engine/log/kafka/kafka_message.h"
#include "engine/log/log.h"

namespace jari {

class KafkaCursor {
 public:
  /// `arrived` is called when there is something to read where there was nothing; it may be empty.
  KafkaCursor(KafkaClient& client, PartitionRef where, const std::function<void()>& arrived)
      : client_(client), where_(where), arrived_(arrived) {}
  ~KafkaCursor() { stop(); }
  KafkaCursor(const KafkaCursor&) = delete;
  KafkaCursor& operator=(const KafkaCursor&) = delete;

  void start(Offset at);
  void stop();
  [[nodiscard]] bool is_started() const { return queue_ != nullptr; }
  /// It reads on from there: the record handed out last may have been taken, or not.
  [[nodiscard]] bool stands_at(Offset place) const {
    return is_started() && (place == next_ || place == next_ + 1);
  }
  [[nodiscard]] Offset next() const { return next_; }

  /// The next record from `place` on, if it comes in time; it stays the next until pop(). Broken:
  /// stops itself.
  enum class Got : std::uint8_t { Record = 1, Nothing = 2, Broken = 3 };
  [[nodiscard]] Got look(Offset place, std::chrono::milliseconds patience);
  [[nodiscard]] const rd_kafka_message_t& message() const { return *messages_[first_]; }
  void pop();
  /// Since its last record the brokers have not let us read.
  [[nodiscard]] bool is_refused() const { return is_refused_; }
  [[nodiscard]] Error refusal() const;
  /// Whether something has been fetched that was not popped.
  [[nodiscard]] bool has_at_hand() const { return first_ < messages_.size(); }

 private:
  [[nodiscard]] bool fetch(std::chrono::milliseconds patience);
  void drop();

  KafkaClient& client_;
  PartitionRef where_;
  const std::function<void()>& arrived_;
  RdQueue queue_;
  Offset next_ = 0;
  bool is_refused_ = false;  // librdkafka says it once
  std::vector<rd_kafka_message_t*> messages_;
  std::size_t first_ = 0;  // of messages_
};

/// A message as the record it carries; the bytes live until the next call.
class KafkaRecordReader {
 public:
  KafkaRecordReader(std::vector<bool> is_sink, std::string_view seal_key)
      : is_sink_(std::move(is_sink)), seal_(seal_key) {}
  void set_incarnation(const Hash128& incarnation) { seal_.set_incarnation(incarnation); }
  [[nodiscard]] LogRecord read(PartitionRef where, const rd_kafka_message_t& message);

 private:
  [[nodiscard]] Bytes aligned(Bytes bytes);

  std::vector<bool> is_sink_;
  KafkaSeal seal_;
  std::vector<std::uint64_t> room_;
};

}  // namespace jari
