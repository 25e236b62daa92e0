// engine/runtime/speaker.h — the Context of one record: numbers what the consumer says and sends it
// on.
//
// Private to engine/runtime/.
//
// Errors:  a sink or a partition that genesis does not name is a CHECK.
// Threads: lives within one apply().
#pragma once

#include "engine/runtime/partition.h"

namespace jari {

class Partition::Speaker final : public Context {
 public:
  Speaker(Partition& partition, Outbox& outbox) : partition_(partition), outbox_(outbox) {}

  [[nodiscard]] LogTime time() const override { return partition_.time(); }
  [[nodiscard]] PartitionRef here() const override { return partition_.where_; }
  [[nodiscard]] Offset offset() const override { return partition_.next_offset_; }
  [[nodiscard]] PartitionNo partitions_of(TopicNo topic) const override;
  [[nodiscard]] PartitionRef home_of(TopicNo topic, std::string_view key) const override;
  [[nodiscard]] std::uint16_t version() const override { return partition_.row().writes; }
  [[nodiscard]] bool has_room(PartitionRef destination, std::uint32_t rows) const override;
  void emit(PartitionRef destination, const Body& body) override;
  void publish(TopicNo sink, std::string_view key, const Body& body) override;
  void decided(std::string_view who, std::string_view request, Bytes outcome) override;
  void count(std::string_view what, std::string_view label, std::uint64_t add) override;

  /// What nodes tell one another of, and no state follows from.
  void ticked(const Tick& tick) { outbox_.ticked(partition_.where_, tick); }
  void disputed(const Disputed& disputed) {
    count("digests", "disputed", 1);
    outbox_.disputed(partition_.where_, disputed);
  }

  /// One more row of the stream to `destination`.
  void send(PartitionRef destination, Envelope& row, const Hash128& content);

 private:
  void say(RecordKind kind, PartitionRef destination, const Body& body);

  Partition& partition_;
  Outbox& outbox_;
};

}  // namespace jari
