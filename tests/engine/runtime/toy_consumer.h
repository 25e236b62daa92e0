// tests/engine/runtime/toy_consumer.h — the smallest business that uses everything of the engine:
// parcels that are counted where they are and sent on.
//
// Topic 0 `work` (key: a place), topic 1 `facts` (a sink).
//
// Errors:  a body that is not canonical is a dead letter.
// Threads: as Consumer.
#pragma once

#include <algorithm>
#include <map>
#include <new>
#include <string>

#include "engine/record/canonical.h"
#include "engine/runtime/consumer.h"
#include "engine/store/table.h"

namespace jari::toy {

inline constexpr TopicNo kWork = 0;
inline constexpr TopicNo kFacts = 1;
inline constexpr std::uint16_t kSend = 1;    // request: `count` parcels from `place` on to `next`;
                                             // from version 2 of the logic on twice as many
inline constexpr std::uint16_t kArrive = 2;  // effect
inline constexpr std::uint16_t kFact = 3;    // row
inline constexpr std::uint16_t kSpoil = 4;   // request: finds the program wrong (CHECK)
inline constexpr std::uint16_t kLater = 5;   // request: as kSend, once `after_ms` of time are over
inline constexpr std::uint32_t kSweptEachTick = 8;  // parcels

struct Parcel {
  std::string place;
  std::string next;
  std::uint32_t count = 0;
  std::uint32_t after_ms = 0;
  JARI_FIELDS(Parcel, place, next, count, after_ms)
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
struct LaterKey {
  Instant at;
  Offset asked = 0;
  auto operator<=>(const LaterKey&) const = default;
  JARI_FIELDS(LaterKey, at, asked)
};
struct LaterRow {
  Name place;
  Name next;
  std::uint32_t count = 0;
  JARI_FIELDS(LaterRow, place, next, count)
};

class Toy final : public Consumer {
 public:
  explicit Toy(Store& store)
      : store_(store), places_(store, 1), later_(store, 2), asked_(store, 3) {}

  std::optional<Address> open(const Envelope& envelope) override {
    content_ = hash128(envelope.body);
    const bool is_ours =
        (envelope.kind == RecordKind::Request &&
         (envelope.type == kSend || envelope.type == kSpoil || envelope.type == kLater)) ||
        (envelope.kind == RecordKind::Effect && envelope.type == kArrive);
    if (!is_ours) return std::nullopt;
    std::string_view in = text_of(envelope.body);
    std::string_view place;
    if (!canonical::take_text(in, place)) return std::nullopt;
    return Address{place, std::nullopt};
  }
  Hash128 content() const override { return content_; }
  Hash128 hash_of(std::uint16_t, std::uint16_t, Bytes body) const override { return hash128(body); }

  Applied apply(const Arrival& arrival, Context& context) override {
    std::string_view in = text_of(arrival.envelope.body);
    Parcel parcel;
    canonical::Plain plain;
    if (!canonical::take(in, parcel, plain)) return Applied::DeadLetter;
    CHECK(arrival.envelope.type != kSpoil || is_mended);
    if (is_wrong) add("nowhere", [](PlaceRow& row) { ++row.arrived; });
    if (arrival.envelope.type == kArrive) {
      add(parcel.place, [&](PlaceRow& row) { row.arrived += parcel.count; });
      return Applied::Done;
    }
    if (arrival.envelope.type == kLater) {
      later_.put(
          {context.time().now + milliseconds{parcel.after_ms}, arrival.offset},
          {store_.names().intern(parcel.place), store_.names().intern(parcel.next), parcel.count});
      return Applied::Done;
    }
    if (remembers && is_repeated(arrival, context)) return Applied::Done;
    ++requests;
    const bool is_sent = send(parcel, context);
    const std::string fact = (is_sent ? "sent " : "overloaded ") + parcel.place;
    context.publish(kFacts, parcel.place, said(kFact, fact));
    const Asked& asked = *arrival.envelope.asked;
    context.decided(asked.by, asked.request, bytes_of(fact));
    return Applied::Done;
  }
  void refuse_misplaced(const Arrival& arrival, Context& context) override {
    const Asked& asked = *arrival.envelope.asked;
    context.decided(asked.by, asked.request, bytes_of("misplaced"));
  }
  void on_tick(Context& context) override {
    add("clock", [](PlaceRow& row) { ++row.ticks; });
    const auto first = first_later();
    if (!first || first->at > context.time().now) return;
    const LaterRow row = *later_.find(*first);
    const std::uint32_t count = std::min(row.count, kSweptEachTick);
    if (!send({text(row.place), text(row.next), count, 0}, context)) return;
    later_.erase(*first);
    if (row.count > count) later_.put(*first, {row.place, row.next, row.count - count});
  }
  Instant next_deadline(const LogTime&) const override {
    const auto first = first_later();
    return first ? first->at : kNever;
  }
  void reissue(PartitionRef sink, std::uint64_t from, Context& context) override {
    std::map<std::string, PlaceRow> all;
    places_.for_each_unordered(
        [&](const PlaceKey& key, const PlaceRow& row) { all[text(key.place)] = row; });
    for (const auto& [place, row] : all) {
      if (row.sent == 0 || context.home_of(kFacts, place) != sink) continue;
      context.publish(kFacts, place,
                      said(kFact, "again from " + std::to_string(from) + " " + place));
    }
  }
  void rebuild() override { ++rebuilt; }

