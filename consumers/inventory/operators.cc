#include "consumers/inventory/operators.h"

#include <algorithm>
#include <cstdlib>

namespace jari::inventory {

struct Operators::Slot {
  SiteId site;
  SlotId slot;
  Instant starts_at;
  std::uint32_t length_seconds = 0;
  std::uint32_t capacity = 0;
  Day starts_on;
  std::string_view zone;
  std::uint32_t expects_version = 0;

  template <class Said>
  static Slot of(const Said& said) {
    return {said.site,     said.slot,      said.starts_at, said.length_seconds,
            said.capacity, said.starts_on, said.zone,      said.expects_version};
  }
};

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int32_t kLatitudeMax = 90'000'000;
constexpr std::int32_t kLongitudeMax = 180'000'000;

bool is_text(std::string_view text, bool is_needed) {
  return text.size() <= kTextBytesMax && (!text.empty() || !is_needed);
}

/// Of an alphabet that no JSON needs to escape: whether there is such a zone, the door has checked.
bool is_zone(std::string_view text) {
  return !text.empty() && text.size() <= kZoneBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_id({&c, 1}) || c == '/' || c == '+';
         });
}

/// A local date is the day in UTC, or one beside it.
bool is_date_of(Day day, Instant at) {
  return day.is_known() && std::abs(at.ms / kDayMs - day.count) <= 1;
}

std::string_view wrong_field(const SitePublished& said) {
  if (!is_text(said.name, true)) return "name";
  if (!is_text(said.region, true)) return "region";
  if (!is_zone(said.zone)) return "zone";
  if (!is_text(said.address, false)) return "address";
  if (!is_text(said.phone, false)) return "phone";
  if (said.has_place && std::abs(std::int64_t{said.latitude}) > kLatitudeMax) return "latitude";
  if (said.has_place && std::abs(std::int64_t{said.longitude}) > kLongitudeMax) return "longitude";
  return {};
}

std::string_view wrong_field(const StockChanged& said) {
  if (!is_id(said.product.text)) return "product";
  const bool is_small = -kDosesChangeMax <= said.doses && said.doses <= kDosesChangeMax;
  return is_small ? std::string_view{} : "doses";
}

/// Of SlotPublished and of SlotChanged.
template <class Said>
std::string_view wrong_field(const Said& said) {
  if (!is_id(said.slot.text)) return "slot";
  if (said.starts_at <= Instant{} || said.starts_at > kNever) return "starts_at";
  if (said.length_seconds < kLengthSecondsMin || said.length_seconds > kLengthSecondsMax) {
    return "length_seconds";
  }
  if (said.capacity > kCapacityMax) return "capacity";
  return is_date_of(said.starts_on, said.starts_at) ? std::string_view{} : "starts_on";
}

/// A slot whose id is none is unknown, as any other that is not there.
std::string_view wrong_field(const SlotWithdrawn&) {
  return {};
}

template <class Said>
Outcome about(const Asked& asked, const Said& said) {
  Outcome outcome;
  outcome.request = asked.request;
  outcome.asked = kTypeOf<Said>;
  outcome.site = said.site;
  // What is no id is refused by its field and not repeated: it may be of any length.
  if constexpr (requires { said.slot; }) {
    if (is_id(said.slot.text)) outcome.slot = said.slot;
  }
  if constexpr (requires { said.product; }) {
    if (is_id(said.product.text)) outcome.product = said.product;
  }
  return outcome;
}

}  // namespace

// In the order of the contract: who asks, the form, the key, and then what the site knows.
template <class Said, class Decide>
void Operators::answer(const Asked& asked, const Said& said, Context& context, Decide&& decide) {
  const std::string counts_with = requests::keeper_of(said.site.text);
  const requests::Question question{asked, counts_with, said.site.text};
  Outcome outcome = about(asked, said);
  requests::Fault fault = requests::fault_of_operator(asked);
  if (fault.code == Code::None) fault.field = wrong_field(said);
  if (fault.code == Code::None && !fault.field.empty()) fault.code = Code::InvalidRequest;
  if (fault.code != Code::None) {
    outcome.field = fault.field;
    return answers_.refuse(question, outcome, fault.code, context);
  }
  if (!answers_.is_new(question, outcome, context)) return;
  const Answer answer = decide();
  outcome.field = answer.field;
  outcome.version = answer.version;
  answers_.give(question,
                answer.code == Code::None ? requests::granted(outcome, 200)
                                          : requests::refused(outcome, answer.code),
                context);
}

