// The pictures of the report. Each has a text that says the same, and its numbers in a table.

#include <algorithm>

#include "consumers/audit/page.h"
#include "engine/base/printable.h"

namespace jari::audit::page {
namespace {

constexpr std::uint64_t kHeight = 1000;  // of a picture, in its own units; a step is 10 wide
constexpr std::uint64_t kStep = 10;

/// What a picture shows: each step's average a second, and the rate, both in thousandths.
struct Scale {
  explicit Scale(const LineFigures& line) : seconds(line.admissions.step_seconds()) {
    for (const std::uint64_t count : line.admissions.counts()) most = std::max(most, count);
    top = most * 1000 / static_cast<std::uint64_t>(seconds);
    // A rate that was never come near would leave nothing to see of the admissions.
    for (const auto& rate : line.rates) {
      const std::uint64_t its = std::uint64_t{rate.allowed()} * 1000;
      if (its <= 4 * top) shown = std::max(shown, its);
      is_cut = is_cut || its > 4 * top;
    }
    top = std::max({top, shown, std::uint64_t{1}}) * 21 / 20;
  }
  [[nodiscard]] std::uint64_t height_of(std::uint64_t thousandths) const {
    return std::min(kHeight, thousandths * kHeight / top);
  }
  std::int64_t seconds;
  std::uint64_t most = 0;
  std::uint64_t top = 0;
  std::uint64_t shown = 0;
  bool is_cut = false;
};

Instant end_of(const Series& series) {
  const auto steps = static_cast<std::int64_t>(series.counts().size());
  return series.begins() + milliseconds{steps * series.step_seconds() * 1000};
}

void append_bars(std::string& out, const Series& series, const Scale& scale) {
  const auto& counts = series.counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::uint64_t average = counts[i] * 1000 / static_cast<std::uint64_t>(scale.seconds);
    const std::uint64_t height = counts[i] == 0 ? 0 : std::max(scale.height_of(average), kStep / 2);
    const Instant at =
        series.begins() + milliseconds{static_cast<std::int64_t>(i) * series.step_seconds() * 1000};
    out += "<rect x=\"" + std::to_string(i * kStep) + "\" y=\"" + std::to_string(kHeight - height) +
           "\" width=\"" + std::to_string(kStep - 1) + "\" height=\"" + std::to_string(height) +
           "\" data-count=\"" + std::to_string(counts[i]) + "\"><title>" + to_text(at) + ": " +
           grouped(counts[i]) + " admitted</title></rect>\n";
  }
}

/// The rate as a line of steps, where it is not beyond the picture.
void append_rate(std::string& out, const LineFigures& line, const Scale& scale) {
  const Series& series = line.admissions;
  const std::int64_t begin = series.begins().ms;
  const std::int64_t length = end_of(series).ms - begin;
  const auto width = static_cast<std::int64_t>(series.counts().size() * kStep);
  const auto x_of = [&](Instant at) {
    return std::clamp<std::int64_t>((at.ms - begin) * width / length, 0, width);
  };
  for (std::size_t i = 0; i < line.rates.size(); ++i) {
    const std::uint64_t rate = std::uint64_t{line.rates[i].allowed()} * 1000;
    const std::int64_t from = x_of(line.rates[i].from);
    const std::int64_t to = i + 1 < line.rates.size() ? x_of(line.rates[i + 1].from) : width;
    if (rate > scale.top || to == from) continue;
    const std::string y = std::to_string(kHeight - scale.height_of(rate));
    out += "<path class=\"rate\" data-rate=\"" + std::to_string(line.rates[i].allowed()) +
           "\" d=\"M" + std::to_string(from) + " " + y + "H" + std::to_string(to) + "\"/>\n";
  }
}

void append_numbers(std::string& out, std::string_view queue, const LineFigures& line) {
  out += "<details><summary>The numbers of this picture</summary>\n";
  Table table(out, "Admissions of queue " + std::string(queue) + " in steps of " +
                       length_text(line.admissions.step_seconds()));
  table.heading("From").heading("Admitted", true).heading("A second", true).begin();
  const auto& counts = line.admissions.counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto gone = static_cast<std::int64_t>(i) * line.admissions.step_seconds() * 1000;
    table.row();
    table.cell(to_text(line.admissions.begins() + milliseconds{gone}), "place")
        .cell(counts[i])
        .cell(rate_text(counts[i], line.admissions.step_seconds()), "n");
  }
  table.end();
  out += "</details>\n";
}

/// What was allowed when, beside what came: each change of the rate, each pause.
void append_rates(std::string& out, std::string_view queue, const LineFigures& line) {
  if (line.rates.empty()) return;
  Table rates(out, "What was allowed in queue " + std::string(queue) + ", and what was admitted");
  rates.heading("From").heading("Most a second", true).heading("").heading("Admitted", true);
  rates.heading("Who").heading("Why").begin();
  for (const auto& rate : line.rates) {
    rates.row();
    rates.cell(to_text(rate.from), "place").cell(rate.allowed());
    rates.cell(rate.is_paused ? "paused by an operator" : rate.is_held ? "held by a node" : "");
    rates.cell(rate.admitted).cell(rate.by).cell(rate.reason);
  }
  rates.end();
  if (line.rates_changed <= line.rates.size()) return;
  remark(out, "And " + grouped(line.rates_changed - line.rates.size()) + " changes more.");
}

/// `7`, `1 to 50`.
std::string range_text(std::uint64_t first, std::uint64_t last) {
  return first == last ? grouped(first) : grouped(first) + " to " + grouped(last);
}

