#include "engine/http/json_reader.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <utility>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <boost/json/basic_parser_impl.hpp>
#pragma GCC diagnostic pop

namespace jari::http {
namespace {

namespace bj = boost::json;
using boost::system::error_code;

constexpr std::size_t kJsonBytesMax = std::size_t{1} << 30;
constexpr std::size_t kMembersCompared = 16;  // beyond, names are sorted to find a repeated one

}  // namespace

/// Receives the parser's events and lays them down in order.
class JsonBuilder {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return open(JsonKind::Object); }
  bool on_array_begin(error_code&) { return open(JsonKind::Array); }
  bool on_array_end(std::size_t count, error_code&) {
    close(count);
    return true;
  }
  bool on_object_end(std::size_t count, error_code& fault) {
    const std::uint32_t object = open_.back();
    close(count);
    return names_differ(object, fault);
  }
  bool on_key_part(bj::string_view part, std::size_t, error_code&) { return part_of_text(part); }
  bool on_key(bj::string_view part, std::size_t, error_code&) { return end_of_text(part); }
  bool on_string_part(bj::string_view part, std::size_t, error_code&) { return part_of_text(part); }
  bool on_string(bj::string_view part, std::size_t, error_code&) { return end_of_text(part); }
  bool on_number_part(bj::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, bj::string_view, error_code&) {
    return leaf(JsonKind::Integer, std::bit_cast<std::uint64_t>(number));
  }
  bool on_uint64(std::uint64_t number, bj::string_view, error_code&) {
    leaf(JsonKind::Integer, number);
    made_.nodes_.back().is_above_int64 = true;
    return true;
  }
  bool on_double(double rough, bj::string_view digits, error_code& fault) {
    double exact = rough;  // the parser's own may be off by a bit
    double nearest = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), nearest);
    if (read.ec == std::errc{} && read.ptr == digits.data() + digits.size()) exact = nearest;
    if (!std::isfinite(exact)) {
      fault = bj::error::exponent_overflow;
      return false;
    }
    return leaf(JsonKind::Number, std::bit_cast<std::uint64_t>(exact));
  }
  bool on_bool(bool truth, error_code&) { return leaf(JsonKind::Bool, truth ? 1 : 0); }
  bool on_null(error_code&) { return leaf(JsonKind::Null, 0); }
  bool on_comment_part(bj::string_view, error_code&) { return true; }
  bool on_comment(bj::string_view, error_code&) { return true; }

  void expect(std::size_t bytes) {
    made_.nodes_.reserve(16 + bytes / 16);
    made_.text_.reserve(bytes);
  }
  [[nodiscard]] const std::optional<std::string>& repeated() const { return repeated_; }
  [[nodiscard]] JsonDocument take() { return std::move(made_); }

 private:
  using Node = JsonDocument::Node;

  [[nodiscard]] std::uint32_t here() const {
    return static_cast<std::uint32_t>(made_.nodes_.size());
  }

  bool leaf(JsonKind kind, std::uint64_t bits) {
    made_.nodes_.push_back({.kind = kind, .end = here() + 1, .bits = bits});
    return true;
  }
  bool open(JsonKind kind) {
    open_.push_back(here());
    return leaf(kind, 0);
  }
  void close(std::size_t count) {
    Node& node = made_.nodes_[open_.back()];
    node.size = static_cast<std::uint32_t>(count);
    node.end = here();
    open_.pop_back();
  }
  bool part_of_text(bj::string_view part) {
    made_.text_.append(part.data(), part.size());
    return true;
  }
  bool end_of_text(bj::string_view part) {
    part_of_text(part);
    leaf(JsonKind::Text, text_begin_);
    made_.nodes_.back().size = static_cast<std::uint32_t>(made_.text_.size() - text_begin_);
    text_begin_ = made_.text_.size();
    return true;
  }
  bool names_differ(std::uint32_t object, error_code& fault);

  JsonDocument made_;
  std::vector<std::uint32_t> open_;
  std::size_t text_begin_ = 0;
  std::optional<std::string> repeated_;
};

