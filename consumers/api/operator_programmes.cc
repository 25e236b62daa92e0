// An operator's calls on programmes. A version is answered once every partition that decides by it
// holds it.
#include <algorithm>

#include "consumers/api/documents.h"
#include "consumers/api/routes.h"

namespace jari::api {
namespace {

constexpr std::string_view kOne = "/v1/operator/programmes/{programme}";

std::string element(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "].";
}

std::vector<CohortWindow> read_cohorts(Form& form, Need need) {
  std::vector<CohortWindow> windows;
  for (const http::JsonValue& value : form.list("cohorts", need, 0, kCohortWindowsMax)) {
    Form inner(value, element("cohorts", windows.size()));
    CohortWindow& window = windows.emplace_back();
    window.cohort = CohortId{inner.id("cohort")};
    window.opens_at = inner.time("opens_at", Need::Required).value_or(Instant{});
    window.closes_at = inner.time("closes_at", Need::Required).value_or(Instant{});
    if (window.closes_at <= window.opens_at) inner.refuse("closes_at", "must be after opens_at");
    form.take(inner.fault());
  }
  return windows;
}

std::vector<ProductSettings> read_products(Form& form, Need need) {
  std::vector<ProductSettings> products;
  for (const http::JsonValue& value : form.list("products", need, 1, kProductsMax)) {
    Form inner(value, element("products", products.size()));
    ProductSettings product;
    product.product = ProductId{inner.id("product")};
    product.doses =
        static_cast<std::uint8_t>(inner.integer("doses", Need::Required, 1, 2).value_or(1));
    product.interval_days_min = static_cast<std::int32_t>(
        inner.integer("interval_days_min", Need::Required, 0, kIntervalDaysMax).value_or(0));
    product.interval_days_max = static_cast<std::int32_t>(
        inner.integer("interval_days_max", Need::Optional, 0, kIntervalDaysMax)
            .value_or(kNoLatestDay));
    for (const std::string_view before : inner.ids("follows", kProductsMax)) {
      product.follows.emplace_back(before);
    }
    const bool has_end = product.interval_days_max != kNoLatestDay;
    if (has_end && product.interval_days_max < product.interval_days_min) {
      inner.refuse("interval_days_max", "must be at least interval_days_min");
    }
    for (const ProductSettings& other : products) {
      if (other.product == product.product) inner.refuse("product", "must be listed once");
    }
    products.push_back(std::move(product));
    form.take(inner.fault());
  }
  return products;
}

std::optional<Fault> configure(Asking& asking, bool is_whole) {
  Call& call = asking.call;
  Form form(*asking.body);
  const Need need = is_whole ? Need::Required : Need::Optional;
  ProgrammeConfigured settings{};
  const auto names = [&](std::string_view name, ProgrammeField field) {
    if (!is_whole && !form.has(name)) return false;
    settings.set |= static_cast<std::uint32_t>(field);
    return true;
  };
  const auto is_cleared = [&](std::string_view name) { return !is_whole && form.is_cleared(name); };
  const auto count = [&](std::string_view name, ProgrammeField field, Need wanted,
                         std::int64_t least, std::int64_t most, std::uint32_t& number) {
    if (!names(name, field) || (wanted == Need::Optional && is_cleared(name))) return;
    const Need now = is_whole ? wanted : Need::Optional;
    number = static_cast<std::uint32_t>(form.integer(name, now, least, most).value_or(number));
  };
  settings.programme = ProgrammeId{call.captures[0]};
  settings.expects_version = call.if_match.value_or(0);
  if (names("name", ProgrammeField::Name)) settings.name = form.text("name", need);
  if (names("queue", ProgrammeField::Queue) && !is_cleared("queue")) {
    settings.queue = QueueId{form.id("queue", Need::Optional)};
  }
  if (names("cohorts", ProgrammeField::Cohorts)) settings.cohorts = read_cohorts(form, need);
  if (names("products", ProgrammeField::Products)) settings.products = read_products(form, need);
  count("active_appointments_max", ProgrammeField::ActiveMax, Need::Required, 1,
        kActiveAppointmentsMax, settings.active_appointments_max);
  count("hold_seconds", ProgrammeField::HoldSeconds, Need::Required, 0, kHoldSecondsMax,
        settings.hold_seconds);
  count("rebook_seconds", ProgrammeField::RebookSeconds, Need::Optional, 0, kRebookSecondsMax,
        settings.rebook_seconds);
  call.reason = form.text("reason", Need::Required, kReasonLimits);
  if (auto fault = form.fault()) return fault;
  add_append(call, kProgrammesHome, settings);
  return std::nullopt;
}

std::optional<Fault> put(Asking& asking) {
  return configure(asking, true);
}
std::optional<Fault> patch(Asking& asking) {
  return configure(asking, false);
}

/// Who does not hold the version yet is named, in case the wait ends first.
bool is_everywhere(const World& world, const Turn& turn, Call& call) {
  Reply& reply = call.reply;
  reply.missing = lacking(world, ProgrammeId{call.captures[0]}, reply.version.value_or(0));
  for (const PartitionRef where : world.log.partitions()) {
    const bool decides = !world.log.topics[where.topic].is_sink && where != kProgrammesHome;
    const bool lacks =
        std::find(reply.missing.begin(), reply.missing.end(), where) != reply.missing.end();
    if (decides && !lacks) touch(reply, turn, where);
  }
  return reply.missing.empty();
}

void look_at_settings(const World& world, const Turn& turn, Call& call) {
  show_programme(world, turn, ProgrammeId{call.captures[0]}, call.reply);
}

}  // namespace

std::vector<PartitionRef> lacking(const World& world, ProgrammeId programme,
                                  std::uint32_t version) {
  std::vector<PartitionRef> all;
  const auto see = [&](PartitionRef where, const settings::ProgrammeTable& table) {
    const settings::ProgrammeRow* row = table.find(programme);
    if (row == nullptr || row->version < version) all.push_back(where);
  };
  for (PartitionNo i = 0; i < world.queues.size(); ++i) {
    see({kQueueTopic, i}, world.queues[i]->programmes());
  }
  for (PartitionNo i = 0; i < world.bookings.size(); ++i) {
    see({kBookingsTopic, i}, world.bookings[i]->view().programmes());
  }
  for (PartitionNo i = 0; i < world.sites.size(); ++i) {
    see({kInventoryTopic, i}, world.sites[i]->view().programmes());
  }
  return all;
}

void add_operator_programme_routes(std::vector<Route>& to) {
  to.push_back({.pattern = kOne, .access = Access::Reader, .look = look_at_settings});
  to.push_back({.method = http::Method::Put,
                .pattern = kOne,
                .access = Access::Operator,
                .key = KeyRule::Optional,
                .takes_body = true,
                .takes_if_match = true,
                .prepare = put,
                .is_settled = is_everywhere});
  to.push_back({.method = http::Method::Patch,
                .pattern = kOne,
                .access = Access::Operator,
                .key = KeyRule::Optional,
                .takes_body = true,
                .takes_if_match = true,
                .prepare = patch,
                .is_settled = is_everywhere});
}

}  // namespace jari::api
