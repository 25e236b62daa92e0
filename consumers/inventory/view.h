// consumers/inventory/view.h — what may be read of a partition of sites: lists in their order, one
// page at a time, and single things.
//
// Changes nothing and decides nothing. Texts and rows are views of the state: they die when the
// next record is applied.
//
// Units:   Instant in ms; counts of places and doses; available is never below 0.
// Errors:  nothing comes back for what is not known.
// Threads: the one that owns the partition, between batches.
#pragma once

#include <optional>
#include <vector>

#include "consumers/inventory/state.h"

namespace jari::inventory {

inline constexpr std::size_t kBookedByMax = 1'000;

struct SiteView {
  SiteId site;
  std::string_view name;
  std::string_view region;
  std::string_view zone;
  std::string_view address;
  std::string_view phone;
  bool has_place = false;
  std::int32_t latitude = 0;  // millionths of a degree
  std::int32_t longitude = 0;
  std::uint32_t version = 0;
};

struct SlotView {
  SiteId site;
  SlotId slot;
  Instant starts_at;
  Instant ends_at;
  std::uint32_t length_seconds = 0;
  Day starts_on;
  std::string_view zone;
  Balance places;
  bool is_withdrawn = false;
  std::uint32_t version = 0;
};

struct StockView {
  ProductId product;
  Balance doses;
};

struct BookedBy {
  MadeId appointment;
  PersonId person;
};

/// A site that has a place and a dose of the product.
struct AvailableSite {
  SiteView site;
  Instant next_slot_at;
  std::uint64_t available = 0;  // places in the time asked for, at most the free doses
};

/// from ≤ starts_at < to.
struct Times {
  Instant from;
  Instant to;
};

class View {
 public:
  explicit View(const State& state) : state_(state) {}

  [[nodiscard]] std::optional<SiteView> site(SiteId site) const;
  /// Of `region` (empty: of all), in the order of their ids, those after `after`; up to `limit`.
  [[nodiscard]] std::vector<SiteView> sites(std::string_view region, SiteId after,
                                            std::size_t limit) const;

  [[nodiscard]] std::optional<SlotView> slot(SiteId site, SlotId slot) const;
  /// In the order of (starts_at, slot), those after `after`; a default `after` begins at the first.
  [[nodiscard]] std::vector<SlotView> slots(SiteId site, Times times,
                                            const Counts::SlotPlace& after,
                                            std::size_t limit) const;
  /// Every product that the site ever had, in the order of their ids.
  [[nodiscard]] std::vector<StockView> stock(SiteId site) const;
  /// Who is booked in a slot, by partition of bookings and as they were granted.
  [[nodiscard]] std::vector<BookedBy> booked_by(SiteId site, SlotId slot,
                                                std::size_t limit = kBookedByMax) const;

  /// Sites with a place and a dose of `product` in slots that have not begun at `now`.
  [[nodiscard]] std::vector<AvailableSite> availability(ProductId product, std::string_view region,
                                                        Times times, Instant now, SiteId after,
                                                        std::size_t limit) const;

  /// What was decided for a key (requests::key_of); nullptr: not known, or forgotten.
  [[nodiscard]] std::optional<requests::RequestRow> remembered(const Hash128& key) const;
  /// The outcome as it was. `request` is the text of the key.
  [[nodiscard]] Outcome outcome_of(const requests::RequestRow& row, std::string_view request) const;
  [[nodiscard]] const settings::ProgrammeTable& programmes() const { return state_.programmes; }

 private:
  [[nodiscard]] SiteView view_of(Name site, const SiteRow& row) const;
  [[nodiscard]] SlotView view_of(const SlotKey& key, const SlotRow& row) const;

  const State& state_;
};

}  // namespace jari::inventory
