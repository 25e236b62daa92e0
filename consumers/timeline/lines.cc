// A line of a timeline as text, and as JSON.
#include "consumers/timeline/timeline.h"
#include "engine/base/printable.h"
#include "engine/http/json_writer.h"

namespace jari::timeline {
namespace {

std::string place_text(const LogIdentity& identity, const At& at) {
  const bool is_known = at.where.topic < identity.topics.size();
  return (is_known ? identity.topics[at.where.topic].name : std::to_string(at.where.topic)) + "/" +
         std::to_string(at.where.partition) + "@" + std::to_string(at.offset);
}

std::string asked_text(const Line& line) {
  if (line.by.empty() && line.request.empty()) return {};
  std::string all = ", asked by " + (line.by.empty() ? std::string("nobody") : line.by);
  if (!line.acting_for.empty()) all += ", for whom " + line.acting_for + " acts";
  if (!line.request.empty()) all += " (request " + line.request + ")";
  if (!line.reason.empty()) all += ": \"" + line.reason + "\"";
  return all;
}

std::string counts_text(const CountsAfter& after) {
  std::string all;
  const auto add = [&all](const std::string& what) {
    all += all.empty() ? " [then " : "; ";
    all += what;
  };
  for (const auto& [slot, count] : after.slots) {
    add("slot " + slot + ": " + std::to_string(count.booked) + " booked, " +
        std::to_string(count.held) + " held of " + std::to_string(count.capacity));
  }
  for (const auto& [product, count] : after.stocks) {
    add(product + ": " + std::to_string(count.taken) + " taken of " + std::to_string(count.doses) +
        " doses");
  }
  return all.empty() ? all : all + "]";
}

void append_place(http::JsonWriter& json, const LogIdentity& identity, const At& at) {
  const bool is_known = at.where.topic < identity.topics.size();
  json.field("topic", is_known ? identity.topics[at.where.topic].name : std::string{});
  json.field("partition", at.where.partition).field("offset", at.offset);
}

void append_place(http::JsonWriter& json, const LogIdentity& identity, std::string_view name,
                  const std::optional<At>& at) {
  if (!at) return;
  json.key(name).begin_object();
  append_place(json, identity, *at);
  json.end_object();
}

void append_counts(http::JsonWriter& json, const CountsAfter& after) {
  json.key("after").begin_object().key("slots").begin_array();
  for (const auto& [slot, count] : after.slots) {
    json.begin_object().field("slot", slot).field("booked", count.booked);
    json.field("held", count.held).field("capacity", count.capacity).end_object();
  }
  json.end_array().key("stock").begin_array();
  for (const auto& [product, count] : after.stocks) {
    json.begin_object().field("product", product).field("taken", count.taken);
    json.field("doses", count.doses).end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string to_text_line(const LogIdentity& identity, const Line& line) {
  std::string words = line.words;
  if (line.after) words += counts_text(*line.after);
  words += asked_text(line);
  if (line.cause) words += ", caused by " + place_text(identity, *line.cause);
  return to_text(line.time) + "  " + place_text(identity, line.at) + "  " + printable(words);
}

std::string to_json_line(const LogIdentity& identity, const Line& line) {
  std::string out;
  http::JsonWriter json(out);
  json.begin_object().field("time", to_text(line.time));
  append_place(json, identity, line.at);
  json.field("type", line.type);
  append_place(json, identity, "cause", line.cause);
  const auto add = [&json](std::string_view name, const std::string& value) {
    if (!value.empty()) json.field(name, value);
  };
  add("request", line.request);
  add("by", line.by);
  add("acting_for", line.acting_for);
  add("reason", line.reason);
  json.field("words", line.words);
  if (line.decided_at) {
    json.key("outcome").begin_object();
    append_place(json, identity, *line.decided_at);
    json.field("decision", line.decision == Decision::Granted ? "granted" : "refused");
    if (line.code != Code::None) json.field("code", to_text(line.code));
    json.end_object();
  }
  append_place(json, identity, "answer", line.answered_at);
  if (line.after) append_counts(json, *line.after);
  json.end_object();
  return out;
}

}  // namespace jari::timeline