template <class Said>
void Operators::refuse_misplaced(const Asked& asked, const Said& said, Context& context) {
  const requests::Question question{asked, {}, said.site.text};
  Outcome outcome = about(asked, said);
  outcome.field = "site";
  answers_.refuse(question, outcome, Code::InvalidRequest, context);
}
template void Operators::refuse_misplaced(const Asked&, const SitePublished&, Context&);
template void Operators::refuse_misplaced(const Asked&, const SlotPublished&, Context&);
template void Operators::refuse_misplaced(const Asked&, const SlotChanged&, Context&);
template void Operators::refuse_misplaced(const Asked&, const SlotWithdrawn&, Context&);
template void Operators::refuse_misplaced(const Asked&, const StockChanged&, Context&);

void Operators::apply(const Asked& asked, const SitePublished& said, Context& context) {
  answer(asked, said, context, [&] { return publish_site(said); });
}
void Operators::apply(const Asked& asked, const SlotPublished& said, Context& context) {
  answer(asked, said, context, [&] { return publish_slot(Slot::of(said)); });
}
void Operators::apply(const Asked& asked, const SlotChanged& said, Context& context) {
  answer(asked, said, context, [&] { return publish_slot(Slot::of(said)); });
}
void Operators::apply(const Asked& asked, const SlotWithdrawn& said, Context& context) {
  answer(asked, said, context, [&] { return withdraw_slot(said, context); });
}
void Operators::apply(const Asked& asked, const StockChanged& said, Context& context) {
  answer(asked, said, context, [&] { return change_stock(said); });
}

Operators::Answer Operators::publish_site(const SitePublished& said) {
  const auto site = state_.site(said.site);
  const std::uint32_t version = site ? state_.sites.find(*site)->version : 0;
  if (said.expects_version != 0 && said.expects_version != version) {
    return {Code::StaleVersion, {}, version};
  }
  return {Code::None, {}, state_.sites.publish(said)};
}

Operators::Answer Operators::publish_slot(const Slot& said) {
  const auto site = state_.site(said.site);
  if (!site) return {Code::UnknownSite};
  const Name zone = state_.sites.find(*site)->zone;
  const auto known = state_.slot(*site, said.slot);
  SlotRow row = known ? *state_.counts.slot(*known) : SlotRow{};
  const bool is_stale = said.expects_version != 0 && said.expects_version != row.version;
  if (is_stale || !state_.is(zone, said.zone)) return {Code::StaleVersion, {}, row.version};
  const bool is_moved =
      row.starts_at != said.starts_at || row.length_seconds != said.length_seconds;
  if (is_moved && balance_of(row).taken() > 0) return {Code::SlotBooked, {}, row.version};
  if (is_moved) {
    row.starts_at = said.starts_at;
    row.length_seconds = said.length_seconds;
    row.starts_on = said.starts_on;
    row.zone = zone;
  }
  row.capacity = said.capacity;
  row.is_withdrawn = false;
  const std::uint32_t version = ++row.version;
  state_.counts.put_slot({*site, state_.store.names().intern(said.slot.text)}, std::move(row));
  return {Code::None, {}, version};
}

// Withdrawn again with nobody left to cancel: the same answer, and nothing happens.
Operators::Answer Operators::withdraw_slot(const SlotWithdrawn& said, Context& context) {
  const auto site = state_.site(said.site);
  if (!site) return {Code::UnknownSite};
  const auto key = state_.slot(*site, said.slot);
  if (!key) return {Code::UnknownSlot};
  SlotRow row = *state_.counts.slot(*key);
  const bool cancels = said.cancel && row.booked > 0;
  if (row.is_withdrawn && !cancels) return {Code::None, {}, row.version};
  if (said.cancel && row.starts_at <= context.time().now) {
    return {Code::SlotStarted, {}, row.version};
  }
  const std::uint32_t version = ++row.version;
  state_.counts.put_slot(*key, std::move(row));
  state_.withdraw(*key, context.offset(), said.cancel);
  return {Code::None, {}, version};
}

Operators::Answer Operators::change_stock(const StockChanged& said) {
  const auto site = state_.site(said.site);
  if (!site) return {Code::UnknownSite};
  const StockRow* known = state_.stock(*site, said.product);
  if (known == nullptr && state_.counts.products_of(*site) >= kProductsAtSiteMax) {
    return {Code::InvalidRequest, "product"};
  }
  const Balance before = known == nullptr ? Balance{} : balance_of(*known);
  const std::int64_t doses = static_cast<std::int64_t>(before.total) + said.doses;
  if (doses > kDosesMax) return {Code::InvalidRequest, "doses"};
  const bool is_below = doses < static_cast<std::int64_t>(before.taken());
  if (said.doses < 0 && is_below && !said.lost) return {Code::BelowBooked};
  if (doses < 0) return {Code::InvalidRequest, "doses"};  // what is not there cannot be lost
  const Name product = state_.store.names().intern(said.product.text);
  state_.counts.put_doses({*site, product}, static_cast<std::uint32_t>(doses));
  return {Code::None};
}

}  // namespace jari::inventory
