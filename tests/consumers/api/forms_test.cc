#include "consumers/api/forms.h"

#include <gtest/gtest.h>

#include "consumers/api/asking.h"

namespace jari::api {
namespace {

class Bodies : public ::testing::Test {
 protected:
  Bodies() {
    log_.topics = {{"queue", 2, false},      {"bookings", 2, false}, {"inventory", 2, false},
                   {"programmes", 1, false}, {"sync", 2, true},      {"outcomes", 2, true}};
  }

  std::optional<Fault> read(http::Method method, std::string_view pattern, std::string_view body,
                            std::string_view query = {}) {
    Call call;
    for (const Route& route : routes()) {
      if (route.method == method && route.pattern == pattern) call.route = &route;
    }
    CHECK(call.route != nullptr);
    call.captures = {"one", "two", "", ""};
    call.caller.name = "alice";
    const std::vector<http::HeaderField> headers{{"idempotency-key", "k"}, {"jari-reason", "why"}};
    http::RequestHead head;
    head.headers = headers;
    head.query = query;
    if (auto fault = read_head(head, *call.route, log_, call)) return fault;
    return is_change(*call.route) ? read_body(head, body, log_, call) : std::nullopt;
  }

  /// Each value of a field in turn, in a body that is otherwise right.
  void check(http::Method method, std::string_view pattern, const std::string& before,
             const std::string& field, std::string_view good,
             const std::vector<std::string_view>& bad, bool is_required) {
    const auto with = [&](std::string_view value) {
      return "{" + before + ",\"" + field + "\":" + std::string(value) + "}";
    };
    const auto fault = read(method, pattern, with(good));
    EXPECT_FALSE(fault.has_value()) << pattern << ' ' << field << ": " << fault->detail;
    for (const std::string_view value : bad) {
      const auto found = read(method, pattern, with(value));
      ASSERT_TRUE(found.has_value()) << pattern << ' ' << with(value);
      EXPECT_EQ(found->field, field) << found->detail;
      EXPECT_EQ(found->code, Code::InvalidRequest);
    }
    const auto missing = read(method, pattern, "{" + before + "}");
    EXPECT_EQ(missing.has_value(), is_required) << pattern << ' ' << field;
    EXPECT_EQ(missing ? missing->field : field, field);
  }

