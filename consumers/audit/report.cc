#include "consumers/audit/report.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "consumers/audit/fairness.h"
#include "consumers/audit/figures_json.h"
#include "consumers/model/kind_names.h"
#include "consumers/model/record.h"
#include "engine/http/json_writer.h"

namespace jari::audit {

std::string to_text(Rule rule) {
  if (rule == Rule::Checkpoint) return "checkpoint";
  return "I" + std::to_string(static_cast<int>(rule));
}

std::string_view meaning_of(Rule rule) {
  switch (rule) {
    case Rule::I1:
      return "No slot and no stock was sold beyond what was there when it was granted.";
    case Rule::I2:
      return "Nobody had more active appointments in a programme than it allows.";
    case Rule::I3:
      return "Nothing was booked or held without an admission or a right to rebook, in an open "
             "window, or an operator's name and reason.";
    case Rule::I4:
      return "Within each queue people were admitted in the order of their places, within rate and "
             "most inside; a ticket number was given once; a person had one live ticket.";
    case Rule::I5:
      return "The same request id had one effect, and what was answered is what came of the "
             "request.";
    case Rule::I6:
      return "No tick, claim or dispute disagrees about state or time.";
    case Rule::I7:
      return "What is in sync equals the appointments.";
    case Rule::I8:
      return "No effect between partitions was lost, doubled or out of order.";
    case Rule::I9:
      return "Every operator's act is in the log with who and why.";
    case Rule::Checkpoint:
      return "The log begins as the checkpoints named say, whoever signed them.";
  }
  return {};
}

std::string_view rest_of(Rule rule) {
  switch (rule) {
    case Rule::I5:
      return "That what was answered as durable is in the log, only whoever was answered can say: "
             "the tests of crashes do.";
    case Rule::I6:
      return "jari replay builds the state again and compares its digests with every tick's.";
    case Rule::I7:
      return "jari reconcile compares the old database's table with the appointments.";
    default:
      return {};
  }
}

std::string_view to_text(Kind kind) {
  switch (kind) {
    case Kind::Booking:
      return "operator-booking";
    case Kind::Override:
      return "override";
    case Kind::NoBeacon:
      return "draw-without-beacon";
    case Kind::SeedLost:
      return "seed-lost";
    case Kind::Loss:
      return "stock-lost";
    case Kind::Repair:
      return "stream-repaired";
  }
  return {};
}

std::string_view heading_of(Kind kind) {
  switch (kind) {
    case Kind::Booking:
      return "Booked or held by an operator for somebody, whatever their place in the line";
    case Kind::Override:
      return "Booked, held or moved by an operator who overrode a rule";
    case Kind::NoBeacon:
      return "Pre-queues drawn without a beacon: the operator could choose the order";
    case Kind::SeedLost:
      return "Pre-queues that were never drawn";
    case Kind::Loss:
      return "Stock that was lost";
    case Kind::Repair:
      return "Streams that were repaired by hand";
  }
  return {};
}

void Report::break_rule(Rule rule, const At& at, std::string why) {
  ++broken_[index(rule)];
  if (violations_.size() < kKept) violations_.push_back({rule, at, std::move(why), records_});
}

void Report::list(Listed one) {
  one.found = records_;
  if (++listed_of_[one.kind] <= kKept) listed_.push_back(std::move(one));
}

void Report::take_from(Report& other) {
  const auto put_before = [](auto& ours, auto& theirs) {
    const auto middle = ours.insert(ours.begin(), std::move_iterator(theirs.begin()),
                                    std::move_iterator(theirs.end())) +
                        static_cast<std::ptrdiff_t>(theirs.size());
    std::inplace_merge(ours.begin(), middle, ours.end(),
                       [](const auto& a, const auto& b) { return a.found < b.found; });
    theirs.clear();
  };
  put_before(violations_, other.violations_);
  if (violations_.size() > kKept) violations_.resize(kKept);
  put_before(listed_, other.listed_);
  for (const auto& [kind, times] : std::exchange(other.listed_of_, {})) listed_of_[kind] += times;
  for (std::size_t rule = 0; rule < checked_.size(); ++rule) {
    checked_[rule] += std::exchange(other.checked_[rule], 0);
    broken_[rule] += std::exchange(other.broken_[rule], 0);
  }
}

void Report::add_record(const At& at, Instant time) {
  ++records_;
  Read& read = read_[at.where];
  ++read.records;
  if (time.ms != 0) read.last = time;
}

std::uint64_t Report::violations_in_all() const {
  return std::accumulate(broken_.begin(), broken_.end(), std::uint64_t{0});
}

std::uint64_t Report::listed_of(Kind kind) const {
  const auto at = listed_of_.find(kind);
  return at == listed_of_.end() ? 0 : at->second;
}

std::string Report::place_of(const At& at) const {
  const std::string topic = at.where.topic < identity_.topics.size()
                                ? identity_.topics[at.where.topic].name
                                : std::to_string(at.where.topic);
  return topic + " " + std::to_string(at.where.partition) + " " + std::to_string(at.offset);
}

std::string_view Report::type_of(const At& at) {
  if (!at.is_opened) return {};
  if (at.kind == RecordKind::Unknown) return "DeadLetter";
  const std::string_view own = name_of(at.kind);
  return own.empty() ? name_of(at.type) : own;
}

std::string Report::line_of(const Violation& violation) const {
  const std::string_view type = type_of(violation.at);
  return "violation: " + to_text(violation.rule) + " " + place_of(violation.at) + ": " +
         std::string(type) + (type.empty() ? "" : ": ") + violation.why;
}

namespace {

void append_checkpoints(http::JsonWriter& json, const std::vector<Published>& all) {
  json.key("checkpoints").begin_array();
  for (const Published& one : all) {
    json.begin_object().field("time", to_text(one.time)).field("records", one.records);
    json.field("hash", one.hash).field("extended", one.is_extended);
    json.key("signatures").begin_array();
    for (const auto& signature : one.signatures) {
      json.begin_object().field("name", signature.name);
      json.field("key_id", signature.key_id).end_object();
    }
    json.end_array().field("verified", !one.signed_by.empty());
    if (!one.signed_by.empty()) {
      json.field("signed_by", one.signed_by).field("key_hash", one.key_hash);
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string Report::json() const {
  std::string out;
  http::JsonWriter json(out);
  const auto place = [&](const At& at) {
    json.field("topic", identity_.topics[at.where.topic].name)
        .field("partition", at.where.partition)
        .field("offset", at.offset);
  };
  json.begin_object().field("ok", is_good()).field("records", records_);
  json.key("rules").begin_object();
  for (std::uint8_t number = 1; number <= kRules + 1; ++number) {
    const Rule rule{number};
    if (rule == Rule::Checkpoint && checks_of(rule) == 0) continue;
    json.key(to_text(rule))
        .begin_object()
        .field("checked", checks_of(rule))
        .field("violations", violations_of(rule))
        .end_object();
  }
  json.end_object();
  append_fairness(json, fairness_of(*this));
  if (!violations_.empty()) {
    const Violation& first = violations_.front();
    json.key("first_violation").begin_object().field("rule", to_text(first.rule));
    place(first.at);
    if (const auto type = type_of(first.at); !type.empty()) json.field("type", type);
    json.field("why", first.why).end_object();
  }
  json.key("listed").begin_array();
  for (const Listed& one : listed_) {
    json.begin_object().field("kind", to_text(one.kind));
    place(one.at);
    json.field("by", one.by).field("reason", one.reason).field("what", one.what).end_object();
  }
  json.end_array();
  if (!checkpoints_.empty()) append_checkpoints(json, checkpoints_);
  append_figures(json, figures_, [&](const At& at) { place(at); });
  json.key("proved_elsewhere").begin_object();
  for (std::uint8_t number = 1; number <= kRules; ++number) {
    if (const auto rest = rest_of(Rule{number}); !rest.empty()) {
      json.field(to_text(Rule{number}), rest);
    }
  }
  json.end_object().end_object();
  return out;
}

}  // namespace jari::audit