/// The first and the last of a step's admissions.
std::string admissions_text(const Turns& turns, std::size_t step) {
  const std::uint64_t first = step * turns.step_length() + 1;
  return range_text(first, std::min(turns.admitted(), first + turns.step_length() - 1));
}

void append_places(std::string& out, const Turns& turns) {
  const std::uint64_t top = std::max(turns.highest(), std::uint64_t{1});
  for (std::size_t i = 0; i < turns.steps().size(); ++i) {
    const auto& [lowest, highest] = turns.steps()[i];
    const std::uint64_t y = kHeight - highest * kHeight / top;
    const std::uint64_t foot = kHeight - (lowest == 0 ? 0 : (lowest - 1) * kHeight / top);
    out += "<rect x=\"" + std::to_string(i * kStep) + "\" y=\"" + std::to_string(y) +
           "\" width=\"" + std::to_string(kStep - 1) + "\" height=\"" +
           std::to_string(std::max(foot - y, kStep / 2)) + "\" data-lowest=\"" +
           std::to_string(lowest) + "\" data-highest=\"" + std::to_string(highest) +
           "\"><title>Admitted " + admissions_text(turns, i) + ": place " +
           range_text(lowest, highest) + "</title></rect>\n";
  }
}

}  // namespace

void turns(std::string& out, std::string_view queue, const Turns& turns) {
  if (turns.steps().empty()) return;
  const std::string length = grouped(turns.step_length());
  out += "<figure class=\"turns\">\n<div class=\"ends\"><span>upper edge: place " +
         grouped(turns.highest()) + "</span></div>\n<svg viewBox=\"0 0 " +
         std::to_string(turns.steps().size() * kStep) + " " + std::to_string(kHeight) +
         "\" preserveAspectRatio=\"none\" role=\"img\"><title>Places in queue ";
  append_escaped(out, queue);
  out += " in the order of their admissions, " + grouped(turns.admitted()) + " in all</title>\n";
  append_places(out, turns);
  out +=
      "</svg>\n<div class=\"ends\"><span>first admitted</span><span>last admitted</span></div>\n";
  out += "<figcaption>Queue ";
  append_escaped(out, queue);
  out += turns.step_length() == 1 ? ": the place of each who was admitted, one after the other."
                                  : ": from the lowest to the highest place of each " + length +
                                        " who were admitted one after the other.";
  out +=
      " A line that nobody jumped climbs like stairs: whoever came before their turn would stand "
      "out above them, whoever came after it below.</figcaption>\n</figure>\n";
  out += "<details><summary>The numbers of this picture</summary>\n";
  Table table(out, "Places of queue " + std::string(queue) + " in the order of admission");
  table.heading("Admissions").heading("Lowest place", true).heading("Highest place", true).begin();
  for (std::size_t i = 0; i < turns.steps().size(); ++i) {
    table.row();
    table.cell(admissions_text(turns, i), "place");
    table.cell(turns.steps()[i].lowest).cell(turns.steps()[i].highest);
  }
  table.end();
  out += "</details>\n";
}

void admissions(std::string& out, std::string_view queue, const LineFigures& line) {
  const Series& series = line.admissions;
  if (series.counts().empty()) return;
  const Scale scale(line);
  out += "<figure>\n<div class=\"ends\"><span>upper edge: " + rate_text(scale.top, 1000) +
         " a second</span></div>\n<svg viewBox=\"0 0 " +
         std::to_string(series.counts().size() * kStep) + " " + std::to_string(kHeight) +
         "\" preserveAspectRatio=\"none\" role=\"img\"><title>Admissions of queue ";
  append_escaped(out, queue);
  out += " over time: at most " + rate_text(scale.most, scale.seconds) +
         " a second on average of a step, " + grouped(line.admitted) + " in all</title>\n";
  append_bars(out, series, scale);
  append_rate(out, line, scale);
  out += "</svg>\n<div class=\"ends\"><span>" + to_text(series.begins()) + "</span><span>" +
         to_text(end_of(series)) +
         "</span></div>\n<figcaption>Bars: admitted a second, on average "
         "of each " +
         length_text(scale.seconds) + ". Dashed line: the rate that was set";
  if (!line.rates.empty()) {
    out += ", at last " + grouped(line.rates.back().allowed()) + " a second";
  }
  out +=
      scale.is_cut ? ", where it is not far beyond what came.</figcaption>\n" : ".</figcaption>\n";
  out += "</figure>\n";
  append_rates(out, queue, line);
  append_numbers(out, queue, line);
}

void waits(std::string& out, std::string_view queue, const Waits& waits) {
  const auto& counts = waits.counts();
  const std::uint64_t most = *std::max_element(counts.begin(), counts.end());
  if (most == 0) return;
  Table table(out, "How long people waited in queue " + std::string(queue) +
                       ", from the ticket or the opening, whichever was later");
  table.heading("Up to").heading("People", true).heading("").begin();
  const auto is_waited = [](std::uint64_t people) { return people != 0; };
  const auto end = std::find_if(counts.rbegin(), counts.rend(), is_waited).base();
  for (std::size_t i = 0; i < static_cast<std::size_t>(end - counts.begin()); ++i) {
    const bool is_last = i == Waits::kUpToSeconds.size();
    table.row();
    table.cell(is_last ? "longer" : length_text(Waits::kUpToSeconds[i]), "place");
    table.bar(counts[i], most);
  }
  table.end();
}

}  // namespace jari::audit::page
