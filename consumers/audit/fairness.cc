#include "consumers/audit/fairness.h"

#include "consumers/audit/report.h"

namespace jari::audit {

std::string_view to_text(Fair fair) {
  switch (fair) {
    case Fair::Yes:
      return "yes";
    case Fair::YesBut:
      return "yes-but";
    case Fair::No:
      return "no";
  }
  return {};
}

Fairness fairness_of(const Report& report) {
  Fairness result;
  for (std::uint8_t number = 1; number <= kRules + 1; ++number) {
    const Rule rule{number};
    const std::uint64_t times = report.violations_of(rule);
    if (times == 0) continue;
    result.fair = Fair::No;
    result.reasons.push_back({to_text(rule), std::string(meaning_of(rule)), times, true});
  }
  for (const Kind kind : {Kind::NoBeacon, Kind::SeedLost, Kind::Override, Kind::Booking}) {
    const std::uint64_t times = report.listed_of(kind);
    if (times == 0) continue;
    if (result.fair == Fair::Yes) result.fair = Fair::YesBut;
    result.reasons.push_back(
        {std::string(to_text(kind)), std::string(heading_of(kind)), times, false});
  }
  return result;
}

void append_fairness(http::JsonWriter& json, const Fairness& fairness) {
  json.key("fair").begin_object().field("verdict", to_text(fairness.fair));
  json.key("why").begin_array();
  for (const auto& one : fairness.reasons) {
    json.begin_object().field("what", one.what).field("times", one.times);
    json.field("meaning", one.meaning).end_object();
  }
  json.end_array().end_object();
}

}  // namespace jari::audit
