// tests/engine/log/log_conformance.h — what every Log must do, whatever keeps its records.
//
// Include it in a test that names a Harness and instantiates the suite:
//   explicit Harness(const LogIdentity&)  makes a new log;
//   Log& log();
//   void settle();   does what it takes for waiting appends to be answered;
//   void reopen();   closes in good order and opens again: all is there;
//   void crash();    ends as by kill -9 and opens again: what was answered is there;
//   static constexpr bool kHasThreads;  whether reading and appending may run side by side.
//
// Errors:  as a test has them.
// Threads: one, but for the test that says so.
#pragma once

#include <atomic>
#include <cstring>
#include <memory>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/log/log_writer.h"

namespace jari {

inline constexpr PartitionRef kQueue0{0, 0};
inline constexpr PartitionRef kQueue1{0, 1};
inline constexpr PartitionRef kBookings2{1, 2};
inline constexpr PartitionRef kOutcomes{2, 0};

template <class Harness>
class LogConformance : public ::testing::Test {
 protected:
  Log& log() { return harness_.log(); }
  void answer_all(LogWriter& writer) {
    harness_.settle();
    writer.wait();
    for (const auto& [number, result] : writer.answers()) {
      ASSERT_TRUE(result.has_value()) << result.error().detail;
    }
  }
  /// What the log holds behind its genesis records.
  std::map<PartitionRef, Texts> after_genesis() {
    std::vector<LogPlace> from;
    for (const auto& where : log().identity().partitions()) from.push_back({where, 1});
    return texts_of(log(), from);
  }
  Harness harness_{identity_for_tests()};
};

TYPED_TEST_SUITE_P(LogConformance);

TYPED_TEST_P(LogConformance, BeginsWithItsGenesisInEveryPartition) {
  const auto texts = texts_of(this->log());
  ASSERT_EQ(texts.size(), identity_for_tests().partitions().size());
  for (const auto& [where, records] : texts) {
    EXPECT_EQ(this->log().end(where), 1U);
    ASSERT_EQ(records.size(), 1U);
    const auto identity = read_genesis(bytes_of(records.front()));
    ASSERT_TRUE(identity.has_value()) << identity.error().detail;
    EXPECT_EQ(identity->incarnation, identity_for_tests().incarnation);
    EXPECT_EQ(identity->topics, identity_for_tests().topics);
  }
}

TYPED_TEST_P(LogConformance, KeepsRecordsAtDenseOffsetsInTheOrderOfTheCalls) {
  LogWriter writer(this->log());
  for (int i = 0; i < 600; ++i) {
    writer.add(kQueue0, "q" + std::to_string(i));
    if (i % 3 == 0) writer.add(kOutcomes, "o" + std::to_string(i));
    if (i % 2 == 1) writer.append();
  }
  this->answer_all(writer);
  EXPECT_EQ(this->log().end(kQueue0), 601U);
  EXPECT_EQ(this->log().end(kOutcomes), 201U);
  Offset next = 0;
  const std::vector<LogPlace> from{{kQueue0, 0}};
  this->log().read(from, [&](const LogRecord& record) {
    EXPECT_EQ(record.where, kQueue0);
    EXPECT_EQ(record.offset, next++);
    return true;
  }).value();
  EXPECT_EQ(next, 601U);
  EXPECT_EQ(this->after_genesis(), writer.added());
}

TYPED_TEST_P(LogConformance, AnswersInTheOrderOfTheCalls) {
  LogWriter writer(this->log());
  for (int i = 0; i < 300; ++i) {
    if (i % 7 != 0) writer.add(kQueue1, "x");
    writer.append();
  }
  this->answer_all(writer);
  std::size_t number = 0;
  for (const auto& answer : writer.answers()) EXPECT_EQ(answer.first, number++);
  EXPECT_EQ(number, 300U);
}

TYPED_TEST_P(LogConformance, AnswersABatchWithoutRecordsAndKeepsNothing) {
  const auto before = ends_of(this->log());
  LogWriter writer(this->log());
  writer.append();
  this->answer_all(writer);
  std::size_t answers = 0;
  LogBatch empty_section;
  empty_section.sections.push_back({kQueue0, 1, {}, {}});
  this->log().append(std::move(empty_section), [&](Result<void> result) {
    EXPECT_TRUE(result.has_value());
    ++answers;
  });
  writer.append();  // answered after it
  this->answer_all(writer);
  EXPECT_EQ(answers, 1U);
  EXPECT_EQ(ends_of(this->log()), before);
}

TYPED_TEST_P(LogConformance, ReadsFromAnyOffsetOfAnyPartitions) {
  constexpr std::uint64_t kSeed = 20210712;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  const auto all = this->log().identity().partitions();
  LogWriter writer(this->log());
  for (int commit = 0; commit < 700; ++commit) {
    for (auto records = random() % 4; records > 0; --records) {
      writer.add(all[random() % all.size()], std::string(random() % 40, 'a') + std::to_string(commit));
    }
    writer.append();
  }
  this->answer_all(writer);
  for (int round = 0; round < 200; ++round) {
    std::vector<LogPlace> from;
    std::map<PartitionRef, Texts> expected;
    for (const auto& where : all) {
      if (random() % 2 == 0) continue;
      const Offset end = this->log().end(where);
      const Offset start = 1 + random() % (end + 1);  // at times beyond the end
      from.push_back({where, start});
      const auto& added = writer.added().at(where);
      for (Offset i = start; i < end; ++i) expected[where].push_back(added[i - 1]);
    }
    ASSERT_EQ(texts_of(this->log(), from), expected) << "round " << round;
  }
}

TYPED_TEST_P(LogConformance, ReadsNothingAtTheEnd) {
  const std::vector<LogPlace> from{{kQueue0, this->log().end(kQueue0)}};
  EXPECT_THAT(texts_of(this->log(), from), ::testing::IsEmpty());
  EXPECT_THAT(texts_of(this->log(), std::vector<LogPlace>{}), ::testing::IsEmpty());
}

TYPED_TEST_P(LogConformance, StopsWhenTheReaderSaysSo) {
  LogWriter writer(this->log());
  for (int i = 0; i < 20; ++i) writer.add(kQueue0, std::to_string(i));
  writer.append();
  writer.add(kQueue0, "later");
  writer.append();
  this->answer_all(writer);
  int seen = 0;
  const std::vector<LogPlace> from{{kQueue0, 0}};
  this->log().read(from, [&](const LogRecord&) { return ++seen < 5; }).value();
  EXPECT_EQ(seen, 5);
}

TYPED_TEST_P(LogConformance, HandsOutRecordsAlignedToEight) {
  LogWriter writer(this->log());
  for (std::size_t size = 0; size < 64; ++size) {
    writer.add(kQueue0, std::string(size, 'r'));
    writer.add(kBookings2, std::string(size * 7 % 31, 's'));
    if (size % 3 == 0) writer.append();
  }
  writer.append();
  this->answer_all(writer);
  const std::vector<LogPlace> from{{kQueue0, 0}, {kBookings2, 0}};
  this->log().read(from, [&](const LogRecord& record) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(record.bytes.data()) % 8, 0U);
    return true;
  }).value();
  EXPECT_EQ(this->after_genesis(), writer.added());
}

