#include "consumers/legacy/watch.h"

#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "engine/http/json_reader.h"

namespace jari::legacy {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

Change taken() {
  Change change;
  change.id = 7;
  change.noted_at = "1772355600000";
  change.by = "kim";
  change.what = "taken";
  change.row_key = "CL-7";
  change.programme = "flu";
  change.person = "p-\"1\"";
  change.site = "site-7";
  change.slot = "am";
  change.product = "vaccine-a";
  return change;
}

TEST(Watch, APlaceTakenIsABookingForThatPerson) {
  const Call call = call_of(taken());
  EXPECT_FALSE(call.is_delete);
  EXPECT_EQ(call.target, "/v1/operator/appointments");
  EXPECT_EQ(call.key, "legacy-7-1772355600000");
  const auto body = http::parse_json(call.body).value();
  EXPECT_THAT(body.root().size(), 6U);
  EXPECT_EQ(body.root().member("person")->text(), "p-\"1\"");
  EXPECT_EQ(body.root().member("slot")->text(), "am");
  EXPECT_THAT(std::string{*body.root().member("reason")->text()}, HasSubstr("kim"));
}

TEST(Watch, ACancellationNamesTheAppointmentAndNothingElse) {
  Change change = taken();
  change.what = "cancelled";
  change.row_key = "a1-7/../x?";
  const Call call = call_of(change);
  EXPECT_TRUE(call.is_delete);
  EXPECT_EQ(call.target, "/v1/operator/appointments/a1-7%2F..%2Fx%3F");
  EXPECT_EQ(call.body, "");
  EXPECT_THAT(call.reason, HasSubstr("kim"));
}

TEST(Watch, ANameThatIsTooLongLeavesAReasonThatIsTaken) {
  Change change = taken();
  change.by = std::string(500, 'k');
  EXPECT_THAT(call_of(change).reason, SizeIs(200));
}

TEST(Watch, OnlyAClearNoIsAConflict) {
  for (const int status : {200, 201, 204}) EXPECT_EQ(judge(status, ""), Verdict::Done) << status;
  const std::vector<std::pair<int, std::string_view>> later{
      {202, ""},
      {302, ""},
      {401, "token-invalid"},
      {429, "slow-down"},
      {500, "internal-error"},
      {503, "overloaded"},
  };
  for (const auto& [status, code] : later) EXPECT_EQ(judge(status, code), Verdict::Later) << code;
  const std::vector<std::pair<int, std::string_view>> conflicts{
      {400, "invalid-request"}, {403, "not-eligible"},           {404, "unknown-appointment"},
      {409, "slot-full"},       {422, "idempotency-key-reused"},
  };
  for (const auto& [status, code] : conflicts) {
    EXPECT_EQ(judge(status, code), Verdict::Conflict) << code;
  }
}

TEST(Watch, WhereItAsksTheWrongServiceOrWithTheWrongTokenTheChangesWait) {
  EXPECT_EQ(judge(403, "scope-required"), Verdict::Later);      // of a person, of another site
  EXPECT_EQ(judge(405, "method-not-allowed"), Verdict::Later);  // a node that takes no changes
  EXPECT_EQ(judge(404, "not-found"), Verdict::Later);
  EXPECT_EQ(judge(404, ""), Verdict::Later);  // no service of ours
}

}  // namespace
}  // namespace jari::legacy
