// What everybody sees of sites and their slots.
#include <algorithm>
#include <array>

#include "consumers/api/documents.h"
#include "consumers/api/pages.h"
#include "consumers/api/refusals.h"
#include "consumers/api/routes.h"

namespace jari::api {
namespace {

constexpr std::array<std::string_view, 3> kSiteSearch{"region", "after", "limit"};
constexpr std::array<std::string_view, 4> kSlotSearch{"from", "to", "after", "limit"};
constexpr milliseconds kTimeAhead{14LL * 24 * 3600 * 1000};

void refuse_after(Reply& reply) {
  refuse(reply, {.code = Code::InvalidRequest,
                 .field = "after",
                 .detail = "after must be `next` of the page before."});
}

/// Each partition has its sites in order; the first of all of them are a page.
void list_sites(const World& world, const Turn& turn, Call& call) {
  std::string after;
  if (!call.search.after.empty()) {
    const auto page = parse_page(ListKind::Sites, call.search.after);
    if (!page) return refuse_after(call.reply);
    after = *page;
  }
  const std::size_t limit = call.search.limit;
  std::vector<inventory::SiteView> found;
  for (PartitionNo i = 0; i < world.sites.size(); ++i) {
    touch(call.reply, turn, {kInventoryTopic, i});
    const auto some = world.sites[i]->view().sites(call.search.region, SiteId{after}, limit + 1);
    found.insert(found.end(), some.begin(), some.end());
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.site < b.site; });
  const std::size_t count = std::min(found.size(), limit);
  std::string body;
  http::JsonWriter json(body);
  json.begin_object().key("sites").begin_array();
  for (std::size_t i = 0; i < count; ++i) {
    json.begin_object();
    append_site(json, found[i]);
    json.end_object();
  }
  json.end_array();
  if (found.size() > count) {
    json.field("next", page_text(ListKind::Sites, found[count - 1].site.text));
  }
  json.end_object();
  show(call.reply, std::move(body));
}

void list_slots(const World& world, const Turn& turn, Call& call) {
  const SiteId site{call.captures[0]};
  const PartitionRef where = world.home_of(kInventoryTopic, site.text);
  touch(call.reply, turn, where);
  const inventory::View view = world.site_at(where).view();
  if (!view.site(site)) return refuse(call.reply, Code::UnknownSite);
  const Instant now = turn.time(where).now;
  const Instant from = call.search.from.value_or(now);
  const inventory::Times times{from, call.search.to.value_or(from + kTimeAhead)};
  std::optional<PagePlace> after;
  if (!call.search.after.empty()) {
    after = parse_place(ListKind::Slots, call.search.after);
    if (!after) return refuse_after(call.reply);
  }
  const inventory::Counts::SlotPlace place =
      after ? inventory::Counts::SlotPlace{after->at, after->id} : inventory::Counts::SlotPlace{};
  const auto found = view.slots(site, times, place, call.search.limit + 1);
  const std::size_t count = std::min(found.size(), call.search.limit);
  std::string body;
  body.reserve(count * 200 + 256);
  http::JsonWriter json(body);
  json.begin_object().field("site", site.text).key("slots").begin_array();
  for (std::size_t i = 0; i < count; ++i) {
    const inventory::SlotView& slot = found[i];
    json.begin_object().field("slot", slot.slot.text).field("starts_at", text_at(slot.starts_at));
    append_slot(json, slot);
    json.field("state", slot.is_withdrawn ? "withdrawn" : "open").end_object();
  }
  json.end_array();
  append_stock(json, view.stock(site), false);
  if (found.size() > count) {
    const inventory::SlotView& last = found[count - 1];
    json.field("next", place_text(ListKind::Slots, last.starts_at, last.slot.text));
  }
  json.field("as_of", text_at(now)).end_object();
  show(call.reply, std::move(body));
}

}  // namespace

void add_site_routes(std::vector<Route>& to) {
  to.push_back({.pattern = "/v1/sites",
                .answers = Answers::Published,
                .parameters = kSiteSearch,
                .look = list_sites});
  to.push_back({.pattern = "/v1/sites/{site}/slots",
                .answers = Answers::Published,
                .parameters = kSlotSearch,
                .look = list_slots});
}

}  // namespace jari::api