TYPED_TEST_P(LogConformance, KeepsBigRecords) {
  std::mt19937_64 random(7);
  LogWriter writer(this->log());
  for (int i = 0; i < 6; ++i) {
    std::string noise(std::size_t{1} << 20, '\0');
    for (std::size_t at = 0; i % 2 == 0 && at < noise.size(); at += 8) {
      const std::uint64_t word = random();
      std::memcpy(noise.data() + at, &word, sizeof word);
    }
    writer.add(i < 3 ? kQueue0 : kBookings2, noise);
    writer.append();
  }
  this->answer_all(writer);
  EXPECT_TRUE(this->after_genesis() == writer.added());
}

TYPED_TEST_P(LogConformance, KeepsAMillionSmallRecords) {
  LogWriter writer(this->log());
  for (int i = 0; i < 1'000'000; ++i) {
    writer.add(i % 3 == 0 ? kQueue0 : kBookings2, std::to_string(i));
    if (i % 2000 == 1999) writer.append();
  }
  this->answer_all(writer);
  EXPECT_TRUE(this->after_genesis() == writer.added());
}

TYPED_TEST_P(LogConformance, IsTheSameLogAfterItWasOpenedAgain) {
  std::map<PartitionRef, Texts> added;
  for (int life = 0; life < 4; ++life) {
    LogWriter writer(this->log());
    for (int i = 0; i < 150; ++i) {
      writer.add(kQueue0, std::to_string(life));
      if (i % 10 == 0) writer.add(kOutcomes, std::to_string(i));
      writer.append();
    }
    this->answer_all(writer);
    for (const auto& [where, texts] : writer.added()) {
      added[where].insert(added[where].end(), texts.begin(), texts.end());
    }
    const auto ends = ends_of(this->log());
    this->harness_.reopen();
    EXPECT_EQ(ends_of(this->log()), ends);
    EXPECT_EQ(this->log().identity().incarnation, identity_for_tests().incarnation);
    EXPECT_EQ(this->log().identity().topics, identity_for_tests().topics);
    EXPECT_EQ(this->log().identity().begins, identity_for_tests().begins);
  }
  EXPECT_EQ(this->after_genesis(), added);
}

