#include "engine/log/simulated/simulated_cluster.h"

#include <set>

#include <gmock/gmock.h>

#include "tests/engine/log/log_writer.h"

namespace jari {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr PartitionRef kWhere{0, 0};

Texts texts_in(Log& log) {
  auto texts = texts_of(log, {{kWhere, 1}});
  return texts[kWhere];
}

void append(LogWriter& writer, const Texts& texts) {
  for (const std::string& text : texts) {
    writer.add(kWhere, text);
    writer.append();
  }
}

TEST(SimulatedCluster, WritesNothingBeforeAStep) {
  SimulatedCluster cluster(identity_for_tests());
  SimulatedClient log(cluster);
  LogWriter writer(log);
  append(writer, {"a", "b"});
  EXPECT_THAT(texts_in(log), IsEmpty());
  EXPECT_TRUE(cluster.step());
  EXPECT_THAT(texts_in(log), ElementsAre("a"));
  EXPECT_TRUE(cluster.step());
  EXPECT_FALSE(cluster.step());
  EXPECT_THAT(texts_in(log), ElementsAre("a", "b"));
}

TEST(SimulatedCluster, LosesAndSaysSoOrWritesAndSaysItDidNot) {
  SimulatedCluster cluster(identity_for_tests());
  SimulatedClient log(cluster);
  LogWriter writer(log);
  cluster.set_faults({.lost = 1'000});
  append(writer, {"lost"});
  cluster.settle();
  cluster.set_faults({.unanswered = 1'000});
  append(writer, {"unanswered"});
  cluster.settle();
  EXPECT_THAT(texts_in(log), ElementsAre("unanswered"));
  for (const auto& [number, result] : writer.answers()) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Unavailable);
  }
}

TEST(SimulatedCluster, DoublesAndReordersWhatItAnswersAsDurable) {
  SimulatedCluster cluster(identity_for_tests(), {.seed = 5, .faults = {}});
  SimulatedClient log(cluster);
  LogWriter writer(log);
  cluster.set_faults({.doubled = 1'000});
  append(writer, {"twice"});
  cluster.settle();
  EXPECT_THAT(texts_in(log), ElementsAre("twice", "twice"));
  cluster.set_faults({.later = 500});
  append(writer, {"a", "b", "c", "d", "e", "f"});
  cluster.settle();
  const Texts texts = texts_in(log);
  EXPECT_EQ(texts.size(), 8U);
  EXPECT_FALSE(std::is_sorted(texts.begin() + 2, texts.end()));
}

TEST(SimulatedCluster, LetsWhatTheDeadAppendedLand) {
  SimulatedCluster cluster(identity_for_tests());
  auto dead = std::make_unique<SimulatedClient>(cluster);
  SimulatedClient log(cluster);
  LogWriter writer(*dead);
  append(writer, {"late"});
  dead.reset();
  EXPECT_THAT(texts_in(log), IsEmpty());
  cluster.settle();
  EXPECT_THAT(texts_in(log), ElementsAre("late"));
  EXPECT_THAT(writer.answers(), IsEmpty());
}

TEST(SimulatedCluster, NeitherReadsNorWritesWhileItIsCutOff) {
  SimulatedCluster cluster(identity_for_tests());
  SimulatedClient log(cluster);
  LogWriter writer(log);
  const LogEnds before = log.ends(kWhere);
  log.cut_off(true);
  append(writer, {"a"});
  EXPECT_FALSE(cluster.step());
  cluster.put(kWhere, bytes_of("by others"));
  const std::vector<LogPlace> from{{kWhere, 1}};
  EXPECT_FALSE(log.read(from, [](const LogRecord&) { return true; }));
  EXPECT_EQ(log.ends(kWhere).heard, before.heard);
  log.cut_off(false);
  cluster.settle();
  EXPECT_THAT(texts_in(log), ElementsAre("by others", "a"));
}

TEST(SimulatedCluster, ShowsAnotherGenerationWhereATailWasLost) {
  SimulatedCluster cluster(identity_for_tests());
  SimulatedClient log(cluster);
  for (const char* text : {"a", "b", "c"}) cluster.put(kWhere, bytes_of(text));
  EXPECT_THAT(texts_in(log), ElementsAre("a", "b", "c"));
  const LogEnds before = log.ends(kWhere);
  cluster.truncate(kWhere, 2);
  cluster.put(kWhere, bytes_of("x"));
  EXPECT_THAT(texts_in(log), ElementsAre("a", "x"));
  EXPECT_NE(log.ends(kWhere).generation, before.generation);
}

TEST(SimulatedCluster, HasAGapBeforeWhatItKeeps) {
  SimulatedCluster cluster(identity_for_tests());
  SimulatedClient log(cluster);
  for (const char* text : {"a", "b", "c"}) cluster.put(kWhere, bytes_of(text));
  cluster.drop_before(kWhere, 2);
  const std::vector<LogPlace> from{{kWhere, 1}};
  const auto read = log.read(from, [](const LogRecord&) { return true; });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::LogGap);
  EXPECT_EQ(log.ends(kWhere).begin, 2U);
}

TEST(SimulatedCluster, MadeAnewBeginsAgainUnderAnotherIncarnation) {
  SimulatedCluster cluster(identity_for_tests());
  SimulatedClient log(cluster);
  cluster.put(kWhere, bytes_of("a"));
  LogIdentity anew = identity_for_tests();
  anew.incarnation = {9, 9};
  cluster.make_anew(anew);
  auto texts = texts_of(log, {{kWhere, 0}});
  ASSERT_EQ(texts[kWhere].size(), 1U);
  EXPECT_EQ(read_genesis(bytes_of(texts[kWhere][0])).value().incarnation, anew.incarnation);
  EXPECT_EQ(log.identity().incarnation, identity_for_tests().incarnation);
}

}  // namespace
}  // namespace jari
