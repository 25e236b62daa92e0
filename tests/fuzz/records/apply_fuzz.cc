// Any records, from anybody, in any order, to the four consumers and what they say to each other:
// nothing they say stops a partition, and all of it applied again is the same state.
#include <deque>
#include <map>
#include <vector>

#include "engine/base/check.h"
#include "ops/jari/business.h"
#include "tests/fuzz/records/drawn.h"

namespace jari::fuzz {
namespace {

constexpr std::size_t kStepsMost = 200;
// Of each topic two partitions: what is drawn goes to the first, the second's place in the streams
// is forged.
constexpr PartitionNo kPartitions = 2;

LogIdentity identity() {
  LogIdentity made = ops::new_identity(kPartitions, kBegins);
  made.incarnation = {1, 1};
  made.stream_window = 64;
  return made;
}

/// A record where Partition wants it: aligned to eight.
std::vector<std::uint64_t> aligned(Bytes bytes) {
  std::vector<std::uint64_t> words((bytes.size() + 7) / 8);
  if (!bytes.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

struct Stored {
  PartitionRef where;
  std::size_t size = 0;
  std::vector<std::uint64_t> words;
  [[nodiscard]] Bytes bytes() const { return std::as_bytes(std::span{words}).first(size); }
};

/// One partition of each topic, without a log: what one says to another is applied at once.
class Town final : public Outbox {
 public:
  Town() {
    for (const PartitionRef where : identity_.partitions()) {
      if (where.partition != 0 || !identity_.has_consumer(where)) continue;
      all_.emplace(where, std::make_unique<Partition>(
                              where, identity_, ops::kSettingsPartition, ops::known_versions(),
                              [where](Store& store) { return ops::make_consumer(where, store); }));
      put(where, bytes_of(genesis_record(identity_)));
    }
  }

  void put(PartitionRef where, Bytes record) {
    pending_.push_back({where, record.size(), aligned(record)});
    while (!pending_.empty()) {
      const Stored next = std::move(pending_.front());
      pending_.pop_front();
      const auto at = all_.find(next.where);
      if (at == all_.end()) continue;
      CHECK(!at->second->apply(next.bytes(), *this));
      applied_.push_back(next);
    }
  }
  void put(PartitionRef where, const Envelope& envelope) {
    put(where, write_envelope(builder_, envelope));
  }
  [[nodiscard]] const Partition& at(PartitionRef where) const { return *all_.at(where); }

  /// The same records to partitions that know nothing.
  void expect_the_same_again() {
    struct Nowhere final : Outbox {
      void send(const Envelope&) override {}
      void decided(PartitionRef, std::string_view, std::string_view, Bytes) override {}
      void counted(PartitionRef, std::string_view, std::string_view, std::uint64_t) override {}
    } nowhere;
    for (const auto& [where, one] : all_) {
      Partition again(where, identity_, ops::kSettingsPartition, ops::known_versions(),
                      [at = where](Store& store) { return ops::make_consumer(at, store); });
      for (const Stored& record : applied_) {
        if (record.where == where) CHECK(!again.apply(record.bytes(), nowhere));
      }
      CHECK(again.store().digest() == one->store().digest());
    }
  }

  void send(const Envelope& row) override {
    flat::Builder builder;
    const Bytes record = write_envelope(builder, row);
    CHECK(row.stream.has_value());
    pending_.push_back({row.stream->destination, record.size(), aligned(record)});
  }
  void decided(PartitionRef, std::string_view, std::string_view, Bytes) override {}
  void counted(PartitionRef, std::string_view, std::string_view, std::uint64_t) override {}

 private:
  LogIdentity identity_ = identity();
  std::map<PartitionRef, std::unique_ptr<Partition>> all_;
  std::deque<Stored> pending_;
  std::vector<Stored> applied_;
  flat::Builder builder_;
};

class Story {
 public:
  explicit Story(Drawn drawn) : drawn_(drawn) {}

  void tell() {
    for (const TopicNo topic : {kQueueTopic, kBookingsTopic, kInventoryTopic, kProgrammesTopic}) {
      town_.put({topic, 0}, own(RecordKind::Claim, Claim{1, "node", kProcess, 1, 1}));
    }
    for (std::size_t step = 0; step < kStepsMost && !drawn_.is_over(); ++step) tell_one();
    town_.expect_the_same_again();
  }

 private:
  static constexpr Hash128 kProcess{7, 7};

  template <class Body>
  Envelope own(RecordKind kind, const Body& body) {
    Envelope envelope;
    envelope.kind = kind;
    envelope.body = flat::write_root(body_, body);
    return envelope;
  }

  void tell_one() {
    const PartitionRef where{static_cast<TopicNo>(drawn_.below(4)), 0};
    switch (drawn_.below(8)) {
      case 0:
        return tick(where);
      case 1:
        return jump(where);
      case 2:
        return forge(where);
      case 3:
        return town_.put(where, drawn_.raw());
      default:
        return request(where);
    }
  }

  void tick(PartitionRef where) {
    const Partition& partition = town_.at(where);
    Tick tick{1, kProcess, {}, partition.next_offset() - 1, partition.store().digest()};
    tick.time = {partition.time().now.ms + static_cast<std::int64_t>(drawn_.below(9'999))};
    town_.put(where, own(RecordKind::Tick, tick));
  }

  void jump(PartitionRef where) {
    const Instant now = town_.at(where).time().now;
    const Instant to{now.ms + static_cast<std::int64_t>(drawn_.below(100'000))};
    town_.put(where, own(RecordKind::TimeJump, TimeJump{1, kProcess, now, to, {}}));
  }

  /// An effect as the second partition of some topic could have sent it.
  void forge(PartitionRef where) {
    const PartitionRef source{static_cast<TopicNo>(drawn_.below(4)), 1};
    Envelope envelope;
    envelope.kind = RecordKind::Effect;
    fill_body(envelope);
    const IncomingRow known = town_.at(where).streams().incoming(source);
    envelope.stream = StreamPlace{{1, 1}, source, where, known.last + 1, known.hash, 1, 0};
    town_.put(where, envelope);
  }

  void request(PartitionRef where) {
    Envelope envelope;
    envelope.kind = RecordKind::Request;
    fill_body(envelope);
    Asked asked;
    drawn_.fill(asked);
    asked.role = static_cast<Role>(drawn_.below(3));
    envelope.asked = asked;
    town_.put(where, envelope);
  }

  void fill_body(Envelope& envelope) {
    envelope.type = static_cast<RecordType>(1 + drawn_.below(kRecordTypesEnd));
    envelope.version = 1;
    envelope.body = drawn_body(drawn_, encoder_, envelope.type);
  }

  Drawn drawn_;
  Town town_;
  Encoder encoder_;
  flat::Builder body_;
};

}  // namespace
}  // namespace jari::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  jari::fuzz::Story{jari::fuzz::Drawn{{bytes, size}}}.tell();
  return 0;
}
