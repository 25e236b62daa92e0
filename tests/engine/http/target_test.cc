#include "engine/http/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jari::http {
namespace {

using testing::Eq;
using testing::Optional;
using Kind = RouteMatch::Kind;

TEST(PercentDecode, FollowsRfc3986) {
  EXPECT_THAT(percent_decode("a%20b%2Fc+d"), Optional(Eq("a b/c+d")));
  EXPECT_THAT(percent_decode("%EC%9E%90"), Optional(Eq("자")));
  EXPECT_THAT(percent_decode(""), Optional(Eq("")));
  for (const char* wrong : {"%", "%2", "%zz", "a%", "%0", "%ff", "%C0%AF", "%-1"}) {
    EXPECT_FALSE(percent_decode(wrong)) << wrong;
  }
  EXPECT_EQ(percent_encode("a b/ü~"), "a%20b%2F%C3%BC~");
}

TEST(Query, ReadsParametersInOrder) {
  const auto query = Query::parse("region=New%20York&limit=10&flag&empty=&region=x&a+b=1+2&eq=a=b");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->find("region"), "New York");
  EXPECT_EQ(query->count("region"), 2U);
  EXPECT_EQ(query->find("flag"), "");
  EXPECT_EQ(query->find("empty"), "");
  EXPECT_EQ(query->find("a+b"), "1+2");
  EXPECT_EQ(query->find("eq"), "a=b");
  EXPECT_FALSE(query->find("missing"));
  EXPECT_TRUE(Query::parse("")->parameters().empty());
  EXPECT_TRUE(Query::parse("&&")->parameters().empty());
}

TEST(Query, RefusesWhatItCannotDecode) {
  EXPECT_FALSE(Query::parse("a=%zz"));
  EXPECT_FALSE(Query::parse("%ff=1"));
  EXPECT_FALSE(Query::parse("=1"));
  std::string many;
  for (int i = 0; i < 33; ++i) many += "a=1&";
  EXPECT_FALSE(Query::parse(many));
}

class Routes : public testing::Test {
 protected:
  Routes() {
    router.add(Method::Get, "/healthz", 1);
    router.add(Method::Get, "/v1/queues/{queue}", 2);
    router.add(Method::Post, "/v1/queues/{queue}/tickets", 3);
    router.add(Method::Get, "/v1/queues/{queue}/tickets/me", 4);
    router.add(Method::Delete, "/v1/queues/{queue}/tickets/me", 5);
    router.add(Method::Get, "/v1/appointments/{appointment}", 6);
    router.add(Method::Get, "/v1/operator/sites/{site}/slots/{slot}", 7);
    router.add(Method::Put, "/v1/operator/sites/{site}/slots/{slot}", 8);
    router.add(Method::Get, "/v1/{anything}/new/{deep}/end", 9);
  }
  Router router;
};

TEST_F(Routes, FindsThePathAndWhatItCaptures) {
  EXPECT_EQ(router.match(Method::Get, "/healthz").route, 1);
  const RouteMatch ticket = router.match(Method::Get, "/v1/queues/north/tickets/me");
  EXPECT_EQ(ticket.kind, Kind::Found);
  EXPECT_EQ(ticket.route, 4);
  EXPECT_EQ(ticket.captures[0], "north");
  const RouteMatch slot = router.match(Method::Put, "/v1/operator/sites/s%3A1/slots/2021%2F07");
  EXPECT_EQ(slot.route, 8);
  EXPECT_EQ(slot.captures[0], "s:1");
  EXPECT_EQ(slot.captures[1], "2021/07");
}

TEST_F(Routes, TellsAnUnknownPathFromAWrongMethod) {
  for (const char* unknown :
       {"/", "", "/v1", "/v1/queues", "/v1/queues/", "/v1/queues//tickets", "/healthz/",
        "//healthz", "/v1/queues/north/tickets/you", "*", "/HEALTHZ"}) {
    EXPECT_EQ(router.match(Method::Get, unknown).kind, Kind::UnknownPath) << unknown;
  }
  const RouteMatch wrong = router.match(Method::Patch, "/v1/queues/north/tickets/me");
  EXPECT_EQ(wrong.kind, Kind::WrongMethod);
  EXPECT_EQ(wrong.allow, "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(router.match(Method::Get, "/v1/queues/north/tickets").allow, "POST, OPTIONS");
  EXPECT_EQ(router.match(Method::Other, "/healthz").kind, Kind::WrongMethod);
  EXPECT_EQ(router.match(Method::Options, "/healthz").kind, Kind::WrongMethod);
}

TEST_F(Routes, CountsHeadWithGet) {
  EXPECT_EQ(router.match(Method::Head, "/healthz").route, 1);
  EXPECT_EQ(router.match(Method::Head, "/v1/queues/north/tickets").kind, Kind::WrongMethod);
}

TEST_F(Routes, GoesBackFromALiteralThatLeadsNowhere) {
  const RouteMatch match = router.match(Method::Get, "/v1/queues/new/x/end");
  EXPECT_EQ(match.route, 9);
  EXPECT_EQ(match.captures[0], "queues");
  EXPECT_EQ(match.captures[1], "x");
}

TEST_F(Routes, RefusesACaptureThatCannotBeDecoded) {
  EXPECT_EQ(router.match(Method::Get, "/v1/queues/%zz").kind, Kind::BadPath);
  EXPECT_EQ(router.match(Method::Get, "/v1/queues/%ff").kind, Kind::BadPath);
  EXPECT_EQ(router.match(Method::Get, "/nowhere/%zz").kind, Kind::UnknownPath);
}

}  // namespace
}  // namespace jari::http
