#include "consumers/audit/report.h"

#include <algorithm>

#include "engine/http/json_writer.h"

namespace jari::audit {
namespace {

constexpr std::size_t kViolationsKept = 10'000;
constexpr std::size_t kNotesKept = 10'000;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out.push_back(c);
  }
  return out;
}

std::vector<Rule> all_rules() {
  std::vector<Rule> all;
  for (std::uint8_t i = 1; i <= kRules; ++i) all.push_back(Rule{i});
  return all;
}

}  // namespace

std::string to_text(Rule rule) {
  return "I" + std::to_string(static_cast<int>(rule));
}

std::string_view meaning_of(Rule rule) {
  switch (rule) {
    case Rule::I1:
      return "No slot and no stock was sold beyond what was there when it was granted.";
    case Rule::I2:
      return "Nobody had more active appointments in a programme than it allows.";
    case Rule::I3:
      return "Nothing was booked or held without an admission, a right to rebook, or an operator's "
             "name and reason.";
    case Rule::I4:
      return "Within each queue people were admitted in the order of their places, within rate and "
             "most inside; a ticket number was given once.";
    case Rule::I5:
      return "The same request id had one effect.";
    case Rule::I6:
      return "No tick, claim or dispute disagrees about the state.";
    case Rule::I7:
      return "What is in sync equals the appointments.";
    case Rule::I8:
      return "No effect between partitions was lost, doubled or out of order.";
    case Rule::I9:
      return "Every operator's act is in the log with who and why.";
  }
  return {};
}

void Report::expect(bool holds, Rule rule, PartitionRef where, Offset offset,
                    std::string_view why) {
  checked(rule);
  if (holds || violations_.size() >= kViolationsKept) return;
  violations_.push_back({rule, where, offset, std::string(why)});
}

void Report::note(std::string text) {
  if (notes_.size() < kNotesKept) notes_.push_back(std::move(text));
}

std::uint64_t Report::violations_of(Rule rule) const {
  return static_cast<std::uint64_t>(
      std::count_if(violations_.begin(), violations_.end(),
                    [rule](const Violation& one) { return one.rule == rule; }));
}

std::string Report::line_of(const Violation& violation) const {
  return "violation: " + to_text(violation.rule) + " " +
         identity_->topics[violation.where.topic].name + " " +
         std::to_string(violation.where.partition) + " " + std::to_string(violation.offset) + ": " +
         violation.why;
}

std::string Report::json() const {
  std::string out;
  http::JsonWriter json(out);
  json.begin_object().field("ok", is_good()).field("records", records_);
  json.key("rules").begin_object();
  for (const Rule rule : all_rules()) {
    json.key(to_text(rule))
        .begin_object()
        .field("checked", checks_of(rule))
        .field("violations", violations_of(rule))
        .end_object();
  }
  json.end_object();
  if (!violations_.empty()) {
    const Violation& first = violations_.front();
    json.key("first_violation")
        .begin_object()
        .field("rule", to_text(first.rule))
        .field("topic", identity_->topics[first.where.topic].name)
        .field("partition", first.where.partition)
        .field("offset", first.offset)
        .field("why", first.why)
        .end_object();
  }
  json.key("notes").begin_array();
  for (const auto& note : notes_) json.value(note);
  json.end_array().end_object();
  return out;
}

std::string Report::html() const {
  std::string out =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Audit of a Jari log</title>"
      "<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
      "td,th{padding:.3em .8em;text-align:left;border-bottom:1px solid #ccc;vertical-align:top}"
      "td.n{text-align:right}.bad{color:#a00}.good{color:#060}</style><h1>Audit of a Jari log</h1>";
  out += "<p>Log " + to_text(identity_->incarnation) + ", " + std::to_string(records_) +
         " records, read from the first. <strong class=\"" +
         (is_good() ? "good\">Every rule holds." : "bad\">A rule was broken.") + "</strong></p>";
  out += "<table><tr><th>Rule<th>What it says<th>Checked<th>Violations";
  for (const Rule rule : all_rules()) {
    out += "<tr><td>" + to_text(rule) + "<td>" + std::string(meaning_of(rule)) +
           "<td class=\"n\">" + std::to_string(checks_of(rule)) + "<td class=\"n\">" +
           std::to_string(violations_of(rule));
  }
  out += "</table>";
  if (!violations_.empty()) {
    out += "<h2>Violations</h2><ul>";
    for (const auto& one : violations_) out += "<li class=\"bad\">" + escaped(line_of(one));
    out += "</ul>";
  }
  if (!notes_.empty()) {
    out += "<h2>What operators overrode</h2><ul>";
    for (const auto& note : notes_) out += "<li>" + escaped(note);
    out += "</ul>";
  }
  return out + "</html>\n";
}

}  // namespace jari::audit
