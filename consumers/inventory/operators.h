// consumers/inventory/operators.h — what an operator says of sites, slots and stock.
//
// An operator's word is a fact, also where it leaves fewer places or doses than are taken; then
// nothing is sold until there are free ones again.
//
// Units:   as the records.
// Errors:  a refusal is the outcome of the request.
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/inventory/state.h"
#include "consumers/requests/answers.h"

namespace jari::inventory {

inline constexpr std::uint32_t kCapacityMax = 1'000'000;
inline constexpr std::uint32_t kLengthSecondsMin = 60;
inline constexpr std::uint32_t kLengthSecondsMax = 86'400;
inline constexpr std::int64_t kDosesChangeMax = 10'000'000;
inline constexpr std::int64_t kDosesMax = 1'000'000'000;
inline constexpr std::size_t kProductsAtSiteMax = 1'000;
inline constexpr std::size_t kTextBytesMax = 800;  // 200 characters
inline constexpr std::size_t kZoneBytesMax = 64;

class Operators {
 public:
  explicit Operators(State& state) : state_(state), answers_(state.requests) {}

  void apply(const Asked& asked, const SitePublished& said, Context& context);
  void apply(const Asked& asked, const SlotPublished& said, Context& context);
  void apply(const Asked& asked, const SlotChanged& said, Context& context);
  void apply(const Asked& asked, const SlotWithdrawn& said, Context& context);
  void apply(const Asked& asked, const StockChanged& said, Context& context);

  /// The request stands in a partition that is not its site's: refused, and nothing changes.
  template <class Said>
  void refuse_misplaced(const Asked& asked, const Said& said, Context& context);

 private:
  struct Slot;  // what SlotPublished and SlotChanged both say
  struct Answer {
    Code code = Code::None;
    std::string_view field{};  // of an invalid request
    std::uint32_t version = 0;
  };
  template <class Said, class Decide>
  void answer(const Asked& asked, const Said& said, Context& context, Decide&& decide);

  [[nodiscard]] Answer publish_site(const SitePublished& said);
  [[nodiscard]] Answer publish_slot(const Slot& said);
  [[nodiscard]] Answer withdraw_slot(const SlotWithdrawn& said, Context& context);
  [[nodiscard]] Answer change_stock(const StockChanged& said);

  State& state_;
  requests::Answers answers_;
};

}  // namespace jari::inventory
