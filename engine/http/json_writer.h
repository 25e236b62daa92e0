// engine/http/json_writer.h — JsonWriter: JSON appended to a text as it is said, with no tree.
//
// Refuses nothing: commas and quotes are its own, the order of calls is the caller's.
//
// Errors:  none; bytes that are not UTF-8 come out as U+FFFD, numbers that are not finite as null.
// Threads: a writer belongs to one thread.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jari::http {

/// `text` quoted and escaped.
void append_json_text(std::string& out, std::string_view text);
/// The shortest digits that read back as the same number.
void append_json_number(std::string& out, double number);

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  /// A name of ours: plain ASCII without quotes, so it is not escaped.
  JsonWriter& key(std::string_view name) {
    comma();
    out_.push_back('"');
    out_.append(name);
    out_.append("\":", 2);
    is_first_ = true;  // its value needs no comma
    return *this;
  }

  JsonWriter& value(std::string_view text) {
    comma();
    append_json_text(out_, text);
    return *this;
  }
  JsonWriter& value(const char* text) { return value(std::string_view{text}); }
  JsonWriter& value(bool truth) { return raw(truth ? "true" : "false"); }
  JsonWriter& value(double number) {
    comma();
    append_json_number(out_, number);
    return *this;
  }
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>) JsonWriter& value(T number) {
    comma();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out_.append(digits, end);
    return *this;
  }
  JsonWriter& null() { return raw("null"); }
  /// JSON that somebody else has written.
  JsonWriter& raw(std::string_view json) {
    comma();
    out_.append(json);
    return *this;
  }

  template <class T>
  JsonWriter& field(std::string_view name, const T& what) {
    return key(name).value(what);
  }
  /// Absent where there is no value.
  template <class T>
  JsonWriter& field(std::string_view name, const std::optional<T>& what) {
    return what ? key(name).value(*what) : *this;
  }
  JsonWriter& raw_field(std::string_view name, std::string_view json) {
    return key(name).raw(json);
  }

 private:
  void comma() {
    if (!is_first_) out_.push_back(',');
    is_first_ = false;
  }
  JsonWriter& open(char bracket) {
    comma();
    out_.push_back(bracket);
    is_first_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_.push_back(bracket);
    is_first_ = false;
    return *this;
  }

  std::string& out_;
  bool is_first_ = true;
};

}  // namespace jari::http
