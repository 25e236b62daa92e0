#include "consumers/audit/page.h"

#include <algorithm>

#include "engine/base/printable.h"

namespace jari::audit::page {
namespace {

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Audit of a Jari log</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --soft: #566170; --line: #d9dee5; --page: #fff;
  --good: #0b6b3a; --good-page: #e7f5ec; --bad: #a3160f; --bad-page: #fdeceb; --row: #f6f8fa;
  --bar: #3566a8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa5b4; --line: #333c48;
  --page: #12161c; --good: #6ddc9c; --good-page: #10301f; --bad: #ff9a93; --bad-page: #3a1715;
  --row: #191f27; --bar: #7ba7e0; } }
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 64rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .25rem; }
p, ul { margin: .5rem 0; max-width: 46rem; }
.soft { color: var(--soft); }
.verdict { border-radius: .5rem; padding: 1rem 1.25rem; margin: 1.5rem 0; font-size: 1.1rem;
  max-width: none; border-left: .4rem solid; }
.verdict.good { color: var(--good); background: var(--good-page); }
.verdict.bad { color: var(--bad); background: var(--bad-page); }
.wide { overflow-x: auto; margin: .5rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
caption { text-align: left; color: var(--soft); padding: .25rem .75rem .25rem 0;
  position: sticky; left: 0; max-width: calc(100vw - 3.5rem); }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); }
tbody tr:nth-child(even) { background: var(--row); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.place { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.text { min-width: 8rem; overflow-wrap: anywhere; }
td.bar { width: 45%; min-width: 7rem; }
td.bar svg { display: block; width: 100%; height: 1.1rem; }
.bad { color: var(--bad); font-weight: 600; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
figure { margin: .75rem 0 1rem; }
figure svg { display: block; width: 100%; height: 13rem; border-bottom: 1px solid var(--soft);
  border-left: 1px solid var(--soft); }
figure .ends { display: flex; justify-content: space-between; gap: 1rem; font-size: .9rem;
  color: var(--soft); font-variant-numeric: tabular-nums; }
figure.turns svg { height: 11rem; }
rect { fill: var(--bar); }
.rate { fill: none; stroke: var(--ink); stroke-width: 2; stroke-dasharray: 7 4;
  vector-effect: non-scaling-stroke; }
figcaption { font-size: .95rem; max-width: 46rem; }
summary { cursor: pointer; color: var(--soft); }
@media print { body { padding: 0; font-size: 10.5pt; max-width: none; } .wide { overflow: visible; }
  tr, figure { break-inside: avoid; } h2, h3 { break-after: avoid; }
  thead { display: table-header-group; }
  rect { fill: #345; print-color-adjust: exact; } }
</style>
</head>
<body>
<main>
)";

}  // namespace

std::string_view head() {
  return kHead;
}

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

void heading(std::string& out, std::string_view text) {
  out += "<h2>";
  append_escaped(out, text);
  out += "</h2>\n";
}

void remark(std::string& out, std::string_view text) {
  out += "<p class=\"soft\">";
  append_escaped(out, text);
  out += "</p>\n";
}

Table::Table(std::string& out, std::string_view caption) : out_(out) {
  out_ += "<div class=\"wide\" tabindex=\"0\"><table>\n<caption>";
  append_escaped(out_, caption);
  out_ += "</caption>\n<thead><tr>";
}

Table& Table::heading(std::string_view text, bool is_number) {
  out_ += is_number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">";
  append_escaped(out_, text);
  out_ += "</th>";
  return *this;
}

void Table::row() {
  out_ += is_open_ ? "</tr>\n<tr>" : "<tr>";
  is_open_ = true;
}

Table& Table::cell(std::string_view text, std::string_view style) {
  out_ += "<td class=\"";
  out_ += style;
  out_ += "\">";
  append_escaped(out_, text);
  out_ += "</td>";
  return *this;
}

Table& Table::cell(std::uint64_t number, std::string_view style) {
  return cell(grouped(number), style);
}

// The number stands in a cell of its own: whoever hears the page needs no picture.
Table& Table::bar(std::uint64_t number, std::uint64_t most) {
  cell(number);
  const std::uint64_t thousandths = most == 0 ? 0 : number * 1000 / most;
  out_ +=
      "<td class=\"bar\" aria-hidden=\"true\"><svg viewBox=\"0 0 1000 1\" "
      "preserveAspectRatio=\"none\"><rect height=\"1\" width=\"" +
      std::to_string(thousandths) + "\" data-count=\"" + std::to_string(number) + "\"/></svg></td>";
  return *this;
}

void Table::end() {
  out_ += is_open_ ? "</tr>\n</tbody></table></div>\n" : "</tbody></table></div>\n";
}

std::string length_text(std::int64_t seconds) {
  if (seconds % 3600 == 0) return std::to_string(seconds / 3600) + " h";
  if (seconds % 60 == 0) return std::to_string(seconds / 60) + " min";
  return grouped(static_cast<std::uint64_t>(seconds)) + " s";
}

std::string rate_text(std::uint64_t things, std::int64_t seconds) {
  const std::uint64_t hundredths = (things * 100 + static_cast<std::uint64_t>(seconds) / 2) /
                                   static_cast<std::uint64_t>(seconds);
  const std::string rest = std::to_string(hundredths % 100);
  return grouped(hundredths / 100) + "." + (rest.size() < 2 ? "0" : "") + rest;
}

}  // namespace jari::audit::page
