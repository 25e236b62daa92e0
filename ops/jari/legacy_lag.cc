#include "ops/jari/legacy_lag.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "engine/http/json_reader.h"
#include "engine/http/json_writer.h"
#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

constexpr std::int64_t kRenewedWithin = 5;  // seconds: it is written every one
constexpr std::int64_t kMsInASecond = 1000;

std::string file_of(const std::string& data) {
  return data + "/legacy-lag.json";
}

}  // namespace

Result<void> write_legacy_lag(const std::string& data, const LegacyLag& lag, Instant now) {
  std::string json;
  http::JsonWriter writer(json);
  writer.begin_object().field("records", lag.records).field("seconds", lag.seconds);
  writer.field("missing", lag.missing);
  writer.field("at", to_text(now)).end_object();
  const std::string file = file_of(data);
  const std::string next = file + ".next";
  std::ofstream out(next, std::ios::binary | std::ios::trunc);
  out << json << '\n';
  out.close();
  if (out && std::rename(next.c_str(), file.c_str()) == 0) return {};
  return Error{ErrorCode::Io, "cannot write " + file};
}

std::optional<LegacyLag> read_legacy_lag(const std::string& data, Instant now) {
  const auto text = read_text_file(file_of(data));
  const auto json = text ? http::parse_json(*text) : Result<http::JsonDocument>{text.error()};
  if (!json) return std::nullopt;
  const auto number = [&](std::string_view name) {
    const auto value = json->root().member(name);
    return value ? value->integer() : std::nullopt;
  };
  const auto records = number("records");
  const auto seconds = number("seconds");
  const auto missing = number("missing").value_or(0);  // absent: an older sync's
  const auto said = json->root().member("at");
  const auto at = said && said->text() ? parse_instant(*said->text()) : std::nullopt;
  if (!records || !seconds || !at || *records < 0 || missing < 0) return std::nullopt;
  const std::int64_t age = std::max<std::int64_t>(0, (now - *at).count() / kMsInASecond);
  return LegacyLag{static_cast<std::uint64_t>(*records),
                   *seconds + (age <= kRenewedWithin ? 0 : age),
                   static_cast<std::uint64_t>(missing)};
}

}  // namespace jari::ops
