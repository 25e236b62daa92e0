// An operator's calls on sites, slots and stock, and the day list.
#include <array>
#include <cmath>

#include "consumers/api/documents.h"
#include "consumers/api/pages.h"
#include "consumers/api/refusals.h"
#include "consumers/api/routes.h"
#include "consumers/api/zones.h"

namespace jari::api {
namespace {

constexpr std::string_view kSite = "/v1/operator/sites/{site}";
constexpr std::string_view kSlot = "/v1/operator/sites/{site}/slots/{slot}";
constexpr std::string_view kStock = "/v1/operator/sites/{site}/stock";
constexpr std::array<std::string_view, 1> kWithdrawal{"appointments"};
constexpr TextLimits kShortLimits{1, 64};
constexpr double kMillionths = 1'000'000.0;
constexpr std::int64_t kLengthSecondsMax = 86'400;
constexpr std::int64_t kCapacityMax = 1'000'000;
constexpr std::int64_t kDosesMax = 10'000'000;

std::optional<Fault> put_site(Asking& asking) {
  Form form(*asking.body);
  SitePublished site{};
  site.site = SiteId{asking.call.captures[0]};
  site.name = form.text("name", Need::Required);
  site.region = form.text("region", Need::Required, kShortLimits);
  site.zone = form.text("zone", Need::Required, kShortLimits);
  if (!site.zone.empty() && !is_zone(site.zone)) {
    form.refuse("zone", "must be an IANA time zone, such as Asia/Seoul");
  }
  site.address = form.text("address", Need::Optional);
  site.phone = form.text("phone", Need::Optional, kShortLimits);
  const auto latitude = form.number("latitude", Need::Optional, -90, 90);
  const auto longitude = form.number("longitude", Need::Optional, -180, 180);
  if (latitude.has_value() != longitude.has_value()) {
    form.refuse(latitude ? "longitude" : "latitude", "must be given with the other");
  }
  site.has_place = latitude && longitude;
  if (site.has_place) {
    site.latitude = static_cast<std::int32_t>(std::lround(*latitude * kMillionths));
    site.longitude = static_cast<std::int32_t>(std::lround(*longitude * kMillionths));
  }
  site.expects_version = asking.call.if_match.value_or(0);
  asking.call.reason = form.text("reason", Need::Required, kReasonLimits);
  if (auto fault = form.fault()) return fault;
  add_append(asking, kInventoryTopic, site.site.text, site);
  return std::nullopt;
}

std::optional<Fault> put_slot(Asking& asking) {
  Form form(*asking.body);
  SlotPublished slot{};
  slot.site = SiteId{asking.call.captures[0]};
  slot.slot = SlotId{asking.call.captures[1]};
  slot.starts_at = form.time("starts_at", Need::Required).value_or(Instant{});
  slot.length_seconds = static_cast<std::uint32_t>(
      form.integer("length_seconds", Need::Required, 60, kLengthSecondsMax).value_or(0));
  slot.capacity = static_cast<std::uint32_t>(
      form.integer("capacity", Need::Required, 0, kCapacityMax).value_or(0));
  slot.expects_version = asking.call.if_match.value_or(0);
  asking.call.reason = form.text("reason", Need::Required, kReasonLimits);
  if (slot.starts_at + seconds{slot.length_seconds} > kNever) {
    form.refuse("starts_at", "must be within the years 1970 to 9999, and its end too");
  }
  if (auto fault = form.fault()) return fault;
  add_append(asking, kInventoryTopic, slot.site.text, slot);
  return std::nullopt;
}

/// The slot's date in its site's zone goes into the record, with the zone; the partition refuses it
/// if the zone is another by then. Of a site that is not there, the partition says so.
std::optional<Refusal> date_slot(const World& world, const Turn& /*turn*/, Call& call) {
  thread_local Encoder encoder;
  Append& append = call.appends.front();
  const std::string before = append.body;
  const Record record = decode(append.type, bytes_of(before));
  SlotPublished slot = std::get<SlotPublished>(record);
  const inventory::View view = world.site_at(append.where).view();
  const auto site = view.site(slot.site);
  slot.zone = site ? site->zone : std::string_view{"UTC"};
  slot.starts_on = local_day(slot.zone, slot.starts_at).value_or(Day{});
  if (!slot.starts_on.is_known()) {
    return Refusal{.code = Code::InvalidRequest,
                   .field = "starts_at",
                   .detail = "The date of starts_at in the zone of the site cannot be known."};
  }
  if (!view.slot(slot.site, slot.slot)) {
    append.body = text_of(encoder.encode(slot));
    return std::nullopt;
  }
  const SlotChanged change{slot.site,     slot.slot,      slot.starts_at, slot.length_seconds,
                           slot.capacity, slot.starts_on, slot.zone,      slot.expects_version};
  append.type = kTypeOf<SlotChanged>;
  append.body = text_of(encoder.encode(change));
  return std::nullopt;
}

std::optional<Fault> withdraw(Asking& asking) {
  const SlotWithdrawn slot{SiteId{asking.call.captures[0]}, SlotId{asking.call.captures[1]},
                           asking.call.search.after == "cancel"};
  add_append(asking, kInventoryTopic, slot.site.text, slot);
  return std::nullopt;
}

/// Who is booked is noted before the withdrawal takes them out. All that was asked before it has
/// been applied, so what is seen here is what the withdrawal meets.
std::optional<Refusal> look_before_withdrawal(const World& world, const Turn& /*turn*/,
                                              Call& call) {
  const inventory::View view = world.site_at(call.appends.front().where).view();
  if (call.if_match) {
    const auto slot = view.slot(SiteId{call.captures[0]}, SlotId{call.captures[1]});
    if (slot && slot->version != *call.if_match) return Refusal{.code = Code::StaleVersion};
  }
  if (call.search.after != "cancel") return std::nullopt;
  call.booked_by = booked_by_json(view, SiteId{call.captures[0]}, SlotId{call.captures[1]});
  return std::nullopt;
}

std::optional<Fault> change_stock(Asking& asking) {
  Form form(*asking.body);
  StockChanged stock{};
  stock.site = SiteId{asking.call.captures[0]};
  stock.product = ProductId{form.id("product")};
  stock.doses = form.integer("doses", Need::Required, -kDosesMax, kDosesMax).value_or(0);
  stock.lost = form.boolean("lost", Need::Optional).value_or(false);
  asking.call.reason = form.text("reason", Need::Required, kReasonLimits);
  if (auto fault = form.fault()) return fault;
  add_append(asking, kInventoryTopic, stock.site.text, stock);
  return std::nullopt;
}

void look_at_site(const World& world, const Turn& turn, Call& call) {
  show_site(world, turn, SiteId{call.captures[0]}, call.reply);
}
void look_at_slot(const World& world, const Turn& turn, Call& call) {
  show_slot(world, turn, SiteId{call.captures[0]}, SlotId{call.captures[1]}, BookedBy::Never,
            call.reply);
}
void look_at_stock(const World& world, const Turn& turn, Call& call) {
  show_stock(world, turn, SiteId{call.captures[0]}, call.reply);
}

Route change_of(http::Method method, std::string_view pattern) {
  Route route;
  route.method = method;
  route.pattern = pattern;
  route.access = Access::Operator;
  route.key = KeyRule::Optional;
  route.takes_body = true;
  route.is_of_a_site = true;
  return route;
}

Route look_of(std::string_view pattern, decltype(Route::look) look) {
  Route route;
  route.pattern = pattern;
  route.access = Access::Reader;
  route.is_of_a_site = true;
  route.look = look;
  return route;
}

}  // namespace

void add_operator_site_routes(std::vector<Route>& to) {
  to.push_back(look_of(kSite, look_at_site));
  to.push_back(look_of(kSlot, look_at_slot));
  to.push_back(look_of(kStock, look_at_stock));
  Route site = change_of(http::Method::Put, kSite);
  site.takes_if_match = true;
  site.prepare = put_site;
  to.push_back(site);
  Route slot = change_of(http::Method::Put, kSlot);
  slot.takes_if_match = true;
  slot.needs_settled = true;
  slot.prepare = put_slot;
  slot.amend = date_slot;
  to.push_back(slot);
  Route withdrawal = change_of(http::Method::Delete, kSlot);
  withdrawal.takes_body = false;
  withdrawal.takes_reason = true;
  withdrawal.parameters = kWithdrawal;
  withdrawal.needs_settled = true;
  withdrawal.prepare = withdraw;
  withdrawal.amend = look_before_withdrawal;
  withdrawal.takes_if_match = true;
  to.push_back(withdrawal);
  Route stock = change_of(http::Method::Post, kStock);
  stock.key = KeyRule::Required;
  stock.prepare = change_stock;
  to.push_back(stock);
}

}  // namespace jari::api
