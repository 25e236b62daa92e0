#include "consumers/timeline/named.h"

namespace jari::timeline {
namespace {

void take(std::string_view& to, std::string_view text) {
  if (to.empty()) to = text;
}

template <class Body>
void name(Named& named, const Body& body) {
  for_each_field(body, [&]([[maybe_unused]] std::string_view field, const auto& member) {
    using M = std::decay_t<decltype(member)>;
    if constexpr (std::is_same_v<M, PersonId>) {
      take(named.person, member.text);
    } else if constexpr (std::is_same_v<M, QueueId>) {
      take(named.queue, member.text);
    } else if constexpr (std::is_same_v<M, SiteId>) {
      take(named.site, member.text);
    } else if constexpr (std::is_same_v<M, SlotId>) {
      take(field == "replaces" ? named.replaced_slot : named.slot, member.text);
    } else if constexpr (std::is_same_v<M, AppointmentId>) {
      take(named.appointment, member.text);
    } else if constexpr (std::is_same_v<M, HoldId>) {
      take(field == "replaces" ? named.replaced_hold : named.hold, member.text);
    } else if constexpr (std::is_same_v<M, std::uint64_t>) {
      if (field == "ticket") named.ticket = member;
    } else if constexpr (std::is_same_v<M, std::optional<Appointment>>) {
      if (member) name(named, *member);
    }
  });
}

}  // namespace

Named named_in(const Record& body) {
  Named named;
  std::visit(
      [&](const auto& one) {
        if constexpr (HasFields<std::decay_t<decltype(one)>>) name(named, one);
      },
      body);
  return named;
}

}  // namespace jari::timeline
