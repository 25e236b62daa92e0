#include "ops/jari/queue_document.h"

#include <gtest/gtest.h>

namespace jari::ops {
namespace {

TEST(AQueueOfTheCommandLine, IsThePublicDocumentWithWhatOnlyOperatorsSee) {
  const auto joined = join_queue_documents(
      R"({"queue":"q","state":"open","inside":3,"version":2,"as_of":"later"})",
      R"({"queue":"q","inside_max":5,"paused":false,"version":2,"as_of":"before"})");
  ASSERT_TRUE(joined);
  EXPECT_EQ(*joined, R"({"queue":"q","state":"open","inside":3,"version":2,"as_of":"later",)"
                     R"("inside_max":5,"paused":false})");
}

TEST(AQueueOfTheCommandLine, IsOneLine) {
  const auto joined = join_queue_documents("{\n  \"message\": \"a\\nb\"\n}", "{}");
  ASSERT_TRUE(joined);
  EXPECT_EQ(*joined, R"({"message":"a\nb"})");
}

TEST(AQueueOfTheCommandLine, MustBeAnObject) {
  EXPECT_FALSE(join_queue_documents("[]", "{}"));
  EXPECT_FALSE(join_queue_documents("{}", "<html>"));
}

}  // namespace
}  // namespace jari::ops
