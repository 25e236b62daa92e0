#include "engine/http/json_writer.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace jari::http {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_text(out, text);
  return out;
}

TEST(JsonWriter, PutsCommasBetweenAndNowhereElse) {
  std::string out;
  JsonWriter json{out};
  json.begin_object();
  json.field("queue", "north").field("waiting", 3).field("open", true);
  json.key("sites").begin_array().value("a").value("b").begin_object().end_object().end_array();
  json.key("none").begin_array().end_array();
  json.key("seed").null();
  json.raw_field("ready", R"({"x":1})").field("low", -7);
  json.end_object();
  EXPECT_EQ(out, R"({"queue":"north","waiting":3,"open":true,"sites":["a","b",{}],"none":[],)"
                 R"("seed":null,"ready":{"x":1},"low":-7})");
}

TEST(JsonWriter, LeavesOutWhatHasNoValue) {
  std::string out;
  JsonWriter json{out};
  json.begin_object();
  json.field("opens_at", std::optional<std::string>{}).field("limit", std::optional<int>{5});
  json.end_object();
  EXPECT_EQ(out, R"({"limit":5})");
}

TEST(JsonWriter, EscapesWhatMustBe) {
  EXPECT_EQ(quoted("say \"hi\"\\\n\r\t"), R"("say \"hi\"\\\n\r\t")");
  EXPECT_EQ(quoted(std::string_view{"\0\x1f\x7f", 3}), "\"\\u0000\\u001f\x7f\"");
  EXPECT_EQ(quoted("자리"), "\"자리\"");
}

TEST(JsonWriter, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(quoted("a\xff"
                   "b"),
            "\"a\xEF\xBF\xBD"
            "b\"");
  EXPECT_EQ(quoted("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                  // overlong
  EXPECT_EQ(quoted("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");  // a surrogate
  EXPECT_EQ(quoted("\xE2\x82"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                  // cut off
}

TEST(JsonWriter, WritesNumbersWhole) {
  std::string out;
  JsonWriter json{out};
  json.begin_array();
  json.value(std::numeric_limits<std::int64_t>::min());
  json.value(std::numeric_limits<std::uint64_t>::max());
  json.value(0.1).value(40.7128).value(-2.0).value(std::nan("")).end_array();
  EXPECT_EQ(out, "[-9223372036854775808,18446744073709551615,0.1,40.7128,-2,null]");
}

}  // namespace
}  // namespace jari::http
