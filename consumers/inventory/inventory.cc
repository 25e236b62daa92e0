#include "consumers/inventory/inventory.h"

namespace jari::inventory {
namespace {

template <class T>
inline constexpr bool kIsRequest =
    std::is_same_v<T, SitePublished> || std::is_same_v<T, SlotPublished> ||
    std::is_same_v<T, SlotChanged> || std::is_same_v<T, SlotWithdrawn> ||
    std::is_same_v<T, StockChanged>;

template <class T>
inline constexpr bool kIsEffect =
    std::is_same_v<T, Reserve> || std::is_same_v<T, Release> || std::is_same_v<T, HoldRequested> ||
    std::is_same_v<T, HoldConfirmed> || std::is_same_v<T, HoldReleaseRequested> ||
    std::is_same_v<T, DoseReturned> || std::is_same_v<T, DoseTaken> ||
    std::is_same_v<T, ProgrammeConfigured>;

bool is_effect_type(std::uint16_t type) {
  switch (type) {
    case kTypeOf<Reserve>:
    case kTypeOf<Release>:
    case kTypeOf<HoldRequested>:
    case kTypeOf<HoldConfirmed>:
    case kTypeOf<HoldReleaseRequested>:
    case kTypeOf<DoseReturned>:
    case kTypeOf<DoseTaken>:
    case kTypeOf<ProgrammeConfigured>:
      return true;
    default:
      return false;
  }
}

}  // namespace

Inventory::Inventory(Store& store)
    : state_(store), operators_(state_), effects_(state_), sweep_(state_) {}

std::optional<Consumer::Address> Inventory::open(const Envelope& envelope) {
  const bool is_effect = envelope.kind == RecordKind::Effect && is_effect_type(envelope.type);
  if (!is_effect && envelope.kind != RecordKind::Request) return std::nullopt;
  const Record& record = body_.read(envelope);
  if (is_effect) return Address{};
  return std::visit(
      [](const auto& body) -> std::optional<Address> {
        if constexpr (kIsRequest<std::decay_t<decltype(body)>>) {
          if (!is_id(body.site.text)) return std::nullopt;
          return Address{body.site.text, std::nullopt};
        } else {
          return std::nullopt;
        }
      },
      record);
}

Hash128 Inventory::hash_of(std::uint16_t type, std::uint16_t, Bytes body) const {
  return hash_of_body(type, body);
}

Applied Inventory::apply(const Arrival& arrival, Context& context) {
  const Envelope& envelope = arrival.envelope;
  return std::visit(
      [&](const auto& body) {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (kIsRequest<Body>) {
          if (envelope.kind != RecordKind::Request || !envelope.asked) return Applied::DeadLetter;
          operators_.apply(*envelope.asked, body, context);
          if constexpr (std::is_same_v<Body, SlotWithdrawn>) sweep_.tell(context);
          return Applied::Done;
        } else if constexpr (kIsEffect<Body>) {
          if (envelope.kind != RecordKind::Effect) return Applied::DeadLetter;
          return effects_.apply(body, context);
        } else {
          return Applied::DeadLetter;
        }
      },
      body_.record());
}

void Inventory::refuse_misplaced(const Arrival& arrival, Context& context) {
  const Envelope& envelope = arrival.envelope;
  std::visit(
      [&](const auto& body) {
        if constexpr (kIsRequest<std::decay_t<decltype(body)>>) {
          if (envelope.asked) operators_.refuse_misplaced(*envelope.asked, body, context);
        }
      },
      body_.record());
}

void Inventory::on_tick(Context& context) {
  sweep_.on_tick(context);
}

Instant Inventory::next_deadline(const LogTime& time) const {
  return sweep_.next_deadline(time);
}

void Inventory::reissue(PartitionRef, std::uint64_t, Context&) {}

void Inventory::rebuild() {
  state_.rebuild();
}

}  // namespace jari::inventory