bool JsonBuilder::names_differ(std::uint32_t object, error_code& fault) {
  std::vector<std::string_view> names;
  const std::uint32_t end = made_.nodes_[object].end;
  names.reserve(made_.nodes_[object].size);
  for (std::uint32_t at = object + 1; at < end; at = made_.nodes_[at + 1].end) {
    names.push_back(made_.text_at(at));
  }
  auto twice = names.end();
  if (names.size() <= kMembersCompared) {
    for (auto one = names.begin(); one != names.end() && twice == names.end(); ++one) {
      if (std::find(names.begin(), one, *one) != one) twice = one;
    }
  } else {
    std::sort(names.begin(), names.end());
    twice = std::adjacent_find(names.begin(), names.end());
  }
  if (twice == names.end()) return true;
  repeated_ = std::string{*twice};
  fault = bj::error::syntax;
  return false;
}

namespace {

Error fault_at(std::string_view json, std::size_t at, const std::string& why) {
  at = std::min(at, json.size());
  const std::string_view before = json.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? at + 1 : at - newline;
  return {ErrorCode::BadBytes,
          "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + why};
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

Result<JsonDocument> parse_json(std::string_view json) {
  if (json.size() > kJsonBytesMax) return Error{ErrorCode::BadBytes, "more than 1 GiB of JSON"};
  bj::parse_options options;
  options.max_depth = kJsonDepthMax;
  bj::basic_parser<JsonBuilder> parser{options};
  parser.handler().expect(json.size());
  error_code fault;
  std::size_t at = parser.write_some(false, json.data(), json.size(), fault);
  if (const auto& name = parser.handler().repeated(); name) {
    return fault_at(json, at, "the name \"" + *name + "\" stands twice in one object");
  }
  if (fault) return fault_at(json, at, fault.message());
  while (at < json.size() && is_space(json[at])) ++at;
  if (at != json.size()) return fault_at(json, at, "something follows the value");
  return parser.handler().take();
}

std::string_view JsonDocument::text_at(std::uint32_t node) const {
  return std::string_view{text_}.substr(nodes_[node].bits, nodes_[node].size);
}

JsonKind JsonValue::kind() const {
  return document_->nodes_[at_].kind;
}

std::optional<bool> JsonValue::boolean() const {
  if (kind() != JsonKind::Bool) return std::nullopt;
  return document_->nodes_[at_].bits != 0;
}

std::optional<std::int64_t> JsonValue::integer() const {
  const auto& node = document_->nodes_[at_];
  if (node.kind != JsonKind::Integer || node.is_above_int64) return std::nullopt;
  return std::bit_cast<std::int64_t>(node.bits);
}

std::optional<double> JsonValue::number() const {
  const auto& node = document_->nodes_[at_];
  if (node.kind == JsonKind::Number) return std::bit_cast<double>(node.bits);
  if (node.kind != JsonKind::Integer) return std::nullopt;
  if (node.is_above_int64) return static_cast<double>(node.bits);
  return static_cast<double>(std::bit_cast<std::int64_t>(node.bits));
}

std::optional<std::string_view> JsonValue::text() const {
  if (kind() != JsonKind::Text) return std::nullopt;
  return document_->text_at(at_);
}

std::size_t JsonValue::size() const {
  return is_array() || is_object() ? document_->nodes_[at_].size : 0;
}

std::optional<JsonValue> JsonValue::member(std::string_view name) const {
  if (!is_object()) return std::nullopt;
  for (const auto& one : members()) {
    if (one.name == name) return one.value;
  }
  return std::nullopt;
}

JsonMembers JsonValue::members() const {
  return JsonMembers{*this};
}
JsonElements JsonValue::elements() const {
  return JsonElements{*this};
}

JsonElements::Iterator JsonElements::begin() const {
  if (!array_.is_array()) return end();
  return {array_.document_, array_.at_ + 1};
}
JsonElements::Iterator JsonElements::end() const {
  return {array_.document_, array_.document_->nodes_[array_.at_].end};
}
JsonValue JsonElements::Iterator::operator*() const {
  return {document_, at_};
}
JsonElements::Iterator& JsonElements::Iterator::operator++() {
  at_ = document_->nodes_[at_].end;
  return *this;
}

JsonMembers::Iterator JsonMembers::begin() const {
  if (!object_.is_object()) return end();
  return {object_.document_, object_.at_ + 1};
}
JsonMembers::Iterator JsonMembers::end() const {
  return {object_.document_, object_.document_->nodes_[object_.at_].end};
}
JsonMember JsonMembers::Iterator::operator*() const {
  return {document_->text_at(at_), JsonValue{document_, at_ + 1}};
}
JsonMembers::Iterator& JsonMembers::Iterator::operator++() {
  at_ = document_->nodes_[at_ + 1].end;
  return *this;
}

}  // namespace jari::http
