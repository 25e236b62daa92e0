// tests/support/story.h — a story told to one consumer, record by record, and proved at its end.
//
// Every record goes through open() and bytes, as in the engine. At the end the story is told
// again to fresh consumers, and each must say the same and come to the same digest: one that hears
// it all, and one that is loaded anew from its drained rows before every record (long stories: now
// and then). So each test also proves replay, restart and that no index decides.
//
//   struct SiteStory : StoryTest<inventory::Inventory> {
//     SiteStory() : StoryTest({kInventoryTopic, 0}) {}
//   };
//   TEST_F(SiteStory, SaysNoToAnUnknownSite) {
//     const Said& said = story.request(StockChanged{SiteId{"s"}, ProductId{"p"}, 5, false},
//                                      an_operator("ann", "key-1"));
//     EXPECT_EQ(said.outcome().code, Code::UnknownSite);
//   }
//
// Units:   pass() moves log time and ticks; outage() is a TimeJump, in which no deadline comes
// near. Errors:  a record that the consumer says is none comes back as Applied::DeadLetter.
// Threads: one. References to Said live as long as the story.
#pragma once

#include <deque>
#include <functional>

#include <gtest/gtest.h>

#include "engine/store/store.h"
#include "tests/support/fake_context.h"

namespace jari::support {

/// Who asks, with which key. The content is the body's unless the test sets another.
[[nodiscard]] Asked a_person(std::string_view person, std::string_view key);
[[nodiscard]] Asked an_operator(std::string_view name, std::string_view key,
                                std::string_view reason = "because");

/// What stands in the partition, one after the other.
struct Step {
  enum class Kind { Record, Tick, Outage, Room };
  Kind kind = Kind::Record;
  std::string record;  // an Envelope
  LogTime time;        // that holds after it (a Tick, an Outage)
  PartitionRef destination;
  std::uint32_t room = 0;
  Said said;
  Hash128 digest;
};

/// The rows of a store as a disk would have them.
class StoredRows final : public RowSink {
 public:
  void put(std::uint8_t table, std::string_view key, std::string_view row) override;
  void erase(std::uint8_t table, std::string_view key) override;
  void load_into(Store& store) const;

 private:
  std::map<std::pair<std::uint8_t, std::string>, std::string> rows_;
};

/// One consumer with its store.
struct Teller {
  std::unique_ptr<Store> store;
  std::unique_ptr<Consumer> consumer;
};
using MakeConsumer = std::function<std::unique_ptr<Consumer>(Store&)>;

class Story {
 public:
  Story(PartitionRef here, MakeConsumer make);

  /// Applies a request; it must be one that belongs here, or it is refused as misplaced.
  template <class T>
  const Said& request(const T& body, const Asked& asked) {
    return deliver(RecordKind::Request, kTypeOf<T>, encoder_.encode(body), &asked);
  }
  template <class T>
  const Said& effect(const T& body) {
    return deliver(RecordKind::Effect, kTypeOf<T>, encoder_.encode(body), nullptr);
  }
  /// A record that the node itself appends.
  template <class T>
  const Said& own(const T& body) {
    return deliver(RecordKind::Own, kTypeOf<T>, encoder_.encode(body), nullptr);
  }
  const Said& deliver(RecordKind kind, RecordType type, Bytes body, const Asked* asked);

  /// Log time moves by `gap`, or to `at`, in one tick.
  const Said& pass(milliseconds gap);
  const Said& tick(Instant at);
  /// The partition stood still for `gap`.
  void outage(milliseconds gap);
  /// From here on the stream to `destination` takes only `rows` more effects.
  void room(PartitionRef destination, std::uint32_t rows);

  [[nodiscard]] LogTime time() const { return context_.time(); }
  [[nodiscard]] Offset offset() const { return context_.offset(); }  // of the last record
  [[nodiscard]] FakeContext& context() { return context_; }
  [[nodiscard]] Store& store() { return *now_.store; }
  [[nodiscard]] Consumer& consumer() { return *now_.consumer; }
  [[nodiscard]] std::size_t length() const { return steps_.size(); }

  /// Stops and starts: the consumer goes on from its rows.
  void restart();
  /// Tells it all again, twice, and expects the same. StoryTest calls it at the end of each test.
  void prove();

 private:
  [[nodiscard]] Teller made() const;
  [[nodiscard]] FakeContext fresh_context() const;
  const Said& add(Step step);
  void prove_replay(std::size_t steps_between_restarts);

  PartitionRef here_;
  MakeConsumer make_;
  Encoder encoder_;
  flat::Builder builder_;
  FakeContext context_;
  Teller now_;
  StoredRows rows_;
  std::deque<Step> steps_;
};

/// A gtest fixture with a story that is proved at the end. C is made from (Store&).
template <class C>
class StoryTest : public ::testing::Test {
 protected:
  explicit StoryTest(
      PartitionRef here,
      MakeConsumer make = [](Store& store) { return std::make_unique<C>(store); })
      : story(here, std::move(make)) {}
  void TearDown() override { story.prove(); }
  [[nodiscard]] C& consumer() { return static_cast<C&>(story.consumer()); }
  [[nodiscard]] Instant now() { return story.time().now; }

  Story story;
};

}  // namespace jari::support