TYPED_TEST_P(LogConformance, KeepsWhatWasAnsweredAndNoHalfBatchAfterACrash) {
  std::size_t batches = 0;
  for (int life = 0; life < 5; ++life) {
    auto writer = std::make_unique<LogWriter>(this->log());
    for (int i = 0; i < 50; ++i) {
      writer->add(kQueue0, "a");
      writer->add(kBookings2, "b");
      writer->add(kOutcomes, "c");
      writer->append();
    }
    this->answer_all(*writer);
    batches += 50;
    for (int i = 0; i < 5; ++i) {  // these need not be there, but each whole or not at all
      writer->add(kQueue0, "a");
      writer->add(kBookings2, "b");
      writer->add(kOutcomes, "c");
      writer->append();
    }
    this->harness_.crash();
    const auto texts = this->after_genesis();
    EXPECT_GE(texts.at(kQueue0).size(), batches);
    EXPECT_LE(texts.at(kQueue0).size(), batches + 5);
    EXPECT_EQ(texts.at(kQueue0).size(), texts.at(kBookings2).size());
    EXPECT_EQ(texts.at(kQueue0).size(), texts.at(kOutcomes).size());
    batches = texts.at(kQueue0).size();
  }
}

TYPED_TEST_P(LogConformance, IsReadWhileItIsAppendedTo) {
  if (!TypeParam::kHasThreads) GTEST_SKIP() << "this log has one thread";
  std::atomic<bool> is_done = false;
  std::thread reader([&] {
    Offset seen = 0;
    do {
      const Offset end = this->log().end(kQueue0);
      EXPECT_GE(end, seen);
      Offset next = 0;
      const std::vector<LogPlace> from{{kQueue0, 0}, {kOutcomes, 0}};
      this->log().read(from, [&](const LogRecord& record) {
        if (record.where == kQueue0) {
          EXPECT_EQ(record.offset, next++);
        }
        return true;
      }).value();
      EXPECT_GE(next, end);
      seen = next;
    } while (!is_done);
  });
  LogWriter writer(this->log());
  for (int i = 0; i < 2000; ++i) {
    writer.add(kQueue0, std::to_string(i));
    writer.add(kOutcomes, std::to_string(i));
    writer.append();
    if (i % 100 == 0) writer.wait();
  }
  this->answer_all(writer);
  is_done = true;
  reader.join();
  EXPECT_EQ(this->after_genesis(), writer.added());
}

REGISTER_TYPED_TEST_SUITE_P(LogConformance, BeginsWithItsGenesisInEveryPartition,
                            KeepsRecordsAtDenseOffsetsInTheOrderOfTheCalls,
                            AnswersInTheOrderOfTheCalls,
                            AnswersABatchWithoutRecordsAndKeepsNothing,
                            ReadsFromAnyOffsetOfAnyPartitions, ReadsNothingAtTheEnd,
                            StopsWhenTheReaderSaysSo, HandsOutRecordsAlignedToEight,
                            KeepsBigRecords, KeepsAMillionSmallRecords,
                            IsTheSameLogAfterItWasOpenedAgain,
                            KeepsWhatWasAnsweredAndNoHalfBatchAfterACrash,
                            IsReadWhileItIsAppendedTo);

}  // namespace jari
