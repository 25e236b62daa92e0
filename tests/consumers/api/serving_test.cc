// Which calls a node answers that is there for one of the two alone.

#include <set>

#include <gmock/gmock.h>

#include "consumers/api/routes.h"

namespace jari::api {
namespace {

using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAre;

constexpr Serving kDoor{.changes = true, .reads = false};
constexpr Serving kQuery{.changes = false, .reads = true};
constexpr Serving kNeither{.changes = false, .reads = false};

std::set<std::string> served(const Serving& serving, bool are_changes) {
  std::set<std::string> all;
  for (const Route& route : routes()) {
    if (is_change(route) == are_changes && is_served(route, serving)) {
      all.emplace(route.pattern);
    }
  }
  return all;
}

TEST(Serving, ADoorShowsWhatBecameOfARequestAndItselfOnly) {
  EXPECT_THAT(
      served(kDoor, false),
      UnorderedElementsAre("/healthz", "/readyz", "/metrics", "/openapi.json",
                           "/.well-known/jwks.json", "/v1/operator/status", "/v1/requests/{key}"));
  EXPECT_EQ(served(kDoor, true), served({}, true));
}

TEST(Serving, WhoAnswersQueriesTakesNoChange) {
  EXPECT_TRUE(served(kQuery, true).empty());
  EXPECT_EQ(served(kQuery, false), served({}, false));
}

TEST(Serving, WhoDoesNeitherShowsItself) {
  EXPECT_TRUE(served(kNeither, true).empty());
  EXPECT_THAT(served(kDoor, false), IsSupersetOf(served(kNeither, false)));
  EXPECT_EQ(served(kNeither, false).count("/v1/operator/status"), 1U);
  EXPECT_EQ(served(kNeither, false).count("/v1/requests/{key}"), 0U);
}

}  // namespace
}  // namespace jari::api
