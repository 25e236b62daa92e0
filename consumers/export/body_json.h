// consumers/export/body_json.h — the fields of any described struct as members of a JSON object.
//
// Private to consumers/export/.
//
// Errors:  none.
// Threads: pure.
#pragma once

#include <string>
#include <string_view>

#include "consumers/export/member_names.h"
#include "engine/log/log.h"

namespace jari {

/// One JSON object a line, members appended in order.
class JsonLine {
 public:
  explicit JsonLine(std::string& out) : out_(out) { out_.push_back('{'); }
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, std::uint64_t value);
  void number(std::string_view name, std::int64_t value);
  void truth(std::string_view name, bool value);
  void raw(std::string_view name, std::string_view json);
  void begin(std::string_view name);
  void end() { close(); }
  void begin_list(std::string_view name);
  void end_list() {
    out_.push_back(']');
    is_first_ = false;
  }
  void element(std::string_view text);
  void begin_element();
  void close() {
    out_.push_back('}');
    is_first_ = false;
  }

 private:
  void comma();
  void name(std::string_view name);
  void quoted(std::string_view text);
  std::string& out_;
  bool is_first_ = true;
};

template <HasFields T>
void append_fields(JsonLine& json, const LogIdentity& identity, const T& value);

/// A partition's number alone says nothing: its topic is shown by name.
void append_fields(JsonLine& json, const LogIdentity& identity, const PartitionRef& where);
void append_fields(JsonLine& json, const LogIdentity& identity, const Appointment& appointment);
void append_fields(JsonLine& json, const LogIdentity& identity, const ProductSettings& product);

void append_value(JsonLine& json, std::string_view name, Code code);
void append_value(JsonLine& json, std::string_view name, Decision decision);
void append_value(JsonLine& json, std::string_view name, AppointmentState state);
void append_value(JsonLine& json, std::string_view name, CancelledBy by);
void append_value(JsonLine& json, std::string_view name, HoldEnd end);
void append_value(JsonLine& json, std::string_view name, BarrierStep step);

/// `body` of a record of the business.
void append_body(JsonLine& json, const LogIdentity& identity, const Record& record);

template <class M>
void append_member(JsonLine& json, const LogIdentity& identity, std::string_view name,
                   const M& member) {
  if constexpr (std::is_same_v<M, bool>) {
    json.truth(name, member);
  } else if constexpr (requires { append_value(json, name, member); } && std::is_enum_v<M>) {
    append_value(json, name, member);
  } else if constexpr (flat::kIsText<M>) {
    if (!flat::text_in(member).empty()) json.text(name, flat::text_in(member));
  } else if constexpr (std::is_same_v<M, Instant>) {
    if (member.ms != 0) json.text(name, to_text(member));
  } else if constexpr (std::is_same_v<M, Day>) {
    if (member.is_known()) json.text(name, to_text(member));
  } else if constexpr (std::is_same_v<M, Hash128>) {
    json.text(name, to_text(member));
  } else if constexpr (std::is_arithmetic_v<M>) {
    using Wide = std::conditional_t<std::is_signed_v<M>, std::int64_t, std::uint64_t>;
    if (name == "expects_version" && member == 0) return;  // whatever it is
    json.number(name, static_cast<Wide>(member));
  } else if constexpr (flat::kIsVector<M>) {
    json.begin_list(name);
    for (const auto& one : member) {
      if constexpr (flat::kIsText<std::decay_t<decltype(one)>>) {
        json.element(flat::text_in(one));
      } else {
        json.begin_element();
        append_fields(json, identity, one);
        json.end();
      }
    }
    json.end_list();
  } else if constexpr (flat::kIsOptional<M>) {
    if (member) append_member(json, identity, name, *member);
  } else {
    json.begin(name);
    append_fields(json, identity, member);
    json.end();
  }
}

template <HasFields T>
void append_fields(JsonLine& json, const LogIdentity& identity, const T& value) {
  for_each_field(value, [&](std::string_view name, const auto& member) {
    append_member(json, identity, name, member);
  });
}

}  // namespace jari
