// The pictures of the report. Each has a text that says the same, and its numbers in a table.

#include <algorithm>

#include "consumers/audit/page.h"
#include "engine/base/printable.h"

namespace jari::audit::page {
namespace {

constexpr std::uint64_t kHeight = 1000;  // of a picture, in its own units; a step is 10 wide
constexpr std::uint64_t kStep = 10;
constexpr std::uint64_t kTicksMost = 4;

/// The axis that goes up: what it counts, and up to where. Its marks are 1, 2 or 5 of something.
struct Axis {
  std::string_view label;
  std::uint64_t top = 0;
  std::uint64_t one = 1;  // what a count of one is in units of `top`

  [[nodiscard]] std::uint64_t step() const {
    std::uint64_t tens = 1;
    for (;; tens *= 10) {
      for (const std::uint64_t times : {1, 2, 5}) {
        const bool is_whole = one == 1 || tens * times * 100 >= one;
        if (is_whole && tens * times * kTicksMost >= top) return tens * times;
      }
    }
  }
  [[nodiscard]] std::string text_of(std::uint64_t value) const {
    std::string rest = one == 1 || value % one == 0 ? "" : std::to_string(one + value % one);
    while (!rest.empty() && rest.back() == '0') rest.pop_back();
    return grouped(value / one) + (rest.empty() ? "" : "." + rest.substr(1));
  }
};

/// `2021-07-12 00:00:05`: the ends of steps are whole seconds.
std::string second_text(Instant at) {
  std::string text = to_text(at).substr(0, 19);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

/// The marks of the axis, and the picture up to where its bars begin; `title` is what is heard.
void begin_plot(std::string& out, const Axis& axis, std::size_t steps, std::string_view title) {
  const std::string width = std::to_string(steps * kStep);
  std::string marks;
  std::string lines;
  std::size_t longest = 0;
  for (std::uint64_t value = 0; value <= axis.top; value += axis.step()) {
    const std::string text = axis.text_of(value);
    longest = std::max(longest, text.size());
    marks += "<span style=\"bottom:" + rate_text(value * 100, static_cast<std::int64_t>(axis.top)) +
             "%\">" + text + "</span>";
    lines += "<path class=\"grid\" d=\"M0 " + std::to_string(kHeight - value * kHeight / axis.top) +
             "H" + width + "\"/>\n";
  }
  out +=
      "<div class=\"plot\">\n<div class=\"up\" aria-hidden=\"true\">" + std::string(axis.label) +
      "</div>\n<div class=\"ticks\" aria-hidden=\"true\" style=\"width:" + std::to_string(longest) +
      "ch\">" + marks + "</div><svg viewBox=\"0 0 " + width + " " + std::to_string(kHeight) +
      "\" preserveAspectRatio=\"none\" role=\"img\"><title>";
  append_escaped(out, title);
  out += "</title>\n" + lines;
}

/// What stands along its foot.
void end_plot(std::string& out, std::string_view first, std::string_view last,
              std::string_view label) {
  out += "</svg>\n<div class=\"ends\"><span>" + std::string(first) + "</span><span>" +
         std::string(last) + "</span></div>\n<div class=\"along\">" + std::string(label) +
         "</div>\n</div>\n";
}

void append_title(std::string& out, std::string_view what, std::string_view queue) {
  out += "<figcaption><strong>" + std::string(what) + " of queue ";
  append_escaped(out, queue);
  out += "</strong>\n";
}

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
           "\" data-count=\"" + std::to_string(counts[i]) + "\"><title>" + second_text(at) +
           " UTC: " + grouped(counts[i]) + " admitted</title></rect>\n";
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
  table.heading("From, UTC").heading("Admitted", true).heading("A second", true).begin();
  const auto& counts = line.admissions.counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto gone = static_cast<std::int64_t>(i) * line.admissions.step_seconds() * 1000;
    table.row();
    table.cell(second_text(line.admissions.begins() + milliseconds{gone}), "place")
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
  rates.heading("From").heading("Most a second", true).heading("State").heading("Admitted", true);
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

/// `up to 1 s`, `over 1 s, up to 5 s`, `over 24 h`.
std::string wait_text(std::size_t bound) {
  std::string text;
  if (bound > 0) text = "over " + length_text(Waits::kUpToSeconds[bound - 1]);
  if (bound == Waits::kUpToSeconds.size()) return text;
  return text + (text.empty() ? "up to " : ", up to ") + length_text(Waits::kUpToSeconds[bound]);
}

}  // namespace

void turns(std::string& out, std::string_view queue, const Turns& turns) {
  if (turns.steps().empty()) return;
  out += "<figure class=\"turns\">\n";
  append_title(out, "Who was admitted when: places", queue);
  out += turns.step_length() == 1
             ? "The place of each who was admitted, one after the other."
             : "From the lowest to the highest place of each " + grouped(turns.step_length()) +
                   " who were admitted one after the other.";
  out +=
      " A line that nobody jumped climbs like stairs: whoever came before their turn would stand "
      "out above them, whoever came after it below.</figcaption>\n";
  begin_plot(out, {"place in the line", std::max(turns.highest(), std::uint64_t{1})},
             turns.steps().size(),
             "Places in queue " + std::string(queue) + " in the order of their admissions, " +
                 grouped(turns.admitted()) + " in all");
  append_places(out, turns);
  end_plot(out, "first admitted", "last admitted", "in the order of admission");
  out += "</figure>\n";
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
  out += "<figure>\n";
  append_title(out, "Admissions a second, and the rate that was set,", queue);
  out += "Bars: people admitted a second, on average of each " + length_text(scale.seconds) +
         ". Dashed line: the rate that was set";
  if (!line.rates.empty()) {
    out += ", at last " + grouped(line.rates.back().allowed()) + " a second";
  }
  out +=
      scale.is_cut ? ", where it is not far beyond what came.</figcaption>\n" : ".</figcaption>\n";
  begin_plot(out, {"people a second", scale.top, 1000}, series.counts().size(),
             "Admissions of queue " + std::string(queue) + " over time: at most " +
                 rate_text(scale.most, scale.seconds) + " a second on average of a step, " +
                 grouped(line.admitted) + " in all");
  append_bars(out, series, scale);
  append_rate(out, line, scale);
  end_plot(out, second_text(series.begins()), second_text(end_of(series)), "time, UTC");
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
  table.heading("Waited").heading("People", true).heading("").begin();
  const auto is_waited = [](std::uint64_t people) { return people != 0; };
  const auto end = std::find_if(counts.rbegin(), counts.rend(), is_waited).base();
  for (std::size_t i = 0; i < static_cast<std::size_t>(end - counts.begin()); ++i) {
    table.row();
    table.cell(wait_text(i), "place");
    table.bar(counts[i], most);
  }
  table.end();
}

}  // namespace jari::audit::page
