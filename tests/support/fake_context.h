// tests/support/fake_context.h — the engine as one consumer sees it, without the engine: it keeps
// log time and room in streams, and records all that the consumer says.
//
// Numbers no stream and writes nothing anywhere: what a consumer emits stays here to be looked at.
//
// Units:   Instant is log time. The topic of the partition under test has one partition unless
//          set_partitions() says more, programmes has one, the others have four.
// Errors:  none; bytes that do not decode as their type fail the test.
// Threads: one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "consumers/model/record.h"
#include "consumers/model/topics.h"
#include "engine/runtime/consumer.h"

namespace jari::support {

/// When every story begins: 2021-07-12T11:00:00.000Z, a whole second.
inline constexpr Instant kStoryBegins{1'626'087'600'000};

/// An effect for a partition, or a row for a sink: what was said, in bytes.
struct Sent {
  PartitionRef to;
  std::string key;  // of a row
  RecordType type = 0;
  std::string body;

  bool operator==(const Sent&) const = default;
  template <class T>
  [[nodiscard]] bool is() const {
    return type == kTypeOf<T>;
  }
  /// The body decoded; its texts are views of `body`.
  template <class T>
  [[nodiscard]] T as() const {
    const Record record = decode(type, bytes_of(body));
    CHECK(std::holds_alternative<T>(record));
    return std::get<T>(record);
  }
};

/// A client that waits for `request` was told.
struct Told {
  std::string by;
  std::string request;
  std::string outcome;
  bool operator==(const Told&) const = default;
};

/// All that a consumer said while one record was applied, in order.
struct Said {
  Applied applied = Applied::Done;
  std::vector<Sent> effects;
  std::vector<Sent> rows;
  std::vector<Told> told;
  bool operator==(const Said&) const = default;

  /// Every effect of kind T, decoded.
  template <class T>
  [[nodiscard]] std::vector<T> effects_of() const {
    std::vector<T> out;
    for (const Sent& one : effects) {
      if (one.is<T>()) out.push_back(one.as<T>());
    }
    return out;
  }
  /// The outcome that the client was told; a default Outcome where nobody was told anything.
  [[nodiscard]] Outcome outcome() const;
  /// The Outcomes that were published, decoded.
  [[nodiscard]] std::vector<Outcome> published() const;
  /// The documents of `sync`, as JSON.
  [[nodiscard]] std::vector<std::string> documents() const;
};

class FakeContext final : public Context {
 public:
  explicit FakeContext(PartitionRef here);

  // What a story sets. Partition counts first, before anything is applied.
  void set_partitions(TopicNo topic, PartitionNo count) { partitions_[topic] = count; }
  void set_time(const LogTime& time) { time_ = time; }
  void set_offset(Offset offset) { offset_ = offset; }
  /// From now on the stream to `destination` takes only `rows` more effects.
  void set_room(PartitionRef destination, std::uint32_t rows) { room_[destination] = rows; }
  /// What is said from here on goes to `said`.
  void say_to(Said& said) { said_ = &said; }
  /// How often `what` was counted for `label`.
  [[nodiscard]] std::uint64_t counted(const std::string& what, const std::string& label) const;

  [[nodiscard]] LogTime time() const override { return time_; }
  [[nodiscard]] PartitionRef here() const override { return here_; }
  [[nodiscard]] Offset offset() const override { return offset_; }
  [[nodiscard]] PartitionNo partitions_of(TopicNo topic) const override;
  [[nodiscard]] PartitionRef home_of(TopicNo topic, std::string_view key) const override;
  [[nodiscard]] std::uint16_t version() const override { return kLogicVersion; }
  [[nodiscard]] bool has_room(PartitionRef destination, std::uint32_t rows) const override;
  void emit(PartitionRef destination, const Body& body) override;
  void publish(TopicNo sink, std::string_view key, const Body& body) override;
  void decided(std::string_view who, std::string_view request, Bytes outcome) override;
  void count(std::string_view what, std::string_view label, std::uint64_t add) override;

 private:
  PartitionRef here_;
  LogTime time_{kStoryBegins, milliseconds{0}};
  Offset offset_ = 0;
  std::map<TopicNo, PartitionNo> partitions_;
  std::map<PartitionRef, std::uint32_t> room_;  // of limited streams; the others have no end
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts_;
  Said* said_ = nullptr;
};

}  // namespace jari::support
