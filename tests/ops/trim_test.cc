#include "ops/jari/trim.h"

#include <gmock/gmock.h>

namespace jari::ops {
namespace {

using ::testing::HasSubstr;

constexpr PartitionRef kQueue{0, 0};
constexpr PartitionRef kSettings{1, 0};

LogIdentity log_with_a_sink() {
  LogIdentity log;
  log.topics = {{"queue", 1, false}, {"programmes", 1, false}, {"sync", 1, true}};
  return log;
}

class PlanOfATrim : public ::testing::Test {
 protected:
  TrimmedPartition queue(const std::vector<Need>& needs) {
    const auto plan = plan_trim(log_, kSettings, ends_, needs);
    EXPECT_EQ(plan.size(), 2U);  // a sink's readers are others
    return plan.front();
  }
  static Need need(const std::string& who, Offset from) { return {who, {{kQueue, from}}}; }

  LogIdentity log_ = log_with_a_sink();
  std::map<PartitionRef, LogEnds> ends_{{kQueue, {100, 1'000, 0, 0}}, {kSettings, {0, 50, 0, 0}}};
};

TEST_F(PlanOfATrim, GoesUpToTheLowestThatIsNeededAndKeepsTheRecordBeforeIt) {
  const auto one = queue({need("archive", 900), need("snapshot", 700), need("node", 950)});
  EXPECT_EQ(one.begin, 699U);
  EXPECT_EQ(one.held_by, "snapshot");
}

TEST_F(PlanOfATrim, TakesAllForNeededWhereSomebodyDoesNotNameThePartition) {
  const auto one = queue({need("archive", 900), {"node", {}}});
  EXPECT_EQ(one.begin, 100U);
  EXPECT_EQ(one.held_by, "node");
}

TEST_F(PlanOfATrim, NeverGoesBackNorBeyondTheEnd) {
  EXPECT_EQ(queue({need("archive", 20)}).begin, 100U);
  EXPECT_EQ(queue({need("node", 5'000)}).begin, 1'000U);
  EXPECT_EQ(queue({need("node", 0)}).begin, 100U);
}

TEST_F(PlanOfATrim, KeepsTheSettingsWhole) {
  const auto plan = plan_trim(log_, kSettings, ends_, {need("archive", 900)});
  EXPECT_EQ(plan.back().where, kSettings);
  EXPECT_EQ(plan.back().begin, 0U);
  EXPECT_THAT(plan.back().held_by, HasSubstr("says which log this is"));
}

NamedNode node(const std::string& name, const std::set<std::string>& owners) {
  return {"http://" + name, name, owners};
}

std::string refusal(const std::vector<NamedNode>& nodes) {
  const auto checked = check_named(nodes);
  return checked ? "" : checked.error().detail;
}

TEST(NodesOfATrim, AreAtLeastThoseThatOwn) {
  EXPECT_EQ(refusal({node("a", {"a", "b"}), node("b", {"a", "b"})}), "");
  EXPECT_EQ(refusal({node("a", {"a"}), node("reader", {"a"})}), "");
  EXPECT_THAT(refusal({node("a", {"a", "b"})}), HasSubstr("--nodes does not name b,"));
  EXPECT_THAT(refusal({node("reader", {"a", "b"})}), HasSubstr("--nodes does not name a, b,"));
}

TEST(NodesOfATrim, AreNotReplacedByAsManyOthers) {
  EXPECT_THAT(refusal({node("a", {"a", "b"}), node("reader", {"a", "b"})}),
              HasSubstr("--nodes does not name b,"));
}

TEST(NodesOfATrim, OwnAsAnyOfThemHasIt) {
  EXPECT_THAT(refusal({node("a", {"a"}), node("reader", {"b"})}),
              HasSubstr("--nodes does not name b,"));
}

TEST(NodesOfATrim, AreNamedOnceByWhateverAddress) {
  EXPECT_THAT(refusal({{"http://127.0.0.1", "a", {"a"}}, {"http://localhost", "a", {"a"}}}),
              HasSubstr("http://127.0.0.1 and http://localhost are both a: name each node once"));
}

}  // namespace
}  // namespace jari::ops
