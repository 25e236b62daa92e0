#include "consumers/export/body_json.h"

#include <array>
#include <charconv>

namespace jari {
namespace {

/// Members of a setting: those that the request names, and what names the setting itself.
template <class T, std::size_t N>
void append_named(JsonLine& json, const LogIdentity& identity, const T& record,
                  const std::array<std::string_view, N>& fields) {
  for_each_field(record, [&](std::string_view name, const auto& member) {
    if (name == "set") return;
    for (std::size_t bit = 0; bit < N; ++bit) {
      if (fields[bit] == name && (record.set >> bit & 1U) == 0) return;
    }
    append_member(json, identity, name, member);
  });
}

constexpr std::array<std::string_view, 4> kOverrides{"cohort-not-open", "too-early-for-next-dose",
                                                     "too-late-for-next-dose", "slot-started"};

/// Requests with overrides list them by their codes; the rest as it stands.
template <class T>
void append_request(JsonLine& json, const LogIdentity& identity, const T& record) {
  for_each_field(record, [&](std::string_view name, const auto& member) {
    if (name != "overrides") append_member(json, identity, name, member);
  });
  if constexpr (requires { record.overrides; }) {
    if (record.overrides == 0) return;
    json.begin_list("override");
    for (std::size_t bit = 0; bit < kOverrides.size(); ++bit) {
      if ((record.overrides >> bit & 1U) != 0) json.element(kOverrides[bit]);
    }
    json.end_list();
  }
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

void append_fields(JsonLine& json, const LogIdentity& identity, const QueueConfigured& record) {
  static constexpr std::array<std::string_view, 10> kFields{
      "programme",       "opens_at", "closes_at", "rate_per_second", "inside_max",
      "session_seconds", "prequeue", "message",   "paused",          "rejoin"};
  append_named(json, identity, record, kFields);
}

void append_fields(JsonLine& json, const LogIdentity& identity, const ProgrammeConfigured& record) {
  static constexpr std::array<std::string_view, 7> kFields{
      "name",         "queue",         "cohorts", "products", "active_appointments_max",
      "hold_seconds", "rebook_seconds"};
  append_named(json, identity, record, kFields);
}

void append_value(JsonLine& json, std::string_view name, Code code) {
  if (code != Code::None) json.text(name, to_text(code));
}
void append_value(JsonLine& json, std::string_view name, Decision decision) {
  json.text(name, decision == Decision::Granted ? "granted" : "refused");
}
void append_value(JsonLine& json, std::string_view name, AppointmentState state) {
  json.text(name, to_text(state));
}
void append_value(JsonLine& json, std::string_view name, CancelledBy by) {
  if (by != CancelledBy::Nobody) json.text(name, to_text(by));
}
void append_value(JsonLine& json, std::string_view name, HoldEnd end) {
  static constexpr std::array<std::string_view, 4> kEnds{"unknown", "expired", "withdrawn",
                                                         "released"};
  json.text(name, kEnds[static_cast<std::size_t>(end) % kEnds.size()]);
}
void append_value(JsonLine& json, std::string_view name, BarrierStep step) {
  json.text(name, step == BarrierStep::Read ? "read" : "write");
}

void append_body(JsonLine& json, const LogIdentity& identity, const Record& record) {
  json.begin("body");
  std::visit(
      [&](const auto& one) {
        using T = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<T, QueueConfigured> ||
                      std::is_same_v<T, ProgrammeConfigured>) {
          append_fields(json, identity, one);
        } else if constexpr (std::is_same_v<T, Outcome>) {
          for_each_field(one, [&](std::string_view name, const auto& member) {
            if (name == "asked") return json.text(name, name_of(one.asked));
            append_member(json, identity, name, member);
          });
        } else if constexpr (!std::is_same_v<T, std::monostate>) {
          append_request(json, identity, one);
        }
      },
      record);
  json.end();
}

}  // namespace jari
