// tests/bench/rows.h — Rows: what was measured and is no rate in rounds (figures.h), as JSON for
// machines; each figure with its unit.
//
// Measures nothing itself, and prints nothing.
//
// Units:   as each figure says.
// Errors:  a file that cannot be written is thrown as std::runtime_error.
// Threads: one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jari::bench {

struct Measured {
  std::string name;  // `start`
  double value = 0;
  std::string unit;  // `s`
};

class Rows {
 public:
  /// `bench`: the option that measures them; `file`: empty where nobody wants them.
  Rows(std::string bench, std::string file) : bench_(std::move(bench)), file_(std::move(file)) {}

  /// `what` was measured: `1000000 people`.
  void add(std::string what, std::vector<Measured> figures) {
    rows_.push_back({std::move(what), std::move(figures)});
  }
  /// All that was added, over what the file had; with why they do not count, where they do not.
  void write(std::string_view failed = {}) const;

 private:
  struct Row {
    std::string what;
    std::vector<Measured> figures;
  };
  std::string bench_;
  std::string file_;
  std::vector<Row> rows_;
};

}  // namespace jari::bench