  LogIdentity log_;
};

const std::vector<std::string_view> kNoIds{"7", "null", R"("")", R"("a b")", R"(["a"])"};

TEST_F(Bodies, OfABooking) {
  constexpr auto kPost = http::Method::Post;
  constexpr std::string_view kPath = "/v1/appointments";
  const std::string rest = R"("site":"s","slot":"am","product":"p")";
  check(kPost, kPath, rest, "programme", R"("flu")", kNoIds, true);
  check(kPost, kPath, R"("programme":"flu","slot":"am","product":"p")", "site", R"("s")", kNoIds,
        true);
  EXPECT_FALSE(read(kPost, kPath, R"({"hold":"h1-2"})"));
  EXPECT_EQ(read(kPost, kPath, R"({"hold":"h1-2","site":"s"})")->field, "site");
  EXPECT_EQ(read(kPost, kPath, "{" + rest + R"(,"programme":"f","nonsense":1})")->field,
            "nonsense");
  EXPECT_EQ(read(kPost, kPath, "[]")->code, Code::InvalidRequest);
  EXPECT_EQ(read(kPost, kPath, "{")->code, Code::InvalidJson);
  EXPECT_EQ(read(kPost, kPath, "")->code, Code::InvalidJson);
}

TEST_F(Bodies, OfAQueue) {
  constexpr auto kPut = http::Method::Put;
  constexpr std::string_view kPath = "/v1/operator/queues/{queue}";
  const std::string times =
      R"("opens_at":"2021-07-12T11:00:00Z","closes_at":"2021-07-13T11:00:00Z")";
  const std::string pace = R"("inside_max":1,"session_seconds":60)";
  const std::string rest = R"("programme":"flu",)" + times + "," + pace + R"(,"reason":"r")";
  check(kPut, kPath, rest, "rate_per_second", "1000000",
        {"-1", "1000001", "1.5", "\"1\"", "null", "true"}, true);
  const std::string whole = rest + R"(,"rate_per_second":1)";
  check(kPut, kPath, whole, "paused", "true", {"null", "1", R"("true")"}, false);
  check(kPut, kPath, whole, "message", R"("")", {"7", "null"}, false);
  check(
      kPut, kPath, whole, "prequeue",
      R"({"opens_at":"2021-07-10T11:00:00Z","closes_at":"2021-07-12T11:00:00+00:00","commitment":)"
      R"("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"})",
      {"7", "null"}, false);
  EXPECT_EQ(read(kPut, kPath, "{" + whole + R"(,"prequeue":{}})")->field, "prequeue.opens_at");
  EXPECT_FALSE(read(kPut, kPath, "{" + rest + R"(,"rate_per_second":1e1})"));
}

TEST_F(Bodies, PatchTakesWhatItNamesAndNullClears) {
  constexpr auto kPatch = http::Method::Patch;
  constexpr std::string_view kPath = "/v1/operator/queues/{queue}";
  EXPECT_FALSE(read(kPatch, kPath, R"({"reason":"r"})"));
  EXPECT_FALSE(read(kPatch, kPath, R"({"reason":"r","prequeue":null,"message":null})"));
  EXPECT_EQ(read(kPatch, kPath, R"({"reason":"r","opens_at":null})")->field, "opens_at");
  EXPECT_EQ(read(kPatch, kPath, R"({"message":"m"})")->field, "reason");
  EXPECT_FALSE(read(kPatch, "/v1/operator/programmes/{programme}",
                    R"({"reason":"r","queue":null,"rebook_seconds":null})"));
}

TEST_F(Bodies, OfAProgrammeNameTheElement) {
  constexpr std::string_view kPath = "/v1/operator/programmes/{programme}";
  const std::string rest = R"({"name":"F","active_appointments_max":1,"hold_seconds":0,)"
                           R"("reason":"r","cohorts":[],"products":)";
  const auto field_of = [&](const std::string& products) {
    const auto fault = read(http::Method::Put, kPath, rest + products + "}");
    return fault ? fault->field : std::string{};
  };
  EXPECT_EQ(field_of(R"([{"product":"p","doses":1,"interval_days_min":0}])"), "");
  EXPECT_EQ(field_of("[]"), "products");
  EXPECT_EQ(field_of(R"([{"product":"p","doses":3,"interval_days_min":0}])"), "products[0].doses");
  EXPECT_EQ(field_of(R"([{"product":"p","doses":1,"interval_days_min":0,"x":1}])"),
            "products[0].x");
  EXPECT_EQ(field_of(R"([{"product":"p","doses":1,"interval_days_min":0},)"
                     R"({"product":"p","doses":1,"interval_days_min":0}])"),
            "products[1].product");
}

TEST_F(Bodies, OfASite) {
  constexpr auto kPut = http::Method::Put;
  constexpr std::string_view kPath = "/v1/operator/sites/{site}";
  check(kPut, kPath, R"("name":"S","region":"r","reason":"why")", "zone", R"("Asia/Seoul")",
        {R"("Mars/Olympus")", R"("/etc/passwd")", R"("")", "7"}, true);
  const std::string whole = R"("name":"S","region":"r","reason":"why","zone":"UTC")";
  check(kPut, kPath, whole + R"(,"longitude":180)", "latitude", "-90", {"91", R"("1")"}, true);
  EXPECT_EQ(read(kPut, kPath, "{" + whole + R"(,"latitude":1})")->field, "longitude");
}

TEST_F(Bodies, OfSlotsStockAndPeople) {
  const std::string slot = R"("length_seconds":60,"capacity":0,"reason":"r")";
  check(http::Method::Put, "/v1/operator/sites/{site}/slots/{slot}", slot, "starts_at",
        R"("2021-07-12T11:00:00.5+09:00")", {R"("tomorrow")", "7", R"("9999-12-31T23:59:59.999Z")"},
        true);
  check(http::Method::Post, "/v1/operator/sites/{site}/stock", R"("product":"p","reason":"r")",
        "doses", "-10000000", {"-10000001", "0.5"}, true);
  check(http::Method::Post, "/v1/operator/appointments/{appointment}/attendance", R"("reason":"r")",
        "attended", "false", {"null", "0"}, true);
  check(http::Method::Post, "/v1/operator/appointments/{appointment}/reschedule",
        R"("reason":"r","site":"s","slot":"t")", "override", R"(["slot-started"])",
        {R"(["no-such"])", R"(["slot-started","slot-started"])", R"("slot-started")"}, false);
  const auto fault = read(http::Method::Post, "/v1/operator/eligibility",
                          R"({"programme":"f","reason":"r","people":[{"person":"a"}]})");
  EXPECT_EQ(fault->field, "people[0].cohort");
}

TEST_F(Bodies, QueriesAreCheckedByParameter) {
  const auto field_of = [&](std::string_view pattern, std::string_view query) {
    const auto fault = read(http::Method::Get, pattern, {}, query);
    return fault ? fault->field : std::string{};
  };
  EXPECT_EQ(field_of("/v1/sites", "region=r&limit=1000"), "");
  for (const std::string_view query : {"limit=0", "limit=1001", "limit=x", "limit=-1", "limit="}) {
    EXPECT_EQ(field_of("/v1/sites", query), "limit") << query;
  }
  EXPECT_EQ(field_of("/v1/sites", "regoin=x"), "regoin");
  EXPECT_EQ(field_of("/v1/sites", "region=a&region=b"), "region");
  EXPECT_EQ(field_of("/v1/sites/{site}/slots", "from=tomorrow"), "from");
  EXPECT_EQ(field_of("/v1/sites/{site}/slots", "from=2021-07-12T11:00:00Z&to=2021-07-12T11:00:00Z"),
            "to");
  EXPECT_EQ(field_of("/v1/operator/changes", "wait=31"), "wait");
  EXPECT_EQ(field_of("/v1/operator/sites/{site}/appointments", "state=lost"), "state");
}

TEST(Text, IsCountedInCharacters) {
  EXPECT_TRUE(fits("백신", {2, 2, false}));
  EXPECT_FALSE(fits("", {1, 2, false}));
  EXPECT_FALSE(fits("a\nb", {1, 9}));
  EXPECT_FALSE(fits("a\xc2\x9b", {1, 9}));
  EXPECT_TRUE(fits("a\nb", {1, 9, true}));
}

}  // namespace
}  // namespace jari::api
