// consumers/api/forms.h — the checked reading of a body: every field by name, kind and limits.
//
// Knows no call: prepare functions say which fields theirs has. Stops at the first fault.
//
// Units:   lengths of texts in characters (code points).
// Errors:  a Fault names the field and says what it must be; what a getter gives after one is
// empty. Threads: a Form belongs to one thread, and to its document.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/model/code.h"
#include "engine/base/time.h"
#include "engine/http/json_reader.h"

namespace jari::api {

/// What is wrong with a request: 400, or the scope that its content would need.
struct Fault {
  Code code = Code::InvalidRequest;
  std::string field = {};
  std::string detail = {};
};

enum class Need : std::uint8_t { Required = 1, Optional };

struct TextLimits {
  std::size_t chars_min = 1;
  std::size_t chars_max = 200;
  bool takes_controls = false;
};
inline constexpr TextLimits kReasonLimits{1, 200};

/// Code points of a text that is UTF-8.
[[nodiscard]] std::size_t length_of(std::string_view text);
/// Of that length, and without control characters unless it takes them.
[[nodiscard]] bool fits(std::string_view text, const TextLimits& limits);

class Form {
 public:
  /// `object` may be any value: another kind than an object is a fault.
  explicit Form(http::JsonValue object, std::string prefix = {});

  /// Whether the field stands there as null, which clears it. It is then read.
  [[nodiscard]] bool is_cleared(std::string_view name);
  [[nodiscard]] bool has(std::string_view name) const;

  [[nodiscard]] std::string_view id(std::string_view name, Need need = Need::Required);
  [[nodiscard]] std::string_view text(std::string_view name, Need need,
                                      const TextLimits& limits = {});
  [[nodiscard]] std::string_view hex32(std::string_view name, Need need);
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name, Need need,
                                                    std::int64_t least, std::int64_t most);
  [[nodiscard]] std::optional<double> number(std::string_view name, Need need, double least,
                                             double most);
  [[nodiscard]] std::optional<bool> boolean(std::string_view name, Need need);
  [[nodiscard]] std::optional<Instant> time(std::string_view name, Need need);
  [[nodiscard]] std::optional<Day> day(std::string_view name, Need need);
  /// The elements; empty where there are none, or the field is absent.
  [[nodiscard]] std::vector<http::JsonValue> list(std::string_view name, Need need,
                                                  std::size_t least, std::size_t most);
  [[nodiscard]] std::vector<std::string_view> ids(std::string_view name, std::size_t most);
  [[nodiscard]] std::optional<http::JsonValue> object(std::string_view name, Need need);

  /// A rule between fields does not hold.
  void refuse(std::string_view name, std::string_view must);
  /// What a part of this form found.
  void take(std::optional<Fault> fault);
  /// The first fault, or the first field that nobody has read.
  [[nodiscard]] std::optional<Fault> fault();
  [[nodiscard]] std::string path_of(std::string_view name) const {
    return prefix_ + std::string(name);
  }

 private:
  [[nodiscard]] std::optional<http::JsonValue> read(std::string_view name, Need need);

  http::JsonValue object_;
  std::string prefix_;
  std::vector<std::string_view> read_;
  std::optional<Fault> fault_;
};

}  // namespace jari::api
