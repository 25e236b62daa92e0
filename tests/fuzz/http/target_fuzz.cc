// Any bytes as a path and a query: what is decoded is UTF-8, and a path has one route at most.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/check.h"
#include "engine/http/target.h"

namespace {

jari::http::Router make_router() {
  using jari::http::Method;
  jari::http::Router router;
  router.add(Method::Get, "/a/{b}", 1);
  router.add(Method::Post, "/a/{b}/c", 2);
  router.add(Method::Get, "/a/{b}/{c}/{d}/{e}", 3);
  router.add(Method::Get, "/{a}/b", 4);
  return router;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace jari::http;
  static const Router router = make_router();
  const std::string_view text{reinterpret_cast<const char*>(bytes), size};
  const RouteMatch match = router.match(Method::Get, text);
  for (const std::string& capture : match.captures) CHECK(is_utf8(capture));
  CHECK((match.kind == RouteMatch::Kind::Found) == (match.route > 0));
  if (const auto query = Query::parse(text); query) {
    for (const Query::Parameter& one : query->parameters()) {
      CHECK(!one.name.empty() && is_utf8(one.name) && is_utf8(one.value));
      CHECK(percent_decode(percent_encode(one.value)) == one.value);
    }
  }
  return 0;
}
