#include "tests/engine/log/many_writers_conformance.h"

#include <set>

#include <gmock/gmock.h>

namespace jari {
namespace {

using ::testing::IsSubsetOf;

constexpr PartitionRef kQueue0{0, 0};
constexpr PartitionRef kBookings2{1, 2};

/// What one process appends, and which of it was answered as durable.
struct Writer {
  explicit Writer(std::string its_name) : name(std::move(its_name)) {}

  void append(Log& log, int number) {
    LogBatch batch;
    for (const PartitionRef where : {kQueue0, kBookings2}) {
      LogSection& section = batch.sections.emplace_back();
      section.where = where;
      section.base_offset = kAnyOffset;
      section.add(bytes_of(name + std::to_string(number)));
    }
    const std::string text = name + std::to_string(number);
    appended.insert(text);
    log.append(std::move(batch), [this, text](const Result<void>& result) {
      ++answers;
      if (result) durable.insert(text);
    });
  }

  std::string name;
  std::set<std::string> appended;
  std::set<std::string> durable;
  std::size_t answers = 0;
};

std::set<std::string> set_of(const Texts& texts) {
  return {texts.begin(), texts.end()};
}

std::map<PartitionRef, Texts> after_genesis(Log& log) {
  return texts_of(log, {{kQueue0, 1}, {kBookings2, 1}});
}

}  // namespace

TEST_P(ManyWritersConformance, HasOneOrderForAllWhoRead) {
  Writer one("a");
  Writer two("b");
  for (int i = 0; i < 200; ++i) {
    one.append(harness_->first(), i);
    two.append(harness_->second(), i);
    if (i % 7 == 0) harness_->settle();
  }
  harness_->settle();
  const auto texts = texts_of(harness_->first());
  EXPECT_EQ(texts, texts_of(harness_->second()));
  EXPECT_EQ(texts, texts_of(harness_->first()));
}

TEST_P(ManyWritersConformance, KeepsWhatItAnsweredAsDurableAndInventsNothing) {
  Writer one("a");
  Writer two("b");
  for (int i = 0; i < 200; ++i) {
    one.append(harness_->first(), i);
    two.append(harness_->second(), i);
  }
  harness_->settle();
  EXPECT_EQ(one.answers, 200U);
  EXPECT_EQ(two.answers, 200U);
  std::set<std::string> all = one.appended;
  all.insert(two.appended.begin(), two.appended.end());
  for (const auto& [where, texts] : after_genesis(harness_->first())) {
    EXPECT_THAT(one.durable, IsSubsetOf(set_of(texts)));
    EXPECT_THAT(two.durable, IsSubsetOf(set_of(texts)));
    EXPECT_THAT(set_of(texts), IsSubsetOf(all));
  }
}

TEST_P(ManyWritersConformance, GivesDenseOffsets) {
  Writer one("a");
  for (int i = 0; i < 100; ++i) one.append(harness_->first(), i);
  harness_->settle();
  Offset next = 0;
  const std::vector<LogPlace> from{{kQueue0, 0}};
  harness_->second()
      .read(from,
            [&](const LogRecord& record) {
              EXPECT_EQ(record.offset, next++);
              return true;
            })
      .value();
  EXPECT_EQ(harness_->second().end(kQueue0), next);
}

TEST_P(ManyWritersConformance, HearsOfTheEndsWhenItReads) {
  Log& log = harness_->first();
  const LogEnds before = log.ends(kQueue0);
  Writer two("b");
  for (int i = 0; i < 50; ++i) two.append(harness_->second(), i);
  harness_->settle();
  EXPECT_EQ(log.ends(kQueue0).end, before.end);  // as last heard
  static_cast<void>(texts_of(log));
  const LogEnds after = log.ends(kQueue0);
  EXPECT_GT(after.heard, before.heard);
  EXPECT_GT(after.end, before.end);
  EXPECT_EQ(after.generation, before.generation);
}

TEST_P(ManyWritersConformance, TellsNothingToAProcessThatIsGone) {
  Writer two("b");
  for (int i = 0; i < 20; ++i) two.append(harness_->second(), i);
  harness_->kill_second();
  const std::size_t answers = two.answers;
  harness_->settle();
  EXPECT_EQ(two.answers, answers);
  for (const auto& [where, texts] : after_genesis(harness_->first())) {
    EXPECT_THAT(set_of(texts), IsSubsetOf(two.appended));  // what was on its way may still land
  }
}

TEST_P(ManyWritersConformance, RefusesToReadBeforeItsBeginningAndReadsOnFromThere) {
  Writer one("a");
  for (int i = 0; i < 40; ++i) one.append(harness_->first(), i);
  harness_->settle();
  Log& log = harness_->second();
  static_cast<void>(texts_of(log));
  const Offset end = log.end(kQueue0);
  ASSERT_GT(end, 20U);
  harness_->trim(kQueue0, 20);
  harness_->kill_second();  // who starts anew hears of it at once
  Log& anew = harness_->second();
  EXPECT_EQ(anew.identity().incarnation, identity_for_tests().incarnation);
  const LogPlace before{kQueue0, 19};
  const auto read = anew.read({&before, 1}, [](const LogRecord&) {
    ADD_FAILURE() << "a record that is no longer kept";
    return true;
  });
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::LogGap);
  EXPECT_EQ(anew.ends(kQueue0).begin, 20U);
  const auto texts = texts_of(anew, {{kQueue0, 20}, {kBookings2, 0}});
  EXPECT_EQ(texts.at(kQueue0).size(), anew.end(kQueue0) - 20);
  EXPECT_EQ(texts.at(kBookings2).size(), anew.end(kBookings2));  // of it all is kept
}

}  // namespace jari
