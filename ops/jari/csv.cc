#include "ops/jari/csv.h"

namespace jari::ops {
namespace {

class Reader {
 public:
  Reader(const std::string& file, std::string_view text) : file_(file), text_(text) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  }

  Result<std::vector<CsvRow>> rows() {
    std::vector<CsvRow> rows;
    while (at_ < text_.size()) {
      CsvRow row;
      row.line = line_;
      if (auto read = read_row(row); !read) return read.error();
      if (row.fields.size() > 1 || !row.fields[0].empty()) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  Result<void> read_row(CsvRow& row) {
    for (;;) {
      std::string& field = row.fields.emplace_back();
      if (at_ < text_.size() && text_[at_] == '"') {
        if (auto read = read_quoted(field); !read) return read;
      } else {
        while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n') {
          field.push_back(text_[at_++]);
        }
        if (!field.empty() && field.back() == '\r' && (at_ == text_.size() || text_[at_] == '\n')) {
          field.pop_back();
        }
      }
      if (at_ == text_.size()) return {};
      const char separator = text_[at_++];
      if (separator == '\n') {
        ++line_;
        return {};
      }
    }
  }

  Result<void> read_quoted(std::string& field) {
    const std::size_t began = line_;
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (c != '"') {
        field.push_back(c);
      } else if (at_ < text_.size() && text_[at_] == '"') {
        field.push_back(text_[at_++]);
      } else {
        if (at_ < text_.size() && text_[at_] == '\r') ++at_;
        if (at_ == text_.size() || text_[at_] == ',' || text_[at_] == '\n') return {};
        return wrong(line_, "a quoted field goes on after its closing quote");
      }
    }
    return wrong(began, "a quote is not closed");
  }

  Error wrong(std::size_t line, const std::string& why) const {
    return {ErrorCode::BadBytes, file_ + ":" + std::to_string(line) + ": " + why};
  }

  const std::string& file_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

Result<std::vector<CsvRow>> read_csv(const std::string& file, std::string_view text) {
  return Reader(file, text).rows();
}

}  // namespace jari::ops
