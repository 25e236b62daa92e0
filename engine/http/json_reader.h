// engine/http/json_reader.h — JsonDocument: a JSON text read strictly, in two allocations.
//
// Knows no schema: which fields may stand where is the caller's, who walks the members.
//
// Errors:  parse_json refuses what is not RFC 8259, a byte order mark, bytes after the value, a
// name
//          given twice in one object, text that is not UTF-8, more than 32 levels; the detail says
//          where. Asking a value for what it is not gives nothing.
// Threads: a document is read-only once parsed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace jari::http {

inline constexpr std::size_t kJsonDepthMax = 32;

enum class JsonKind : std::uint8_t { Null = 1, Bool, Integer, Number, Text, Array, Object };

class JsonDocument;
class JsonMembers;
class JsonElements;

/// One value of a document: a place in it, to be copied freely. Lives as long as the document stays
/// where it is.
class JsonValue {
 public:
  [[nodiscard]] JsonKind kind() const;
  [[nodiscard]] bool is_null() const { return kind() == JsonKind::Null; }
  [[nodiscard]] bool is_object() const { return kind() == JsonKind::Object; }
  [[nodiscard]] bool is_array() const { return kind() == JsonKind::Array; }
  [[nodiscard]] std::optional<bool> boolean() const;
  /// Written without a fraction or an exponent and within 64 signed bits: `1.0`, `1e3` are Numbers.
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  /// Any number, the nearest double.
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<std::string_view> text() const;
  /// Elements of an array, members of an object; else 0.
  [[nodiscard]] std::size_t size() const;
  /// Of an object: the member called so. Costs O(members).
  [[nodiscard]] std::optional<JsonValue> member(std::string_view name) const;
  /// Of an object, in the order written: `for (const auto [name, value] : body.members())`.
  [[nodiscard]] JsonMembers members() const;
  [[nodiscard]] JsonElements elements() const;

 private:
  friend class JsonDocument;
  friend class JsonMembers;
  friend class JsonElements;
  JsonValue(const JsonDocument* document, std::uint32_t at) : document_(document), at_(at) {}
  const JsonDocument* document_;
  std::uint32_t at_;
};

struct JsonMember {
  std::string_view name;
  JsonValue value;
};

class JsonDocument {
 public:
  [[nodiscard]] JsonValue root() const { return {this, 0}; }

 private:
  friend class JsonValue;
  friend class JsonMembers;
  friend class JsonElements;
  friend class JsonBuilder;
  /// Values in the order written; a member's name is a Text before its value.
  struct Node {
    JsonKind kind{};
    bool is_above_int64 = false;  // Integer: `bits` is unsigned
    std::uint32_t end = 0;        // the node after this value and all that is in it
    std::uint32_t size = 0;       // of a text, an array, an object
    std::uint64_t bits = 0;       // a number's bits, a truth, where a text begins
  };
  [[nodiscard]] std::string_view text_at(std::uint32_t node) const;
  std::vector<Node> nodes_;
  std::string text_;
};

class JsonElements {
 public:
  class Iterator {
   public:
    Iterator(const JsonDocument* document, std::uint32_t at) : document_(document), at_(at) {}
    [[nodiscard]] JsonValue operator*() const;
    Iterator& operator++();
    [[nodiscard]] bool operator==(const Iterator&) const = default;

   private:
    const JsonDocument* document_;
    std::uint32_t at_;
  };
  explicit JsonElements(JsonValue array) : array_(array) {}
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

 private:
  JsonValue array_;
};

class JsonMembers {
 public:
  class Iterator {
   public:
    Iterator(const JsonDocument* document, std::uint32_t at) : document_(document), at_(at) {}
    [[nodiscard]] JsonMember operator*() const;
    Iterator& operator++();
    [[nodiscard]] bool operator==(const Iterator&) const = default;

   private:
    const JsonDocument* document_;
    std::uint32_t at_;
  };
  explicit JsonMembers(JsonValue object) : object_(object) {}
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

 private:
  JsonValue object_;
};

[[nodiscard]] Result<JsonDocument> parse_json(std::string_view json);

/// Bytes that are equal for equal values, whatever the order of members or the white space: names
/// sorted, nothing between. Numbers count by their value: `1.0` and `1e0` give the bytes of `1`.
[[nodiscard]] std::string canonical(const JsonValue& value);

}  // namespace jari::http
