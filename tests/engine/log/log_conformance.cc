#include "tests/engine/log/log_conformance.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <future>
#include <random>
#include <thread>

#include <gmock/gmock.h>

namespace jari {
namespace {

constexpr PartitionRef kQueue0{0, 0};
constexpr PartitionRef kQueue1{0, 1};
constexpr PartitionRef kBookings2{1, 2};
constexpr PartitionRef kOutcomes{2, 0};

}  // namespace

void LogConformance::answer_all(LogWriter& writer) {
  harness_->settle();
  writer.wait();
  for (const auto& [number, result] : writer.answers()) {
    ASSERT_TRUE(result.has_value()) << result.error().detail;
  }
}

std::map<PartitionRef, Texts> LogConformance::after_genesis() {
  std::vector<LogPlace> from;
  for (const auto& where : log().identity().partitions()) from.push_back({where, 1});
  return texts_of(log(), from);
}

TEST_P(LogConformance, BeginsWithItsGenesisInEveryPartition) {
  const auto texts = texts_of(log());
  ASSERT_EQ(texts.size(), identity_for_tests().partitions().size());
  for (const auto& [where, records] : texts) {
    EXPECT_EQ(log().end(where), 1U);
    ASSERT_EQ(records.size(), 1U);
    const auto identity = read_genesis(bytes_of(records.front()));
    ASSERT_TRUE(identity.has_value()) << identity.error().detail;
    EXPECT_EQ(identity->incarnation, identity_for_tests().incarnation);
    EXPECT_EQ(identity->topics, identity_for_tests().topics);
  }
}

TEST_P(LogConformance, KeepsRecordsAtDenseOffsetsInTheOrderOfTheCalls) {
  LogWriter writer(log());
  for (int i = 0; i < 600; ++i) {
    writer.add(kQueue0, "q" + std::to_string(i));
    if (i % 3 == 0) writer.add(kOutcomes, "o" + std::to_string(i));
    if (i % 2 == 1) writer.append();
  }
  answer_all(writer);
  EXPECT_EQ(log().end(kQueue0), 601U);
  EXPECT_EQ(log().end(kOutcomes), 201U);
  Offset next = 0;
  const std::vector<LogPlace> from{{kQueue0, 0}};
  log()
      .read(from,
            [&](const LogRecord& record) {
              EXPECT_EQ(record.where, kQueue0);
              EXPECT_EQ(record.offset, next++);
              return true;
            })
      .value();
  EXPECT_EQ(next, 601U);
  EXPECT_EQ(after_genesis(), writer.added());
}

TEST_P(LogConformance, AnswersEachCallOnceAndOneWriterInTheOrderOfTheCalls) {
  LogWriter writer(log());
  for (int i = 0; i < 300; ++i) {
    if (i % 7 != 0) writer.add(kQueue1, "x");
    writer.append();
  }
  answer_all(writer);
  std::vector<std::size_t> numbers;
  for (const auto& answer : writer.answers()) numbers.push_back(answer.first);
  if (log().writers() == LogWriters::Many) std::sort(numbers.begin(), numbers.end());
  std::size_t next = 0;
  for (const std::size_t number : numbers) EXPECT_EQ(number, next++);
  EXPECT_EQ(next, 300U);
}

TEST_P(LogConformance, AnswersABatchWithoutRecordsAndKeepsNothing) {
  const auto before = ends_of(log());
  LogWriter writer(log());
  writer.append();
  answer_all(writer);
  std::size_t answers = 0;
  LogBatch empty_section;
  const bool is_one_writer = log().writers() == LogWriters::One;
  empty_section.sections.push_back({kQueue0, is_one_writer ? 1 : kAnyOffset, {}, {}});
  log().append(std::move(empty_section), [&](Result<void> result) {
    EXPECT_TRUE(result.has_value());
    ++answers;
  });
  writer.append();  // answered after it
  answer_all(writer);
  EXPECT_EQ(answers, 1U);
  EXPECT_EQ(ends_of(log()), before);
}

TEST_P(LogConformance, GivesABatchThatWasLentBackWithItsAnswer) {
  const bool is_one_writer = log().writers() == LogWriters::One;
  LogSection section;
  section.where = kQueue0;
  section.base_offset = is_one_writer ? log().end(kQueue0) : kAnyOffset;
  section.add(bytes_of("lent"));
  LogBatch batch;
  batch.sections.push_back(section);
  std::promise<LogBatch> back;
  log().append_lent(std::move(batch), [&](const Result<void>& result, LogBatch its) {
    EXPECT_TRUE(result.has_value());
    back.set_value(std::move(its));
  });
  auto is_back = back.get_future();
  LogWriter writer(log());
  writer.append();  // answered after it, where answers have an order
  answer_all(writer);
  const LogBatch its = is_back.get();
  ASSERT_EQ(its.sections.size(), 1U);
  EXPECT_EQ(its.sections[0].bytes, section.bytes);
  EXPECT_EQ(its.sections[0].ends, section.ends);
}

TEST_P(LogConformance, ReadsFromAnyOffsetOfAnyPartitions) {
  constexpr std::uint64_t kSeed = 20210712;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  const auto all = log().identity().partitions();
  LogWriter writer(log());
  for (int commit = 0; commit < 700; ++commit) {
    for (auto records = random() % 4; records > 0; --records) {
      writer.add(all[random() % all.size()],
                 std::string(random() % 40, 'a') + std::to_string(commit));
    }
    writer.append();
  }
  answer_all(writer);
  for (int round = 0; round < 200; ++round) {
    std::vector<LogPlace> from;
    std::map<PartitionRef, Texts> expected;
    for (const auto& where : all) {
      if (random() % 2 == 0) continue;
      const Offset end = log().end(where);
      const Offset start = 1 + random() % (end + 1);  // at times beyond the end
      from.push_back({where, start});
      const auto& added = writer.added().at(where);
      for (Offset i = start; i < end; ++i) expected[where].push_back(added[i - 1]);
    }
    ASSERT_EQ(texts_of(log(), from), expected) << "round " << round;
  }
}

TEST_P(LogConformance, ReadsNothingAtTheEnd) {
  const std::vector<LogPlace> from{{kQueue0, log().end(kQueue0)}};
  EXPECT_THAT(texts_of(log(), from), ::testing::IsEmpty());
  EXPECT_THAT(texts_of(log(), std::vector<LogPlace>{}), ::testing::IsEmpty());
}

TEST_P(LogConformance, StopsWhenTheReaderSaysSo) {
  LogWriter writer(log());
  for (int i = 0; i < 20; ++i) writer.add(kQueue0, std::to_string(i));
  writer.append();
  writer.add(kQueue0, "later");
  writer.append();
  answer_all(writer);
  int seen = 0;
  const std::vector<LogPlace> from{{kQueue0, 0}};
  log().read(from, [&](const LogRecord&) { return ++seen < 5; }).value();
  EXPECT_EQ(seen, 5);
}

TEST_P(LogConformance, HandsOutRecordsAlignedToEight) {
  LogWriter writer(log());
  for (std::size_t size = 0; size < 64; ++size) {
    writer.add(kQueue0, std::string(size, 'r'));
    writer.add(kBookings2, std::string(size * 7 % 31, 's'));
    if (size % 3 == 0) writer.append();
  }
  writer.append();
  answer_all(writer);
  const std::vector<LogPlace> from{{kQueue0, 0}, {kBookings2, 0}};
  log()
      .read(from,
            [&](const LogRecord& record) {
              EXPECT_EQ(reinterpret_cast<std::uintptr_t>(record.bytes.data()) % 8, 0U);
              return true;
            })
      .value();
  EXPECT_EQ(after_genesis(), writer.added());
}

TEST_P(LogConformance, KeepsBigRecords) {
  std::mt19937_64 random(7);
  LogWriter writer(log());
  for (int i = 0; i < 6; ++i) {
    std::string noise(std::size_t{1} << 20, '\0');
    for (std::size_t at = 0; i % 2 == 0 && at < noise.size(); at += 8) {
      const std::uint64_t word = random();
      std::memcpy(noise.data() + at, &word, sizeof word);
    }
    writer.add(i < 3 ? kQueue0 : kBookings2, noise);
    writer.append();
  }
  answer_all(writer);
  EXPECT_TRUE(after_genesis() == writer.added());
}

TEST_P(LogConformance, KeepsAMillionSmallRecords) {
  LogWriter writer(log());
  for (int i = 0; i < 1'000'000; ++i) {
    writer.add(i % 3 == 0 ? kQueue0 : kBookings2, std::to_string(i));
    if (i % 2000 == 1999) writer.append();
  }
  answer_all(writer);
  EXPECT_TRUE(after_genesis() == writer.added());
}

TEST_P(LogConformance, IsTheSameLogAfterItWasOpenedAgain) {
  std::map<PartitionRef, Texts> added;
  for (int life = 0; life < 4; ++life) {
    LogWriter writer(log());
    for (int i = 0; i < 150; ++i) {
      writer.add(kQueue0, std::to_string(life));
      if (i % 10 == 0) writer.add(kOutcomes, std::to_string(i));
      writer.append();
    }
    answer_all(writer);
    for (const auto& [where, texts] : writer.added()) {
      added[where].insert(added[where].end(), texts.begin(), texts.end());
    }
    const auto ends = ends_of(log());
    harness_->reopen();
    EXPECT_EQ(ends_of(log()), ends);
    EXPECT_EQ(log().identity().incarnation, identity_for_tests().incarnation);
    EXPECT_EQ(log().identity().topics, identity_for_tests().topics);
    EXPECT_EQ(log().identity().begins, identity_for_tests().begins);
  }
  EXPECT_EQ(after_genesis(), added);
}

TEST_P(LogConformance, KeepsWhatWasAnsweredAndOfOneWriterNoHalfBatchAfterACrash) {
  std::size_t batches = 0;
  for (int life = 0; life < 5; ++life) {
    auto writer = std::make_unique<LogWriter>(log());
    for (int i = 0; i < 50; ++i) {
      writer->add(kQueue0, "a");
      writer->add(kBookings2, "b");
      writer->add(kOutcomes, "c");
      writer->append();
    }
    answer_all(*writer);
    batches += 50;
    for (int i = 0; i < 5; ++i) {  // these need not be there, but each whole or not at all
      writer->add(kQueue0, "a");
      writer->add(kBookings2, "b");
      writer->add(kOutcomes, "c");
      writer->append();
    }
    harness_->crash();
    const auto texts = after_genesis();
    EXPECT_GE(texts.at(kQueue0).size(), batches);
    EXPECT_LE(texts.at(kQueue0).size(), batches + 5 * (static_cast<std::size_t>(life) + 1));
    for (const auto& where : {kBookings2, kOutcomes}) {
      if (log().writers() == LogWriters::One) {
        EXPECT_EQ(texts.at(where).size(), texts.at(kQueue0).size());
      } else {
        EXPECT_GE(texts.at(where).size(), batches);
      }
    }
    batches = texts.at(kQueue0).size();
    // What a crash left on its way may land after this.
    if (log().writers() == LogWriters::Many) batches = 50 * (static_cast<std::size_t>(life) + 1);
  }
}

TEST_P(LogConformance, IsReadWhileItIsAppendedTo) {
  Offset seen = 0;
  const auto read_all = [&] {
    const Offset end = log().end(kQueue0);
    EXPECT_GE(end, seen);
    Offset next = 0;
    const std::vector<LogPlace> from{{kQueue0, 0}, {kOutcomes, 0}};
    log()
        .read(from,
              [&](const LogRecord& record) {
                if (record.where == kQueue0) {
                  EXPECT_EQ(record.offset, next++);
                }
                return true;
              })
        .value();
    EXPECT_GE(next, end);
    seen = next;
  };
  std::atomic<bool> is_done = false;
  std::thread reader;
  if (harness_->has_threads()) {
    reader = std::thread([&] {
      while (!is_done) read_all();
    });
  }
  LogWriter writer(log());
  for (int i = 0; i < 2000; ++i) {
    writer.add(kQueue0, std::to_string(i));
    writer.add(kOutcomes, std::to_string(i));
    writer.append();
    if (i % 100 != 0) continue;
    if (!reader.joinable()) read_all();  // one thread: it reads while these wait to be durable
    harness_->settle();
    writer.wait();
  }
  answer_all(writer);
  is_done = true;
  if (reader.joinable()) reader.join();
  read_all();
  EXPECT_EQ(seen, 2001U);
  EXPECT_EQ(after_genesis(), writer.added());
}

}  // namespace jari
