// What everybody sees of a programme, and where it still has places.
#include <algorithm>
#include <array>

#include "consumers/api/documents.h"
#include "consumers/api/pages.h"
#include "consumers/api/refusals.h"
#include "consumers/api/routes.h"

namespace jari::api {
namespace {

constexpr std::array<std::string_view, 6> kSearch{"region", "product", "from",
                                                  "to",     "after",   "limit"};
constexpr milliseconds kTimeAhead{14LL * 24 * 3600 * 1000};

void look_at_programme(const World& world, const Turn& turn, Call& call) {
  show_programme(world, turn, ProgrammeId{call.captures[0]}, call.reply);
  call.reply.version.reset();
}

/// One row of the search, and where it stands in the order: by site, then by product.
struct Found {
  inventory::AvailableSite row;
  std::string_view product;
  [[nodiscard]] std::pair<std::string_view, std::string_view> place() const {
    return {row.site.site.text, product};
  }
};

/// A text behind every id that comes before `id`: the last site of the page before may have more
/// rows, of later products.
std::string just_before(std::string_view id) {
  if (id.empty()) return {};
  std::string text(id);
  --text.back();
  return text.append(kIdBytesMax, '\x7f');
}

std::pair<std::string, std::string> parse_after(const std::string& after) {
  const std::size_t slash = after.find('/');
  if (slash == std::string::npos) return {};
  return {after.substr(0, slash), after.substr(slash + 1)};
}

std::vector<Found> search(const World& world, const Turn& turn, const Search& search,
                          const std::vector<std::string_view>& products,
                          const std::pair<std::string, std::string>& after, Reply& reply) {
  const std::string begin = just_before(after.first);
  std::vector<Found> all;
  for (PartitionNo i = 0; i < world.sites.size(); ++i) {
    const PartitionRef where{kInventoryTopic, i};
    touch(reply, turn, where);
    const Instant now = turn.time(where).now;
    const Instant from = search.from.value_or(now);
    const inventory::Times times{from, search.to.value_or(from + kTimeAhead)};
    for (const std::string_view product : products) {
      const auto rows = world.sites[i]->view().availability(
          ProductId{product}, search.region, times, now, SiteId{begin}, search.limit + 2);
      for (const auto& row : rows) all.push_back({row, product});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Found& a, const Found& b) { return a.place() < b.place(); });
  const auto is_before = [&](const Found& one) {
    return one.place() <= std::pair<std::string_view, std::string_view>{after.first, after.second};
  };
  if (!after.first.empty()) all.erase(std::remove_if(all.begin(), all.end(), is_before), all.end());
  return all;
}

void look_at_availability(const World& world, const Turn& turn, Call& call) {
  const Search& asked = call.search;
  Reply& reply = call.reply;
  touch(reply, turn, kProgrammesHome);
  const auto settings = world.programmes.front()->settings(ProgrammeId{call.captures[0]});
  if (!settings) return refuse(reply, Code::UnknownProgramme);
  std::pair<std::string, std::string> after;
  if (!asked.after.empty()) {
    const auto page = parse_page(ListKind::Availability, asked.after);
    if (page) after = parse_after(*page);
    if (after.first.empty()) return refuse(reply, {.code = Code::InvalidRequest, .field = "after"});
  }
  std::vector<std::string_view> products;
  for (const ProductSettings& product : settings->products) {
    if (asked.product.empty() || product.product.text == asked.product) {
      products.push_back(product.product.text);
    }
  }
  const auto found = search(world, turn, asked, products, after, reply);
  const std::size_t count = std::min(found.size(), asked.limit);
  std::string body;
  http::JsonWriter json(body);
  json.begin_object().key("sites").begin_array();
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [row, product] = found[i];
    json.begin_object().field("site", row.site.site.text).field("name", row.site.name);
    json.field("region", row.site.region).field("zone", row.site.zone).field("product", product);
    json.field("next_slot_at", text_at(row.next_slot_at)).field("available", row.available);
    json.end_object();
  }
  json.end_array();
  if (found.size() > count) {
    const auto [site, product] = found[count - 1].place();
    json.field("next",
               page_text(ListKind::Availability, std::string(site) + "/" + std::string(product)));
  }
  json.field("as_of", text_at(turn.time(kProgrammesHome).now)).end_object();
  show(reply, std::move(body));
}

}  // namespace

void add_programme_routes(std::vector<Route>& to) {
  to.push_back({.pattern = "/v1/programmes/{programme}",
                .answers = Answers::Published,
                .look = look_at_programme});
  to.push_back({.pattern = "/v1/programmes/{programme}/availability",
                .answers = Answers::Published,
                .parameters = kSearch,
                .look = look_at_availability});
}

}  // namespace jari::api
