// tests/engine/runtime/toy_consumer.h — the smallest business that uses everything of the engine:
// parcels that are counted where they are and sent on.
//
// Topic 0 `work` (key: a place), topic 1 `facts` (a sink).
//
// Errors:  a body that is not canonical is a dead letter.
// Threads: as Consumer.
#pragma once

#include <string>

#include "engine/record/canonical.h"
#include "engine/runtime/consumer.h"
#include "engine/store/table.h"

namespace jari::toy {

inline constexpr TopicNo kWork = 0;
inline constexpr TopicNo kFacts = 1;
inline constexpr std::uint16_t kSend = 1;    // request: `count` parcels from `place` on to `next`
inline constexpr std::uint16_t kArrive = 2;  // effect
inline constexpr std::uint16_t kFact = 3;    // row
inline constexpr std::uint16_t kSpoil = 4;   // request: finds the program wrong (CHECK)

struct Parcel {
  std::string place;
  std::string next;
  std::uint32_t count = 0;
  JARI_FIELDS(Parcel, place, next, count)
};

[[nodiscard]] inline std::string body_of(const Parcel& parcel) {
  std::string bytes;
  canonical::append(bytes, parcel, canonical::Plain{});
  return bytes;
}

struct PlaceKey {
  Name place;
  bool operator==(const PlaceKey&) const = default;
  JARI_FIELDS(PlaceKey, place)
};
struct PlaceRow {
  std::uint64_t arrived = 0;
  std::uint64_t sent = 0;
  std::uint64_t ticks = 0;
  JARI_FIELDS(PlaceRow, arrived, sent, ticks)
};

class Toy final : public Consumer {
 public:
  explicit Toy(Store& store) : store_(store), places_(store, 1) {}

  std::optional<Address> address_of(const Envelope& envelope) const override {
    const bool is_ours = (envelope.kind == RecordKind::Request &&
                          (envelope.type == kSend || envelope.type == kSpoil)) ||
                         (envelope.kind == RecordKind::Effect && envelope.type == kArrive);
    if (!is_ours) return std::nullopt;
    std::string_view in = text_of(envelope.body);
    std::string_view place;
    if (!canonical::take_text(in, place)) return std::nullopt;
    return Address{place, std::nullopt};
  }
  Hash128 hash_of(std::uint16_t, std::uint16_t, Bytes body) const override { return hash128(body); }

  Applied apply(const Arrival& arrival, Context& context) override {
    std::string_view in = text_of(arrival.envelope.body);
    Parcel parcel;
    canonical::Plain plain;
    if (!canonical::take(in, parcel, plain)) return Applied::DeadLetter;
    CHECK(arrival.envelope.type != kSpoil);
    if (arrival.envelope.type == kArrive) {
      add(parcel.place, [&](PlaceRow& row) { row.arrived += parcel.count; });
      return Applied::Done;
    }
    const PartitionRef next = context.home_of(kWork, parcel.next);
    const bool has_room = context.has_room(next, parcel.count);
    if (has_room) {
      add(parcel.place, [&](PlaceRow& row) { row.sent += parcel.count; });
      for (std::uint32_t i = 0; i < parcel.count; ++i) {
        context.emit(next, kArrive, bytes_of(body_of({parcel.next, "", 1})));
      }
    }
    const std::string fact = (has_room ? "sent " : "overloaded ") + parcel.place;
    context.publish(kFacts, parcel.place, kFact, bytes_of(fact));
    const Asked& asked = *arrival.envelope.asked;
    context.decided(asked.by, asked.request, bytes_of(fact));
    return Applied::Done;
  }
  void refuse_misplaced(const Arrival& arrival, Context& context) override {
    const Asked& asked = *arrival.envelope.asked;
    context.decided(asked.by, asked.request, bytes_of("misplaced"));
  }
  void on_tick(Context&) override {
    add("clock", [](PlaceRow& row) { ++row.ticks; });
  }
  Instant next_deadline(const LogTime&) const override { return kNever; }
  void reissue(PartitionRef, std::uint64_t, Context&) override {}
  void rebuild() override { ++rebuilt; }

  [[nodiscard]] PlaceRow at(std::string_view place) const {
    const auto name = store_.names().find(place);
    const PlaceRow* row = name ? places_.find({*name}) : nullptr;
    return row == nullptr ? PlaceRow{} : *row;
  }
  int rebuilt = 0;

 private:
  template <class Change>
  void add(std::string_view place, Change&& change) {
    const PlaceKey key{store_.names().intern(place)};
    if (!places_.contains(key)) places_.put(key, {});
    places_.change(key, change);
  }

  Store& store_;
  Table<PlaceKey, PlaceRow> places_;
};

}  // namespace jari::toy
