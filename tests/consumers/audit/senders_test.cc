// Who sent something under a request id, as the audit keeps it.

#include "consumers/audit/senders.h"

#include <gtest/gtest.h>

namespace jari::audit {
namespace {

constexpr std::uint64_t kRequest = 7;

Sender sent_at(Offset offset) {
  Sender one;
  one.offset = offset;
  return one;
}

Sender* any(Senders& senders, std::uint64_t request) {
  return senders.find(request, [](const Sender&) { return true; });
}

TEST(AuditSenders, AreFoundInTheOrderTheySent) {
  Senders senders;
  for (const Offset offset : {3, 5, 9}) senders.add(kRequest, sent_at(offset));
  senders.add(kRequest + 1, sent_at(4));
  std::vector<Offset> seen;
  EXPECT_EQ(senders.find(kRequest,
                         [&](const Sender& one) {
                           seen.push_back(one.offset);
                           return false;
                         }),
            nullptr);
  EXPECT_EQ(seen, (std::vector<Offset>{3, 5, 9}));
  ASSERT_NE(any(senders, kRequest + 1), nullptr);
  EXPECT_EQ(any(senders, kRequest + 1)->offset, 4U);
  EXPECT_EQ(any(senders, kRequest + 2), nullptr);
}

TEST(AuditSenders, ThoseThatAreForgottenLeaveTheOthers) {
  const auto is_in_the_middle = [](const Sender& one) { return one.offset == 5; };
  Senders senders;
  for (const Offset offset : {3, 5, 9}) senders.add(kRequest, sent_at(offset));
  senders.remove(kRequest, is_in_the_middle);
  EXPECT_EQ(senders.find(kRequest, is_in_the_middle), nullptr);
  senders.add(kRequest, sent_at(11));  // in the room that was left
  std::vector<Offset> left;
  senders.remove(kRequest, [&](const Sender& one) {
    left.push_back(one.offset);
    return true;
  });
  EXPECT_EQ(left, (std::vector<Offset>{3, 9, 11}));
  EXPECT_FALSE(senders.has(kRequest));
}

// Numbers whose halves differ by the same bits have one place in the index.
TEST(AuditSenders, ThoseThatAreLookedForInOnePlaceAreKeptApart) {
  constexpr std::uint64_t kIds = 200;
  const auto id = [](std::uint64_t i) { return i << 32 | (i ^ kRequest); };
  const auto every = [](const Sender&) { return true; };
  Senders senders;
  for (std::uint64_t i = 0; i < kIds; ++i) senders.add(id(i), sent_at(i));
  for (std::uint64_t i = 0; i < kIds; i += 3) senders.remove(id(i), every);
  for (std::uint64_t i = 0; i < kIds; ++i) {
    ASSERT_EQ(senders.has(id(i)), i % 3 != 0) << i;
    if (i % 3 != 0) {
      ASSERT_EQ(any(senders, id(i))->offset, i);
    }
  }
  for (std::uint64_t i = 0; i < kIds; ++i) senders.remove(id(i), every);
  for (std::uint64_t i = 0; i < kIds; ++i) ASSERT_FALSE(senders.has(id(i))) << i;
}

TEST(AuditSenders, ManyAreKeptApart) {
  constexpr std::uint64_t kMany = 10'000;
  Senders senders;
  for (std::uint64_t i = 0; i < kMany; ++i) senders.add(i, sent_at(i));
  for (std::uint64_t i = 0; i < kMany; i += 2) {
    senders.remove(i, [](const Sender&) { return true; });
  }
  for (std::uint64_t i = 0; i < kMany; i += 4) senders.add(i, sent_at(kMany + i));
  for (std::uint64_t i = 0; i < kMany; ++i) {
    const Sender* found = any(senders, i);
    const bool is_there = i % 2 == 1 || i % 4 == 0;
    ASSERT_EQ(found != nullptr, is_there) << i;
    if (is_there) {
      ASSERT_EQ(found->offset, i % 2 == 1 ? i : kMany + i);
    }
  }
}

}  // namespace
}  // namespace jari::audit
