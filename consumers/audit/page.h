// consumers/audit/page.h — pieces of the report for people: text that is only text, tables, and
// pictures whose numbers stand beside them. Nothing in them asks for anything elsewhere.
//
// Errors:  none.
// Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "consumers/audit/figures.h"

namespace jari::audit::page {

/// With style; up to where the body's content begins.
[[nodiscard]] std::string_view head();

void append_escaped(std::string& out, std::string_view text);
void heading(std::string& out, std::string_view text);
/// A paragraph that is set back.
void remark(std::string& out, std::string_view text);

/// One of the figures that stand on top, in a list of them (`<dl class="totals">`).
void total(std::string& out, std::string_view what, std::uint64_t count);

/// A table written cell by cell; every text is escaped.
class Table {
 public:
  /// The caption is what a screen reader says of it.
  Table(std::string& out, std::string caption) : out_(out), caption_(std::move(caption)) {}
  /// In order, before begin(); without a text: what stands above bars.
  Table& heading(std::string_view text, bool is_number = false);
  void begin();
  void row();
  Table& cell(std::string_view text, std::string_view style = "text");
  Table& cell(std::uint64_t number, std::string_view style = "n");
  /// The number, and a bar as long as it is beside `most`.
  Table& bar(std::uint64_t number, std::uint64_t most);
  void end();

 private:
  struct Heading {
    std::string text;
    bool is_number = false;
  };

  std::string& out_;
  std::string caption_;
  std::vector<Heading> headings_;
  std::size_t column_ = 0;
  bool is_labelled_ = false;  // each cell has its heading with it
  bool is_open_ = false;
};

/// Admissions over time beside the rate that was set; then the numbers, folded away.
void admissions(std::string& out, std::string_view queue, const LineFigures& line);
/// Which places were admitted one after the other; then the numbers, folded away.
void turns(std::string& out, std::string_view queue, const Turns& turns);
/// How many waited how long.
void waits(std::string& out, std::string_view queue, const Waits& waits);

/// `15 s`, `5 min`, `2 h`.
[[nodiscard]] std::string length_text(std::int64_t seconds);
/// Hundredths of things in a second: `1.90`.
[[nodiscard]] std::string rate_text(std::uint64_t things, std::int64_t seconds);

}  // namespace jari::audit::page
