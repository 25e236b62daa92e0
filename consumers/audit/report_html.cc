// The report for people: one page that needs nothing else.

#include "consumers/audit/report.h"

namespace jari::audit {
namespace {

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Audit of a Jari log</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --page: #fff;
  --good: #0b6b3a; --good-page: #e7f5ec; --bad: #a3160f; --bad-page: #fdeceb; --row: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa5b4; --line: #333c48;
  --page: #12161c; --good: #6ddc9c; --good-page: #10301f; --bad: #ff9a93; --bad-page: #3a1715;
  --row: #191f27; } }
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 64rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
.soft { color: var(--soft); }
.verdict { border-radius: .5rem; padding: 1rem 1.25rem; margin: 1.5rem 0; font-size: 1.1rem;
  max-width: none; }
.verdict.good { color: var(--good); background: var(--good-page); }
.verdict.bad { color: var(--bad); background: var(--bad-page); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); white-space: nowrap; }
tbody tr:nth-child(even) { background: var(--row); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td.place { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.text { min-width: 8rem; overflow-wrap: anywhere; }
.bad { color: var(--bad); font-weight: 600; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
@media print { body { padding: 0; font-size: 11pt; } tr { break-inside: avoid; } }
</style>
</head>
<body>
)";

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
}

/// 1234567 as `1,234,567`.
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

/// A table written cell by cell; every text is escaped.
class Table {
 public:
  explicit Table(std::string& out) : out_(out) {
    out_ += "<div class=\"wide\"><table>\n<thead><tr>";
  }
  Table& heading(std::string_view text, bool is_number = false) {
    out_ += is_number ? "<th class=\"n\">" : "<th>";
    append_escaped(out_, text);
    out_ += "</th>";
    return *this;
  }
  void begin() { out_ += "</tr></thead>\n<tbody>\n"; }
  void row() {
    out_ += is_open_ ? "</tr>\n<tr>" : "<tr>";
    is_open_ = true;
  }
  Table& cell(std::string_view text, std::string_view style = "text") {
    out_ += "<td class=\"";
    out_ += style;
    out_ += "\">";
    append_escaped(out_, text);
    out_ += "</td>";
    return *this;
  }
  Table& cell(std::uint64_t number, std::string_view style = "n") {
    return cell(grouped(number), style);
  }
  void end() { out_ += is_open_ ? "</tr>\n</tbody></table></div>\n" : "</tbody></table></div>\n"; }

 private:
  std::string& out_;
  bool is_open_ = false;
};

void append_rules(std::string& out, const Report& report) {
  out += "<h2>The rules</h2>\n";
  Table table(out);
  table.heading("Rule").heading("What always holds").heading("Checked", true);
  table.heading("Violations", true).begin();
  for (std::uint8_t number = 1; number <= kRules + 1; ++number) {
    const Rule rule{number};
    if (rule == Rule::Checkpoint && report.checks_of(rule) == 0) continue;
    table.row();
    table.cell(to_text(rule), "place").cell(meaning_of(rule)).cell(report.checks_of(rule));
    const std::uint64_t broken = report.violations_of(rule);
    table.cell(broken, broken == 0 ? "n" : "n bad");
  }
  table.end();
}

void append_violations(std::string& out, const Report& report) {
  if (report.is_good()) return;
  out += "<h2>Where they were broken</h2>\n";
  Table table(out);
  table.heading("Rule").heading("Topic, partition, offset").heading("Why").begin();
  for (const Violation& one : report.violations()) {
    table.row();
    table.cell(to_text(one.rule), "place bad").cell(report.place_of(one.at), "place").cell(one.why);
  }
  table.end();
  const std::uint64_t more = report.violations_in_all() - report.violations().size();
  if (more != 0) out += "<p class=\"soft\">And " + grouped(more) + " more.</p>\n";
}

void append_listed(std::string& out, const Report& report, Kind kind) {
  if (report.listed_of(kind) == 0) return;
  out += "<h2>";
  append_escaped(out, heading_of(kind));
  out += "</h2>\n<p class=\"soft\">" + grouped(report.listed_of(kind)) + " in all.</p>\n";
  Table table(out);
  table.heading("Topic, partition, offset").heading("Who").heading("What").heading("Why").begin();
  for (const Listed& one : report.listed()) {
    if (one.kind != kind) continue;
    table.row();
    table.cell(report.place_of(one.at), "place").cell(one.by).cell(one.what).cell(one.reason);
  }
  table.end();
}

void append_rest(std::string& out) {
  out += "<h2>What else proves the rest</h2>\n<ul>\n";
  for (std::uint8_t number = 1; number <= kRules; ++number) {
    const auto rest = rest_of(Rule{number});
    if (rest.empty()) continue;
    out += "<li><strong>" + to_text(Rule{number}) + "</strong> ";
    append_escaped(out, rest);
    out += "</li>\n";
  }
  out += "</ul>\n";
}

}  // namespace

std::string Report::html() const {
  std::string out(kHead);
  out += "<h1>Audit of a Jari log</h1>\n<p class=\"soft\">Log <code>" +
         to_text(identity_.incarnation) + "</code>, begun " + to_text(identity_.begins) +
         ". Read from its first record by rules that share no code with what they prove.</p>\n";
  if (is_good()) {
    out += "<p class=\"verdict good\"><strong>Every rule holds.</strong> " + grouped(records_) +
           " records.</p>\n";
  } else {
    const std::uint64_t all = violations_in_all();
    out += "<p class=\"verdict bad\"><strong>" + grouped(all) +
           (all == 1 ? " violation" : " violations") + "</strong> in " + grouped(records_) +
           " records. The first stands at <code>";
    append_escaped(out, place_of(violations_.front().at));
    out += "</code>.</p>\n";
  }
  append_rules(out, *this);
  append_violations(out, *this);
  for (const Kind kind :
       {Kind::NoBeacon, Kind::SeedLost, Kind::Override, Kind::Booking, Kind::Loss, Kind::Repair}) {
    append_listed(out, *this, kind);
  }
  append_rest(out);
  out += "<h2>What was read</h2>\n";
  Table table(out);
  table.heading("Topic, partition").heading("Records", true).heading("Log time at its end").begin();
  for (const auto& [where, read] : read_) {
    table.row();
    table.cell(identity_.topics[where.topic].name + " " + std::to_string(where.partition), "place")
        .cell(read.records)
        .cell(identity_.topics[where.topic].is_sink ? "" : to_text(read.last));
  }
  table.end();
  return out + "</body>\n</html>\n";
}

}  // namespace jari::audit
