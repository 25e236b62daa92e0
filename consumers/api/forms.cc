#include "consumers/api/forms.h"

#include <algorithm>
#include <cmath>

#include "consumers/model/ids.h"
#include "engine/base/printable.h"

namespace jari::api {
namespace {

constexpr std::size_t kTimeCharsMax = 40;
constexpr double kWholeMax = 9007199254740992.0;  // 2^53: beyond, a double has no whole numbers

bool is_hex32(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// 7, 7.0 and 7e0 are one number to JSON.
std::optional<std::int64_t> whole(const http::JsonValue& value) {
  if (const auto integer = value.integer()) return integer;
  const auto number = value.number();
  if (!number || std::abs(*number) > kWholeMax || std::floor(*number) != *number) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*number);
}

}  // namespace

std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool fits(std::string_view text, const TextLimits& limits) {
  const std::size_t length = length_of(text);
  if (length < limits.chars_min || length > limits.chars_max) return false;
  return limits.takes_controls || !has_control(text);
}

Form::Form(http::JsonValue object, std::string prefix)
    : object_(object), prefix_(std::move(prefix)) {
  if (object_.is_object()) return;
  std::string name = prefix_;
  if (name.ends_with('.')) name.pop_back();
  if (name.empty()) name = "body";
  fault_ = Fault{Code::InvalidRequest, name, name + " must be an object."};
}

bool Form::has(std::string_view name) const {
  return object_.member(name).has_value();
}

bool Form::is_cleared(std::string_view name) {
  const auto value = object_.member(name);
  if (!value || !value->is_null()) return false;
  read_.push_back(name);
  return true;
}

std::optional<http::JsonValue> Form::read(std::string_view name, Need need) {
  read_.push_back(name);
  if (fault_) return std::nullopt;
  auto value = object_.member(name);
  if (!value && need == Need::Required) refuse(name, "must be given");
  return value;
}

std::string_view Form::id(std::string_view name, Need need) {
  const auto value = read(name, need);
  if (!value) return {};
  const auto text = value->text();
  if (text && is_id(*text)) return *text;
  refuse(name, "must be a text of 1 to 64 of A-Z a-z 0-9 . _ : -");
  return {};
}

std::string_view Form::text(std::string_view name, Need need, const TextLimits& limits) {
  const auto value = read(name, need);
  if (!value) return {};
  const auto text = value->text();
  if (text && fits(*text, limits)) return *text;
  std::string must = "must be a text of " + std::to_string(limits.chars_min) + " to " +
                     std::to_string(limits.chars_max) + " characters";
  if (!limits.takes_controls) must += ", none of them a control character";
  refuse(name, must);
  return {};
}

std::string_view Form::hex32(std::string_view name, Need need) {
  const auto value = read(name, need);
  if (!value) return {};
  const auto text = value->text();
  if (text && is_hex32(*text)) return *text;
  refuse(name, "must be 64 lower-case hex digits");
  return {};
}

std::optional<std::int64_t> Form::integer(std::string_view name, Need need, std::int64_t least,
                                          std::int64_t most) {
  const auto value = read(name, need);
  if (!value) return std::nullopt;
  const auto integer = whole(*value);
  if (integer && *integer >= least && *integer <= most) return integer;
  refuse(name, "must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<double> Form::number(std::string_view name, Need need, double least, double most) {
  const auto value = read(name, need);
  if (!value) return std::nullopt;
  const auto number = value->number();
  if (number && *number >= least && *number <= most) return number;
  refuse(name, "must be a number from " + std::to_string(static_cast<int>(least)) + " to " +
                   std::to_string(static_cast<int>(most)));
  return std::nullopt;
}

std::optional<bool> Form::boolean(std::string_view name, Need need) {
  const auto value = read(name, need);
  if (!value) return std::nullopt;
  const auto boolean = value->boolean();
  if (!boolean) refuse(name, "must be true or false");
  return boolean;
}

std::optional<Instant> Form::time(std::string_view name, Need need) {
  const auto value = read(name, need);
  if (!value) return std::nullopt;
  const auto text = value->text();
  const auto time =
      text && text->size() <= kTimeCharsMax ? parse_instant(*text) : std::optional<Instant>{};
  if (!time) refuse(name, "must be a time as RFC 3339 has it, such as 2021-07-12T11:00:00.000Z");
  return time;
}

std::optional<Day> Form::day(std::string_view name, Need need) {
  const auto value = read(name, need);
  if (!value) return std::nullopt;
  const auto text = value->text();
  const auto day = text ? parse_day(*text) : std::optional<Day>{};
  if (day && day->is_known()) return day;
  refuse(name, "must be a date such as 2021-07-12");
  return std::nullopt;
}

std::vector<http::JsonValue> Form::list(std::string_view name, Need need, std::size_t least,
                                        std::size_t most) {
  std::vector<http::JsonValue> values;
  const auto value = read(name, need);
  if (!value) return values;
  if (!value->is_array() || value->size() < least || value->size() > most) {
    refuse(name, "must be a list of " + std::to_string(least) + " to " + std::to_string(most));
    return values;
  }
  values.reserve(value->size());
  for (const http::JsonValue one : value->elements()) values.push_back(one);
  return values;
}

std::vector<std::string_view> Form::ids(std::string_view name, std::size_t most) {
  std::vector<std::string_view> all;
  for (const http::JsonValue& value : list(name, Need::Optional, 0, most)) {
    const auto text = value.text();
    if (!text || !is_id(*text)) {
      refuse(name, "must be a list of ids, each 1 to 64 of A-Z a-z 0-9 . _ : -");
      return {};
    }
    all.push_back(*text);
  }
  return all;
}

std::optional<http::JsonValue> Form::object(std::string_view name, Need need) {
  const auto value = read(name, need);
  if (!value || value->is_object()) return value;
  refuse(name, "must be an object");
  return std::nullopt;
}

void Form::refuse(std::string_view name, std::string_view must) {
  if (fault_) return;
  std::string path = path_of(name);
  std::string detail = path + " " + std::string(must) + ".";
  fault_ = Fault{Code::InvalidRequest, std::move(path), std::move(detail)};
}

void Form::take(std::optional<Fault> fault) {
  if (!fault_ && fault) fault_ = std::move(fault);
}

std::optional<Fault> Form::fault() {
  if (fault_) return fault_;
  for (const auto [name, value] : object_.members()) {
    if (std::find(read_.begin(), read_.end(), name) != read_.end()) continue;
    // What a client says may be long, and need not be shown whole.
    std::string path = path_of(name.substr(0, 100));
    if (path.empty()) path = "\"\"";
    return Fault{Code::InvalidRequest, path, "This call has no field " + path + "."};
  }
  return std::nullopt;
}

}  // namespace jari::api
