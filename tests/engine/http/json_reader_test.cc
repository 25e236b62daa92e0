#include "engine/http/json_reader.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jari::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string why_not(std::string_view json) {
  const auto parsed = parse_json(json);
  return parsed ? std::string{"accepted"} : parsed.error().detail;
}

std::string canonical_of(std::string_view json) {
  const auto parsed = parse_json(json);
  return parsed ? canonical(parsed->root()) : parsed.error().detail;
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST(JsonReader, ReadsEachKindOfValue) {
  const auto parsed = parse_json(
      R"( {"n":null,"t":true,"i":-42,"d":1.5,"s":"a\u00e9\n","a":[1,[2],{}],"o":{"k":0}} )");
  ASSERT_TRUE(parsed) << parsed.error().detail;
  const JsonValue root = parsed->root();
  EXPECT_EQ(root.size(), 7U);
  EXPECT_TRUE(root.member("n")->is_null());
  EXPECT_EQ(root.member("t")->boolean(), true);
  EXPECT_EQ(root.member("i")->integer(), -42);
  EXPECT_EQ(root.member("d")->number(), 1.5);
  EXPECT_EQ(root.member("s")->text(), "a\xC3\xA9\n");
  EXPECT_EQ(root.member("a")->size(), 3U);
  EXPECT_EQ(root.member("o")->member("k")->integer(), 0);
  EXPECT_FALSE(root.member("missing"));
}

TEST(JsonReader, WalksMembersInTheOrderWrittenPastWhatIsNested) {
  const auto parsed = parse_json(R"({"b":{"x":[1,{"y":2}]},"a":[[],[3]],"c":""})");
  ASSERT_TRUE(parsed);
  std::vector<std::string> names;
  for (const auto& member : parsed->root().members()) names.emplace_back(member.name);
  EXPECT_THAT(names, ElementsAre("b", "a", "c"));
  std::vector<std::size_t> sizes;
  for (const JsonValue one : parsed->root().member("a")->elements()) sizes.push_back(one.size());
  EXPECT_THAT(sizes, ElementsAre(0U, 1U));
}

TEST(JsonReader, GivesNothingForTheWrongKind) {
  const auto parsed = parse_json(R"(["1",1,true])");
  ASSERT_TRUE(parsed);
  const JsonValue root = parsed->root();
  EXPECT_FALSE(root.member("x"));
  EXPECT_EQ(root.members().begin(), root.members().end());
  for (const JsonValue one : root.elements()) {
    EXPECT_EQ(one.elements().begin(), one.elements().end());
    EXPECT_EQ(one.text().has_value() + one.integer().has_value() + one.boolean().has_value(), 1);
  }
}

TEST(JsonReader, TellsIntegersFromOtherNumbers) {
  for (const char* whole : {"0", "-1", "9223372036854775807", "-9223372036854775808"}) {
    const auto parsed = parse_json(whole);
    ASSERT_TRUE(parsed) << whole;
    EXPECT_EQ(std::to_string(parsed->root().integer().value()), whole);
  }
  for (const char* other : {"1.0", "1e3", "-0.0", "9223372036854775808", "1e400000000000000000",
                            "123456789012345678901234567890"}) {
    const auto parsed = parse_json(other);
    if (parsed) {
      EXPECT_FALSE(parsed->root().integer()) << other;
    }
  }
  EXPECT_EQ(parse_json("9223372036854775808")->root().number(), 9223372036854775808.0);
  EXPECT_EQ(parse_json("40.712799999999994")->root().number(), 40.712799999999994);
  EXPECT_EQ(parse_json("-73.98765432109876")->root().number(), -73.98765432109876);
  EXPECT_THAT(why_not("1e999"), HasSubstr("column"));
}

TEST(JsonReader, RefusesWhatIsNotStrictlyJson) {
  for (const char* wrong : {"",
                            " ",
                            "{",
                            "[1,]",
                            "{\"a\":1,}",
                            "{a:1}",
                            "'a'",
                            "01",
                            "+1",
                            ".5",
                            "1.",
                            "nul",
                            "NaN",
                            "Infinity",
                            "[1 2]",
                            "{\"a\" 1}",
                            "\"\t\"",
                            "\"\\x\"",
                            "\"\\ud800\"",
                            "// c\n1",
                            "/* c */1",
                            "\xEF\xBB\xBF{}"}) {
    EXPECT_THAT(why_not(wrong), HasSubstr("line 1")) << wrong;
  }
  EXPECT_THAT(why_not("{}x"), HasSubstr("something follows"));
  EXPECT_THAT(why_not("{} {}"), HasSubstr("something follows"));
  EXPECT_THAT(why_not("\n\n {\"a\":?}"), HasSubstr("line 3, column"));
}

TEST(JsonReader, RefusesTextThatIsNotUtf8) {
  for (const char* wrong :
       {"\"\xff\"", "\"\xC0\xAF\"", "\"\xED\xA0\x80\"", "\"\xE2\x82\"", "\"\x80\""}) {
    EXPECT_THAT(why_not(wrong), HasSubstr("line 1")) << testing::PrintToString(wrong);
  }
}

TEST(JsonReader, RefusesANameGivenTwice) {
  EXPECT_THAT(why_not(R"({"a":1,"b":2,"a":3})"), HasSubstr("the name \"a\" stands twice"));
  EXPECT_THAT(why_not(R"({"":1,"":3})"), HasSubstr("the name \"\" stands twice"));
  EXPECT_THAT(why_not(R"([{"x":{"a":1,"\u0061":1}}])"), HasSubstr("\"a\" stands twice"));
  EXPECT_EQ(why_not(R"({"a":{"a":{"a":1}}})"), "accepted");
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_THAT(why_not(many + "\"k57\":1}"), HasSubstr("\"k57\" stands twice"));
  EXPECT_EQ(why_not(many + "\"z\":1}"), "accepted");
}

TEST(JsonReader, TakesThirtyTwoLevelsAndNoMore) {
  EXPECT_EQ(why_not(nested(kJsonDepthMax)), "accepted");
  EXPECT_THAT(why_not(nested(kJsonDepthMax + 1)), HasSubstr("column"));
  EXPECT_THAT(why_not(std::string(100'000, '[')), HasSubstr("column"));
}

TEST(Canonical, IsTheSameForTheSameValue) {
  EXPECT_EQ(canonical_of(R"( { "b" : [ 1 , true , null ] , "a" : "\u00e9\"" } )"),
            "{\"a\":\"\xC3\xA9\\\"\",\"b\":[1,true,null]}");
  EXPECT_EQ(canonical_of(R"({"b":[1.0,true,null],"a":"é\u0022"})"),
            canonical_of(R"({"a":"é\"","b":[1e0,true,null]})"));
  EXPECT_EQ(canonical_of("[-0.0,-0e9,-0]"), "[0,0,0]");
}

TEST(Canonical, DiffersForAnotherValue) {
  EXPECT_NE(canonical_of(R"({"a":"1"})"), canonical_of(R"({"a":1})"));
  EXPECT_NE(canonical_of(R"({"a":null})"), canonical_of("{}"));
  EXPECT_NE(canonical_of("[1,2]"), canonical_of("[2,1]"));
  EXPECT_NE(canonical_of(R"({"a":{"b":1}})"), canonical_of(R"({"a":{},"b":1})"));
}

}  // namespace
}  // namespace jari::http
