#include <algorithm>

#include "engine/http/json_reader.h"
#include "engine/http/json_writer.h"

namespace jari::http {
namespace {

void append(std::string& out, const JsonValue& value);

void append_object(std::string& out, const JsonValue& object) {
  std::vector<JsonMember> members;
  members.reserve(object.size());
  for (const JsonMember one : object.members()) members.push_back(one);
  std::sort(members.begin(), members.end(),
            [](const JsonMember& a, const JsonMember& b) { return a.name < b.name; });
  out.push_back('{');
  for (const JsonMember& one : members) {
    if (out.back() != '{') out.push_back(',');
    append_json_text(out, one.name);
    out.push_back(':');
    append(out, one.value);
  }
  out.push_back('}');
}

void append_array(std::string& out, const JsonValue& array) {
  bool is_first = true;
  out.push_back('[');
  for (const JsonValue one : array.elements()) {
    if (!is_first) out.push_back(',');
    is_first = false;
    append(out, one);
  }
  out.push_back(']');
}

void append(std::string& out, const JsonValue& value) {
  switch (value.kind()) {
    case JsonKind::Null:
      out.append("null");
      return;
    case JsonKind::Bool:
      out.append(*value.boolean() ? "true" : "false");
      return;
    case JsonKind::Integer:
      if (const auto whole = value.integer(); whole) {
        out.append(std::to_string(*whole));
        return;
      }
      [[fallthrough]];  // above 64 signed bits: as the nearest double
    case JsonKind::Number:
      append_json_number(out, *value.number() + 0.0);  // + 0.0: a negative zero is zero
      return;
    case JsonKind::Text:
      append_json_text(out, *value.text());
      return;
    case JsonKind::Array:
      append_array(out, value);
      return;
    case JsonKind::Object:
      append_object(out, value);
      return;
  }
}

}  // namespace

std::string canonical(const JsonValue& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace jari::http
