#include "consumers/export/body_json.h"

#include <cstdlib>

namespace jari {
namespace {

/// Members of a setting: those that the request names, null where it clears them, and what names
/// the setting itself.
template <class T>
void append_named(JsonLine& json, const LogIdentity& identity, const T& record) {
  for_each_field(record, [&](std::string_view name, const auto& member) {
    const std::uint32_t bit = bit_of(record, name);
    if (name == "set" || (bit != 0 && (record.set & bit) == 0)) return;
    if (bit != 0 && is_cleared(member)) return json.raw(name, "null");
    append_member(json, identity, name, member);
  });
}

/// Requests with overrides list them by their codes; the rest as it stands.
template <class T>
void append_request(JsonLine& json, const LogIdentity& identity, const T& record) {
  for_each_field(record, [&](std::string_view name, const auto& member) {
    if (name != "overrides") append_member(json, identity, name, member);
  });
  if constexpr (requires { record.overrides; }) {
    if (record.overrides == 0) return;
    json.begin_list("override");
    for (std::size_t bit = 0; bit < kOverrideNames.size(); ++bit) {
      if ((record.overrides >> bit & 1U) != 0) json.element(kOverrideNames[bit]);
    }
    json.end_list();
  }
}

/// Millionths of a degree as degrees: `-74.006000`.
std::string degrees(std::int32_t millionths) {
  const std::int64_t size = std::abs(std::int64_t{millionths});
  std::string fraction = std::to_string(size % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  return (millionths < 0 ? "-" : "") + std::to_string(size / 1'000'000) + "." + fraction;
}

void append_site(JsonLine& json, const LogIdentity& identity, const SitePublished& site) {
  for_each_field(site, [&](std::string_view name, const auto& member) {
    if (name == "has_place") return;
    if (name != "latitude" && name != "longitude") {
      return append_member(json, identity, name, member);
    }
    if (site.has_place) {
      json.raw(name, degrees(name == "latitude" ? site.latitude : site.longitude));
    }
  });
}

/// What an outcome does not speak of is absent.
void append_outcome(JsonLine& json, const LogIdentity& identity, const Outcome& outcome) {
  for_each_field(outcome, [&](std::string_view name, const auto& member) {
    if (name == "asked") return json.text(name, name_of(outcome.asked));
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(member)>>) {
      if (member == std::decay_t<decltype(member)>{}) return;
    }
    append_member(json, identity, name, member);
  });
}

}  // namespace

void JsonLine::comma() {
  if (!is_first_) out_.push_back(',');
  is_first_ = false;
}
void JsonLine::name(std::string_view name) {
  comma();
  quoted(name);
  out_.push_back(':');
}
void JsonLine::quoted(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  out_.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out_.push_back('\\');
      out_.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out_.append("\\u00");
      out_.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
      out_.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
    } else {
      out_.push_back(c);
    }
  }
  out_.push_back('"');
}
void JsonLine::text(std::string_view name, std::string_view value) {
  this->name(name);
  quoted(value);
}
void JsonLine::number(std::string_view name, std::uint64_t value) {
  this->name(name);
  out_.append(std::to_string(value));
}
void JsonLine::number(std::string_view name, std::int64_t value) {
  this->name(name);
  out_.append(std::to_string(value));
}
void JsonLine::truth(std::string_view name, bool value) {
  this->name(name);
  out_.append(value ? "true" : "false");
}
void JsonLine::raw(std::string_view name, std::string_view json) {
  this->name(name);
  out_.append(json);
}
void JsonLine::begin(std::string_view name) {
  this->name(name);
  out_.push_back('{');
  is_first_ = true;
}
void JsonLine::begin_list(std::string_view name) {
  this->name(name);
  out_.push_back('[');
  is_first_ = true;
}
void JsonLine::element(std::string_view text) {
  comma();
  quoted(text);
}
void JsonLine::begin_element() {
  comma();
  out_.push_back('{');
  is_first_ = true;
}

void append_fields(JsonLine& json, const LogIdentity& identity, const PartitionRef& where) {
  json.text("topic", where.topic < identity.topics.size() ? identity.topics[where.topic].name
                                                          : std::to_string(where.topic));
  json.number("partition", std::uint64_t{where.partition});
}

void append_fields(JsonLine& json, const LogIdentity& identity, const Appointment& appointment) {
  for_each_field(appointment, [&](std::string_view name, const auto& member) {
    if (name != "slot_withdrawn") return append_member(json, identity, name, member);
    if (appointment.slot_withdrawn) json.text("slot_state", "withdrawn");
  });
}

void append_fields(JsonLine& json, const LogIdentity& identity, const ProductSettings& product) {
  for_each_field(product, [&](std::string_view name, const auto& member) {
    if (name == "interval_days_max" && product.interval_days_max == kNoLatestDay) return;
    append_member(json, identity, name, member);
  });
}

void append_value(JsonLine& json, std::string_view name, Code code) {
  if (code != Code::None) json.text(name, to_text(code));
}
void append_value(JsonLine& json, std::string_view name, Decision decision) {
  json.text(name, to_text(decision));
}
void append_value(JsonLine& json, std::string_view name, AppointmentState state) {
  json.text(name, to_text(state));
}
void append_value(JsonLine& json, std::string_view name, CancelledBy by) {
  if (by != CancelledBy::Nobody) json.text(name, to_text(by));
}
void append_value(JsonLine& json, std::string_view name, HoldEnd end) {
  json.text(name, to_text(end));
}
void append_value(JsonLine& json, std::string_view name, BarrierStep step) {
  json.text(name, to_text(step));
}

void append_body(JsonLine& json, const LogIdentity& identity, const Record& record) {
  json.begin("body");
  std::visit(
      [&](const auto& one) {
        using T = std::decay_t<decltype(one)>;
        if constexpr (requires { one.set; }) {
          append_named(json, identity, one);
        } else if constexpr (std::is_same_v<T, SitePublished>) {
          append_site(json, identity, one);
        } else if constexpr (std::is_same_v<T, Outcome>) {
          append_outcome(json, identity, one);
        } else if constexpr (!std::is_same_v<T, std::monostate>) {
          append_request(json, identity, one);
        }
      },
      record);
  json.end();
}

}  // namespace jari
