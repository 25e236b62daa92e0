#include "consumers/audit/page.h"

#include <algorithm>

#include "engine/base/printable.h"

namespace jari::audit::page {
namespace {

constexpr std::size_t kColumnsOfPhone = 3;  // so many stand beside each other on a narrow screen

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Audit of a Jari log</title>
<style>
:root { color-scheme: light; --ink: #1c2430; --soft: #566170; --line: #d9dee5; --page: #fff;
  --good: #0b6b3a; --good-page: #e7f5ec; --but: #7a4b00; --but-page: #fdf3dd; --bad: #a3160f;
  --bad-page: #fdeceb; --row: #f6f8fa; --bar: #3566a8; }
@media screen and (prefers-color-scheme: dark) { :root { color-scheme: dark; --ink: #e6eaf0;
  --soft: #9aa5b4; --line: #333c48; --page: #12161c; --good: #6ddc9c; --good-page: #10301f;
  --but: #f0c36d; --but-page: #332810; --bad: #ff9a93; --bad-page: #3a1715; --row: #191f27;
  --bar: #7ba7e0; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 70rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .25rem; }
p, ul { margin: .5rem 0; max-width: 46rem; }
.soft { color: var(--soft); }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr));
  gap: 1rem; margin: 1.25rem 0; }
.answer { border-radius: .5rem; border-left: .4rem solid; padding: .75rem 1.25rem; }
.answer h2 { font-size: 1rem; margin: 0; }
.answer p { margin: .25rem 0; }
.answer ul { margin: .25rem 0; padding-left: 1.25rem; }
.answer strong { font-size: 1.15rem; }
.answer.good { color: var(--good); background: var(--good-page); }
.answer.but { color: var(--but); background: var(--but-page); }
.answer.bad { color: var(--bad); background: var(--bad-page); font-weight: 400; }
.time { white-space: nowrap; }
.totals { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr));
  gap: .75rem 1rem; margin: .5rem 0 1rem; }
.totals div { border-top: 1px solid var(--line); padding-top: .25rem; display: flex;
  flex-direction: column-reverse; justify-content: flex-end; }
.totals dt { font-size: .9rem; line-height: 1.3; color: var(--soft); }
.totals dd { font-size: 1.1rem; font-weight: 600; font-variant-numeric: tabular-nums; margin: 0; }
.wide { overflow-x: auto; margin: .5rem 0 1rem; }
table { border-collapse: collapse; font-size: .95rem; min-width: min(100%, 30rem); }
.many table, .bars table { width: 100%; }
caption { text-align: left; color: var(--soft); padding: .25rem .75rem .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); overflow-wrap: break-word; }
tbody tr:nth-child(even) { background: var(--row); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td.n { white-space: nowrap; }
td.place { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.text { min-width: 7rem; }
td.hash { min-width: 15rem; }
td.code { font: .85em ui-monospace, monospace; line-height: 1.7; }
td.bar { width: 45%; min-width: 5rem; }
td.bar svg { display: block; width: 100%; height: 1.1rem; }
.bad { color: var(--bad); font-weight: 600; }
code { font: .92em ui-monospace, monospace; }
figure { margin: 1rem 0; }
figcaption { max-width: 46rem; margin-bottom: .5rem; }
figcaption strong { display: block; }
.plot { display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: .4rem;
  font-size: .875rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.plot .up { grid-column: 1 / -1; margin-bottom: .5rem; }
.plot svg { width: 100%; height: 13rem; border-bottom: 1px solid var(--soft);
  border-left: 1px solid var(--soft); }
.turns .plot svg { height: 11rem; }
.ticks { position: relative; }
.ticks span { position: absolute; right: 0; line-height: 1; transform: translateY(50%); }
.plot .ends { grid-column: 2; display: flex; justify-content: space-between; gap: 1rem;
  margin-top: .25rem; }
.plot .along { grid-column: 2; text-align: center; }
rect { fill: var(--bar); }
.grid { fill: none; stroke: var(--line); vector-effect: non-scaling-stroke; }
.rate { fill: none; stroke: var(--ink); stroke-width: 2; stroke-dasharray: 7 4;
  vector-effect: non-scaling-stroke; }
summary { cursor: pointer; color: var(--soft); }
@media screen and (max-width: 56rem) { .many table, .many tbody, .many tr, .many caption {
  display: block; } .many thead { position: absolute; clip-path: inset(50%); width: 1px;
  height: 1px; overflow: hidden; } .many tr { padding: .5rem .75rem;
  border-bottom: 1px solid var(--line); } .many td { display: grid; gap: .5rem; border: 0;
  grid-template-columns: 8rem minmax(0, 1fr); padding: .1rem 0; text-align: left;
  white-space: normal; } .many td::before { content: attr(data-label); color: var(--soft);
  font: .95rem system-ui, sans-serif; } .many td:empty { display: none; }
  .many td.bar { display: block;
  width: auto; } }
@media screen and (max-width: 30rem) { th, td { padding: .4rem .35rem; }
  td.text, td.hash { min-width: 0; } }
@media print { body { padding: 0; font-size: 10pt; max-width: none; } .wide { overflow: visible; }
  .answer { border: 1px solid; border-left-width: .4rem; } h2 { margin-top: 1.75rem; }
  th, td { padding: .25rem .4rem; } table { font-size: 9pt; } td.text { min-width: 5rem; }
  td.hash { min-width: 9rem; } td.code { font-size: .92em; } .plot svg { height: 9rem; }
  tr, figure, .answer, .totals div { break-inside: avoid; }
  h2, h3, caption, figcaption { break-after: avoid; } thead { display: table-header-group; }
  tbody tr:first-child { break-before: avoid; }
  details:not([open]) { display: none; } rect { print-color-adjust: exact; } }
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

Table& Table::heading(std::string_view text, bool is_number) {
  headings_.push_back({std::string(text), is_number});
  return *this;
}

// A narrow screen shows each row of many columns as lines of their own, and has no heads then.
void Table::begin() {
  const bool has_bars = headings_.back().text.empty();
  is_labelled_ = headings_.size() > kColumnsOfPhone;
  out_ += "<div class=\"wide";
  out_ += is_labelled_ ? " many" : has_bars ? " bars" : "";
  out_ += "\" tabindex=\"0\" role=\"group\" aria-label=\"";
  append_escaped(out_, caption_);
  out_ += "\"><table>\n<caption>";
  append_escaped(out_, caption_);
  out_ += "</caption>\n<thead><tr>";
  for (const auto& [text, is_number] : headings_) {
    if (text.empty()) {
      out_ += "<td></td>";  // above bars
      continue;
    }
    out_ += is_number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">";
    append_escaped(out_, text);
    out_ += "</th>";
  }
  out_ += "</tr></thead>\n<tbody>\n";
}

void Table::row() {
  out_ += is_open_ ? "</tr>\n<tr>" : "<tr>";
  is_open_ = true;
  column_ = 0;
}

Table& Table::cell(std::string_view text, std::string_view style) {
  out_ += "<td class=\"";
  out_ += style;
  if (is_labelled_ && column_ < headings_.size()) {
    out_ += "\" data-label=\"";
    append_escaped(out_, headings_[column_].text);
  }
  ++column_;
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

void total(std::string& out, std::string_view what, std::uint64_t count) {
  out += "<div><dt>";
  append_escaped(out, what);
  out += "</dt><dd>" + grouped(count) + "</dd></div>\n";
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
