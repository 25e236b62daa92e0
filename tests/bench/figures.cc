#include "tests/bench/figures.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <unistd.h>

#include "engine/http/json_writer.h"

namespace jari::bench {
namespace {

constexpr int kTextColumn = 68;
constexpr int kNumberColumn = 11;

/// `12,345`.
std::string grouped(double number) {
  std::string digits = std::to_string(std::llround(number));
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string rounded(double number, int places) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(places) << number;
  return text.str();
}

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::string few_digits(double number) {
  return number == 0 ? "" : rounded(number, number < 100 ? 2 : 0);
}

}  // namespace

double at_share(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

Round round_of(std::vector<double> latencies_ms, double from_s) {
  Round round;
  round.from_s = from_s;
  round.until_s = now_seconds();
  round.per_second = static_cast<double>(latencies_ms.size()) / (round.until_s - from_s);
  round.worst_ms = at_share(latencies_ms, 1);
  round.p50_ms = at_share(latencies_ms, 0.5);
  round.p99_ms = at_share(latencies_ms, 0.99);
  return round;
}

double now_seconds() {
  return seconds_of(CLOCK_MONOTONIC);
}

double cpu_seconds() {
  return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double cpu_seconds_of(int process) {
  constexpr int kFieldsBefore = 11;  // of /proc/PID/stat, after the name in parentheses
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string word;
  std::getline(file, word, ')');
  for (int i = 0; i < kFieldsBefore; ++i) file >> word;
  double user = 0;
  double system = 0;
  file >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void Figures::add(const FigureName& name, Round round) {
  const auto known = std::find_if(figures_.begin(), figures_.end(), [&](const Figure& figure) {
    return figure.name.text() == name.text();
  });
  Figure& figure = known == figures_.end() ? figures_.emplace_back(Figure{name, {}}) : *known;
  figure.rounds.push_back(round);
  std::cerr << "  " << name.text() << ": " << grouped(round.per_second) << ' ' << name.unit
            << (round.cpu_us == 0 ? "" : ", CPU us each " + rounded(round.cpu_us, 2)) << '\n';
}

std::vector<double> Figures::Figure::all(double Round::*part) const {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(round.*part);
  return values;
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double Figures::Figure::median(double Round::*part) const {
  return median_of(all(part));
}

double Figures::Figure::most(double Round::*part) const {
  const std::vector<double> values = all(part);
  return *std::max_element(values.begin(), values.end());
}

void Figures::print(std::ostream& to) const {
  to << std::left << std::setw(kTextColumn) << "medians of each row's rounds" << std::right
     << std::setw(kNumberColumn) << "a second" << std::setw(kNumberColumn) << "least"
     << std::setw(kNumberColumn) << "most" << std::setw(kNumberColumn) << "p50 ms"
     << std::setw(kNumberColumn) << "most" << std::setw(kNumberColumn) << "p99 ms"
     << std::setw(kNumberColumn) << "most" << std::setw(kNumberColumn) << "worst ms"
     << std::setw(kNumberColumn) << "write ms" << std::setw(kNumberColumn) << "CPU us"
     << "  PostgreSQL\n";
  for (const Figure& figure : figures_) {
    const std::vector<double> rates = figure.all(&Round::per_second);
    const double median = figure.median(&Round::per_second);
    const double postgresql = figure.name.postgresql;
    to << std::left << std::setw(kTextColumn) << figure.name.text() << std::right
       << std::setw(kNumberColumn) << grouped(median) << std::setw(kNumberColumn)
       << grouped(*std::min_element(rates.begin(), rates.end())) << std::setw(kNumberColumn)
       << grouped(*std::max_element(rates.begin(), rates.end())) << std::setw(kNumberColumn)
       << few_digits(figure.median(&Round::p50_ms)) << std::setw(kNumberColumn)
       << few_digits(figure.most(&Round::p50_ms)) << std::setw(kNumberColumn)
       << few_digits(figure.median(&Round::p99_ms)) << std::setw(kNumberColumn)
       << few_digits(figure.most(&Round::p99_ms)) << std::setw(kNumberColumn)
       << few_digits(figure.most(&Round::worst_ms)) << std::setw(kNumberColumn)
       << few_digits(figure.most(&Round::write_ms)) << std::setw(kNumberColumn)
       << few_digits(figure.median(&Round::cpu_us))
       << (postgresql == 0 ? "" : "  x" + rounded(median / postgresql, 1)) << '\n';
  }
}

void Figures::write_json(const std::string& file, bool is_quick) const {
  std::string text;
  http::JsonWriter json(text);
  json.begin_object()
      .field("quick", is_quick)
      .field("processors", std::thread::hardware_concurrency())
      .key("figures")
      .begin_array();
  for (const Figure& figure : figures_) {
    json.begin_object()
        .field("layer", figure.name.layer)
        .field("what", figure.name.what)
        .field("load", figure.name.load)
        .field("unit", figure.name.unit)
        .field("median", figure.median(&Round::per_second))
        .field("p50_ms", figure.median(&Round::p50_ms))
        .field("p99_ms", figure.median(&Round::p99_ms))
        .field("worst_ms", figure.most(&Round::worst_ms))
        .field("write_ms", figure.most(&Round::write_ms))
        .field("cpu_us", figure.median(&Round::cpu_us));
    if (figure.name.postgresql != 0) json.field("postgresql", figure.name.postgresql);
    json.key("rounds").begin_array();
    for (const Round& round : figure.rounds) {
      json.begin_object().field("a_second", round.per_second).field("p50_ms", round.p50_ms);
      json.field("p99_ms", round.p99_ms).field("worst_ms", round.worst_ms);
      json.field("write_ms", round.write_ms).field("cpu_us", round.cpu_us);
      json.field("from_s", round.from_s).field("until_s", round.until_s).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  std::ofstream out(file);
  out << text << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + file);
}

}  // namespace jari::bench