  [[nodiscard]] PlaceRow at(std::string_view place) const {
    const auto name = store_.names().find(place);
    const PlaceRow* row = name ? places_.find({*name}) : nullptr;
    return row == nullptr ? PlaceRow{} : *row;
  }
  int rebuilt = 0;
  int requests = 0;                      // that were decided in this life
  bool remembers = false;                // request ids: one that is asked again changes nothing
  bool is_wrong = false;                 // counts what no record tells of
  bool is_out_of_memory = false;         // the machine: a decision ends in the midst of it
  static inline bool is_mended = false;  // a version of the program that kSpoil does not spoil

 private:
  static Body said(std::uint16_t type, std::string_view body) {
    return {type, bytes_of(body), hash128(bytes_of(body))};
  }
  [[nodiscard]] std::string text(Name name) const { return std::string(store_.names().text(name)); }
  /// In order of their keys.
  [[nodiscard]] std::optional<LaterKey> first_later() const {
    std::optional<LaterKey> first;
    later_.for_each_unordered([&](const LaterKey& key, const LaterRow&) {
      if (!first || key < *first) first = key;
    });
    return first;
  }
  /// All of it, or nothing where the window has no room. From version 2 on twice as many, all in
  /// one effect: of both versions' effects for a record no sum would be anybody's.
  bool send(const Parcel& parcel, Context& context) {
    const bool is_together = context.version() > 1;
    const std::uint32_t each = is_together ? 2 * parcel.count : 1;
    const std::uint32_t effects = is_together ? 1 : parcel.count;
    const PartitionRef next = context.home_of(kWork, parcel.next);
    if (!context.has_room(next, effects)) return false;
    add(parcel.place, [&](PlaceRow& row) { row.sent += std::uint64_t{each} * effects; });
    if (is_out_of_memory) throw std::bad_alloc();
    for (std::uint32_t i = 0; i < effects; ++i) {
      context.emit(next, said(kArrive, body_of({parcel.next, "", each, 0})));
    }
    return true;
  }
  bool is_repeated(const Arrival& arrival, Context& context) {
    const Asked& asked = *arrival.envelope.asked;
    const PlaceKey key{store_.names().intern(asked.request)};
    if (asked_.contains(key)) {
      context.decided(asked.by, asked.request, bytes_of("as before"));
      return true;
    }
    asked_.put(key, {});
    return false;
  }
  template <class Change>
  void add(std::string_view place, Change&& change) {
    const PlaceKey key{store_.names().intern(place)};
    if (!places_.contains(key)) places_.put(key, {});
    places_.change(key, change);
  }

  Store& store_;
  Table<PlaceKey, PlaceRow> places_;
  Table<LaterKey, LaterRow> later_;
  Table<PlaceKey, PlaceRow> asked_;
  Hash128 content_;
};

}  // namespace jari::toy
