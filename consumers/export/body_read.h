// consumers/export/body_read.h — the fields of any described struct from the members of a JSON
// object, as body_json.h writes them.
//
// Private to consumers/export/. Texts are views of the document.
//
// Errors:  false, with the member in `wrong`, for what is not as body_json.h writes it.
// Threads: a reader belongs to one thread.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include "consumers/export/member_names.h"
#include "engine/http/json_reader.h"
#include "engine/log/log.h"

namespace jari {

class BodyReader {
 public:
  explicit BodyReader(const LogIdentity& identity) : identity_(identity) {}

  /// Of a whole body; every member must be one of its fields.
  template <HasFields T>
  bool read(const http::JsonValue& object, T& out) {
    wrong_.clear();
    return read_struct(object, out);
  }
  [[nodiscard]] const std::string& wrong() const { return wrong_; }
  /// `topic` and `partition` among an object's members.
  bool read_partition(const http::JsonValue& object, PartitionRef& out) const;

 private:
  template <HasFields T>
  bool read_struct(const http::JsonValue& object, T& out) {
    if (!object.is_object()) return false;
    std::size_t read = 0;
    bool good = true;
    for_each_field(out, [&](std::string_view name, auto& member) {
      if (!good) return;
      const auto value = object.member(exported_name<T>(name));
      if (!value) return;
      ++read;
      good = read_member(*value, out, name, member);
      if (!good && wrong_.empty()) wrong_ = name;
    });
    if (good && read != object.size()) wrong_ = "a member that is none of its fields";
    return good && read == object.size();
  }

  template <class T, class M>
  bool read_member(const http::JsonValue& value, T& out, std::string_view name, M& member) {
    if constexpr (requires { out.set; }) {
      out.set |= bit_of(out, name);
      if (value.is_null()) return bit_of(out, name) != 0;
    }
    if (name == "overrides") {
      if constexpr (std::is_same_v<M, std::uint32_t>) return read_overrides(value, member);
    }
    if constexpr (std::is_same_v<T, Outcome> && std::is_same_v<M, std::uint16_t>) {
      if (name == "asked") return read_type(value, member);
    }
    if constexpr (std::is_same_v<T, SitePublished> && std::is_same_v<M, std::int32_t>) {
      out.has_place = true;
      return read_degrees(value, member);
    }
    if constexpr (std::is_same_v<T, Appointment> && std::is_same_v<M, bool>) {
      member = value.text() == "withdrawn";
      return member;
    }
    if constexpr (std::is_same_v<M, PartitionRef>) {
      return value.is_object() && value.size() == 2 && read_partition(value, member);
    } else {
      return read_value(value, member);
    }
  }

  template <class M>
  bool read_value(const http::JsonValue& value, M& member) {
    if constexpr (std::is_same_v<M, bool>) {
      member = value.boolean().value_or(false);
      return value.boolean().has_value();
    } else if constexpr (std::is_enum_v<M>) {
      return read_enum(value, member);
    } else if constexpr (flat::kIsText<M>) {
      member = M{value.text().value_or(std::string_view{})};
      return value.text().has_value();
    } else if constexpr (std::is_same_v<M, Instant>) {
      return take(parse_instant(value.text().value_or(std::string_view{})), member);
    } else if constexpr (std::is_same_v<M, Day>) {
      return take(parse_day(value.text().value_or(std::string_view{})), member);
    } else if constexpr (std::is_same_v<M, Hash128>) {
      return take(parse_hash128(value.text().value_or(std::string_view{})), member);
    } else if constexpr (std::is_arithmetic_v<M>) {
      return read_number(value, member);
    } else if constexpr (flat::kIsVector<M>) {
      return read_list(value, member);
    } else if constexpr (flat::kIsOptional<M>) {
      return read_struct(value, member.emplace());
    } else {
      return read_struct(value, member);
    }
  }

  template <class M>
  static bool take(const std::optional<M>& from, M& member) {
    if (from) member = *from;
    return from.has_value();
  }
  template <class M>
  static bool read_number(const http::JsonValue& value, M& member) {
    const auto number = value.integer();
    if (!number ||
        *number < std::int64_t{std::is_signed_v<M> ? std::numeric_limits<M>::min() : 0}) {
      return false;
    }
    member = static_cast<M>(*number);
    return static_cast<std::int64_t>(member) == *number;
  }
  template <class M>
  bool read_list(const http::JsonValue& value, M& member) {
    if (!value.is_array()) return false;
    for (const auto one : value.elements()) {
      if (!read_value(one, member.emplace_back())) return false;
    }
    return true;
  }

  bool read_enum(const http::JsonValue& value, Code& member);
  bool read_enum(const http::JsonValue& value, Decision& member);
  bool read_enum(const http::JsonValue& value, AppointmentState& member);
  bool read_enum(const http::JsonValue& value, CancelledBy& member);
  bool read_enum(const http::JsonValue& value, HoldEnd& member);
  bool read_enum(const http::JsonValue& value, BarrierStep& member);
  static bool read_overrides(const http::JsonValue& value, std::uint32_t& member);
  static bool read_degrees(const http::JsonValue& value, std::int32_t& member);
  static bool read_type(const http::JsonValue& value, std::uint16_t& member);

  const LogIdentity& identity_;
  std::string wrong_;
};

}  // namespace jari
