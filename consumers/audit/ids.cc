#include "consumers/audit/ids.h"

#include <type_traits>

namespace jari::audit {
namespace {

/// Calls visit(where it goes, text) for each text of it that rules ask for.
template <class T, class Visit>
void for_each_name(const T& one, Visit&& visit) {
  if constexpr (requires { one.person.text; }) visit(&Ids::person, one.person.text);
  if constexpr (requires { one.programme.text; }) visit(&Ids::programme, one.programme.text);
  if constexpr (std::is_same_v<T, Outcome>) return;
  if constexpr (requires { one.queue.text; }) visit(&Ids::queue, one.queue.text);
  if constexpr (requires { one.site.text; }) visit(&Ids::site, one.site.text);
  if constexpr (requires { one.slot.text; }) visit(&Ids::slot, one.slot.text);
  if constexpr (requires { one.cohort.text; }) visit(&Ids::cohort, one.cohort.text);
  // What a booking asks for may be any text; what its site is asked for is a product.
  if constexpr (requires { one.product.text; } && !std::is_same_v<T, BookingRequested>) {
    visit(&Ids::product, one.product.text);
  }
}

}  // namespace

std::uint64_t hash_of_request(std::string_view request) {
  return hash128(bytes_of(request)).low;
}

Made made_appointment(std::string_view text) {
  const auto id = parse_appointment(text);
  return id ? id->number : 0;
}

Made made_hold(std::string_view text) {
  const auto id = parse_hold(text);
  return id ? id->number : 0;
}

Hashes expect_ids(const Names& names, const Record& body) {
  Hashes hashes{};
  std::visit(
      [&](const auto& one) {
        auto hash = hashes.begin();
        for_each_name(one,
                      [&](Name Ids::*, std::string_view text) { *hash++ = names.expect(text); });
      },
      body);
  return hashes;
}

void expect_ids_soon(const Names& names, const Record& body, const Hashes& hashes) {
  std::visit(
      [&](const auto& one) {
        auto hash = hashes.begin();
        for_each_name(one, [&](Name Ids::*, std::string_view) { names.expect_soon(*hash++); });
      },
      body);
}

Ids read_ids(Names& names, const Record& body, const Hashes& hashes) {
  Ids ids;
  std::visit(
      [&](const auto& one) {
        using T = std::decay_t<decltype(one)>;
        auto hash = hashes.begin();
        for_each_name(one, [&](Name Ids::*which, std::string_view text) {
          ids.*which = names.intern(text, *hash++);
        });
        if constexpr (requires { one.appointment.text; }) {
          ids.appointment = made_appointment(one.appointment.text);
        }
        if constexpr (requires { one.hold.text; }) ids.hold = made_hold(one.hold.text);
        if constexpr (std::is_same_v<T, HoldRequested>) {
          ids.replaces = made_hold(one.replaces.text);
        }
      },
      body);
  return ids;
}

std::vector<Name> read_cohorts(Names& names, const ProgrammeConfigured& settings) {
  std::vector<Name> cohorts;
  for (const CohortWindow& one : settings.cohorts) cohorts.push_back(names.of(one.cohort));
  return cohorts;
}

}  // namespace jari::audit
