// tests/engine/runtime/one_partition.h — one partition of the toy business, which is given records
// one by one, and what came out of it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/partition.h"
#include "tests/engine/runtime/toy_consumer.h"

namespace jari::toy {

inline constexpr Instant kBegin{1'600'000'000'000};
inline constexpr Hash128 kOurLog{7, 7};
inline constexpr Hash128 kUs{1, 1};  // the process that speaks for the partition

[[nodiscard]] inline LogIdentity identity_of_three() {
  LogIdentity identity;
  identity.incarnation = kOurLog;
  identity.topics = {{"work", 3, false}, {"facts", 2, true}};
  identity.begins = kBegin;
  identity.stream_window = 2'000;
  identity.outage_ms = 10'000;
  return identity;
}

/// A place whose home is this partition.
[[nodiscard]] inline std::string place_in(PartitionRef where) {
  std::string place = "place";
  while (partition_of(place, 3) != where.partition) place += "x";
  return place;
}

class OnePartition : public Outbox {
 public:
  explicit OnePartition(PartitionRef where, KnownVersions known = {1, 1},
                        LogIdentity identity = identity_of_three(),
                        std::optional<KnownVersions> owner_knows = {})
      : identity_(std::move(identity)),
        partition(where, identity_, {kWork, 0}, known,
                  [](Store& store) { return std::make_unique<Toy>(store); }) {
    CHECK(!apply(genesis_record(identity_)));
    const KnownVersions owner = owner_knows.value_or(known);
    CHECK(!own(RecordKind::Claim, Claim{1, "node", kUs, owner.from, owner.to}));
  }

  std::optional<std::string> apply(std::string_view record) {
    std::vector<std::uint64_t> aligned((record.size() + 7) / 8);
    std::memcpy(aligned.data(), record.data(), record.size());
    return partition.apply({reinterpret_cast<const std::byte*>(aligned.data()), record.size()},
                           *this);
  }
  std::optional<std::string> apply(const Envelope& envelope) {
    return apply(std::string(text_of(write_envelope(builder_, envelope))));
  }
  template <class Body>
  std::optional<std::string> own(RecordKind kind, const Body& body,
                                 std::optional<Asked> asked = {}) {
    flat::Builder builder;
    Envelope envelope;
    envelope.kind = kind;
    envelope.asked = asked;
    envelope.body = flat::write_root(builder, body);
    return apply(envelope);
  }
  std::optional<std::string> tick(Instant time) {
    return own(RecordKind::Tick,
               Tick{1, kUs, time, partition.next_offset() - 1, partition.store().digest()});
  }
  std::optional<std::string> jump(Instant from, Instant to) {
    return own(RecordKind::TimeJump, TimeJump{1, kUs, from, to, ""});
  }
  std::optional<std::string> ask(std::uint16_t type, const Parcel& parcel,
                                 std::uint16_t version = 1) {
    const std::string body = body_of(parcel);
    Envelope envelope;
    envelope.kind = RecordKind::Request;
    envelope.type = type;
    envelope.version = version;
    envelope.body = bytes_of(body);
    envelope.asked = Asked{};
    envelope.asked->request = "r";
    envelope.asked->by = "somebody";
    return apply(envelope);
  }
  /// Applies what another partition sent.
  void take(const std::vector<std::string>& records) {
    for (const std::string& record : records) CHECK(!apply(record));
  }

  [[nodiscard]] PlaceRow at(std::string_view place) {
    return dynamic_cast<Toy&>(partition.consumer()).at(place);
  }
  [[nodiscard]] std::vector<std::string> dead_letters() const {
    std::map<Offset, std::string> letters;
    partition.for_each_dead_letter_unordered(
        [&](Offset offset, Instant, std::string_view reason) { letters[offset] = reason; });
    std::vector<std::string> all;
    for (auto& [offset, reason] : letters) all.push_back(reason);
    return all;
  }

  void send(const Envelope& row) override {
    flat::Builder builder;
    sent[row.stream->destination].emplace_back(text_of(write_envelope(builder, row)));
  }
  void decided(PartitionRef, std::string_view, std::string_view, Bytes outcome) override {
    decisions.emplace_back(text_of(outcome));
  }
  void counted(PartitionRef, std::string_view what, std::string_view label,
               std::uint64_t add) override {
    counts[std::string(what) + " " + std::string(label)] += add;
  }

 private:
  LogIdentity identity_;  // before the partition, which refers to it
  flat::Builder builder_;

 public:
  Partition partition;
  std::map<PartitionRef, std::vector<std::string>> sent;
  std::vector<std::string> decisions;
  std::map<std::string, std::uint64_t> counts;
};

}  // namespace jari::toy
