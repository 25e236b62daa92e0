#include "consumers/audit/figures_json.h"

#include "consumers/model/acts.h"

namespace jari::audit {
namespace {

using Place = std::function<void(const At&)>;

void append_line(http::JsonWriter& json, std::string_view name, const LineFigures& line) {
  json.begin_object().field("queue", name).field("tickets", line.tickets);
  json.field("admitted", line.admitted).field("most_in_a_second", line.most_in_a_second);
  json.field("rate_then", line.rate_then);
  json.key("admissions").begin_object();
  if (!line.admissions.counts().empty()) json.field("begins", to_text(line.admissions.begins()));
  json.field("step_seconds", line.admissions.step_seconds()).key("counts").begin_array();
  for (const std::uint64_t count : line.admissions.counts()) json.value(count);
  json.end_array().end_object().key("rates").begin_array();
  for (const auto& rate : line.rates) {
    json.begin_object().field("from", to_text(rate.from));
    json.field("per_second", rate.per_second).field("paused", rate.is_paused);
    json.field("held", rate.is_held).field("by", rate.by).field("reason", rate.reason);
    json.field("admitted", rate.admitted).end_object();
  }
  json.end_array().field("rates_changed", line.rates_changed);
  json.key("turns").begin_object().field("step_admissions", line.turns.step_length());
  json.key("places").begin_array();
  for (const auto& step : line.turns.steps()) {
    json.begin_array().value(step.lowest).value(step.highest).end_array();
  }
  json.end_array().end_object();
  json.field("longest_wait_ms", line.waits.longest().count()).key("waits").begin_array();
  for (std::size_t i = 0; i < line.waits.counts().size(); ++i) {
    json.begin_object();
    if (i < Waits::kUpToSeconds.size()) json.field("up_to_seconds", Waits::kUpToSeconds[i]);
    json.field("people", line.waits.counts()[i]).end_object();
  }
  json.end_array().end_object();
}

void append_decided(http::JsonWriter& json, const Figures& figures) {
  json.key("decided").begin_array();
  for (const auto& [what, times] : figures.decided) {
    json.begin_object().field("asked", name_of(what.first));
    json.field("decision", what.second == Code::None ? "granted" : "refused");
    if (what.second != Code::None) json.field("code", to_text(what.second));
    json.field("times", times).end_object();
  }
  json.end_array();
}

void append_draws(http::JsonWriter& json, const Figures& figures, const Place& place) {
  json.field("draws_in_all", figures.draws_in_all).key("draws").begin_array();
  for (const DrawFigures& one : figures.draws) {
    json.begin_object();
    place(one.at);
    json.field("time", to_text(one.time)).field("queue", one.queue);
    json.field("commitment", one.commitment).field("seed", one.seed);
    json.field("beacon_name", one.beacon_name).field("beacon", one.beacon);
    json.field("tickets", one.tickets).key("first_places").begin_array();
    for (const std::uint64_t ticket : one.first) json.value(ticket);
    json.end_array().end_object();
  }
  json.end_array();
}

void append_acts(http::JsonWriter& json, const Figures& figures, const Place& place) {
  json.field("acts_in_all", figures.acts_in_all).field("acts_unlisted", figures.acts_unlisted);
  json.key("acts").begin_array();
  for (const auto& [act, acts] : figures.acts) {
    json.begin_object().field("type", name_of(act.type)).field("what", act_of(act.type));
    json.field("by", act.by);
    json.field("reason", act.reason).field("times", acts.times);
    json.field("first_at", to_text(acts.first_at)).field("last_at", to_text(acts.last_at));
    place(acts.first);
    json.end_object();
  }
  json.end_array();
}

void append_changes(http::JsonWriter& json, const Figures& figures, const Place& place) {
  json.field("changes_in_all", figures.changes_in_all).key("changes").begin_array();
  for (const Change& one : figures.changes) {
    json.begin_object();
    place(one.at);
    json.field("time", to_text(one.time)).field("by", one.by).field("reason", one.reason);
    json.field("what", one.what).end_object();
  }
  json.end_array();
}

}  // namespace

void append_figures(http::JsonWriter& json, const Figures& figures, const Place& place) {
  json.key("figures").begin_object();
  append_decided(json, figures);
  json.field("slots", figures.slots).field("places", figures.places).field("doses", figures.doses);
  json.key("queues").begin_array();
  for (const auto& [name, line] : figures.lines) append_line(json, name, line);
  json.end_array();
  append_draws(json, figures, place);
  append_acts(json, figures, place);
  append_changes(json, figures, place);
  json.end_object();
}

}  // namespace jari::audit
