#include "consumers/programmes/programmes.h"

#include <algorithm>

namespace jari::programmes {
namespace {

using requests::granted;
using requests::refused;

// Part of the stored form: never reused. 20 to 29 are the programmes'.
constexpr std::uint8_t kProgrammesTable = 20;
constexpr std::uint8_t kRequestsTable = 21;

constexpr std::uint32_t kForgottenInTickMax = 4096;

bool names(const ProgrammeConfigured& ask, ProgrammeField field) {
  return (ask.set & static_cast<std::uint32_t>(field)) != 0;
}

ProgrammeConfigured merged(ProgrammeConfigured next, const ProgrammeConfigured& ask) {
  if (names(ask, ProgrammeField::Name)) next.name = ask.name;
  if (names(ask, ProgrammeField::Queue)) next.queue = ask.queue;
  if (names(ask, ProgrammeField::Cohorts)) next.cohorts = ask.cohorts;
  if (names(ask, ProgrammeField::Products)) next.products = ask.products;
  if (names(ask, ProgrammeField::ActiveMax)) {
    next.active_appointments_max = ask.active_appointments_max;
  }
  if (names(ask, ProgrammeField::HoldSeconds)) next.hold_seconds = ask.hold_seconds;
  if (names(ask, ProgrammeField::RebookSeconds)) next.rebook_seconds = ask.rebook_seconds;
  next.programme = ask.programme;
  next.set = kEveryProgrammeField;
  next.expects_version = 0;
  ++next.version;
  return next;
}

bool is_window(const CohortWindow& window) {
  return is_id(window.cohort.text) && window.opens_at.ms >= 0 &&
         window.opens_at < window.closes_at && window.closes_at <= kNever;
}

bool is_product(const ProductSettings& product) {
  const bool has_end = product.interval_days_max != kNoLatestDay;
  const bool is_interval = product.interval_days_min >= 0 &&
                           product.interval_days_min <= kIntervalDaysMax &&
                           (!has_end || (product.interval_days_max >= product.interval_days_min &&
                                         product.interval_days_max <= kIntervalDaysMax));
  const bool are_ids = std::all_of(product.follows.begin(), product.follows.end(),
                                   [](const ProductId& one) { return is_id(one.text); });
  return is_id(product.product.text) && product.doses >= 1 && product.doses <= 2 && is_interval &&
         are_ids && product.follows.size() <= kProductsMax;
}

bool is_listed_twice(const std::vector<ProductSettings>& products) {
  for (auto one = products.begin(); one != products.end(); ++one) {
    const auto same = [&](const ProductSettings& other) { return other.product == one->product; };
    if (std::find_if(one + 1, products.end(), same) != products.end()) return true;
  }
  return false;
}

Outcome outcome_for(const ProgrammeConfigured& ask, const Asked& asked) {
  Outcome outcome;
  outcome.request = asked.request;
  outcome.asked = kTypeOf<ProgrammeConfigured>;
  outcome.programme = ask.programme;
  return outcome;
}

}  // namespace

std::string_view invalid_field(const ProgrammeConfigured& settings) {
  const std::size_t characters = characters_in(settings.name);
  if (characters == 0 || characters > kProgrammeNameCharactersMax) return "name";
  if (!settings.queue.empty() && !is_id(settings.queue.text)) return "queue";
  const auto& cohorts = settings.cohorts;
  if (cohorts.size() > kCohortWindowsMax) return "cohorts";
  if (!std::all_of(cohorts.begin(), cohorts.end(), is_window)) return "cohorts";
  const auto& products = settings.products;
  if (products.empty() || products.size() > kProductsMax) return "products";
  if (!std::all_of(products.begin(), products.end(), is_product)) return "products";
  if (is_listed_twice(products)) return "products";
  const std::uint32_t active_max = settings.active_appointments_max;
  if (active_max == 0 || active_max > kActiveAppointmentsMax) return "active_appointments_max";
  if (settings.hold_seconds > kHoldSecondsMax) return "hold_seconds";
  if (settings.rebook_seconds > kRebookSecondsMax) return "rebook_seconds";
  return {};
}

Programmes::Programmes(Store& store)
    : table_(store, kProgrammesTable), requests_(store, kRequestsTable), answers_(requests_) {}

std::optional<Consumer::Address> Programmes::open(const Envelope& envelope) {
  const bool is_ours = envelope.kind == RecordKind::Request && envelope.asked.has_value() &&
                       envelope.type == kTypeOf<ProgrammeConfigured>;
  if (!is_ours) return std::nullopt;
  const auto* ask = std::get_if<ProgrammeConfigured>(&body_.read(envelope));
  if (ask == nullptr) return std::nullopt;
  return Address{ask->programme.text, std::nullopt};
}

Hash128 Programmes::hash_of(std::uint16_t type, std::uint16_t /*version*/, Bytes body) const {
  return hash_of_body(type, body);
}

Applied Programmes::apply(const Arrival& arrival, Context& context) {
  const Envelope& envelope = arrival.envelope;
  const auto& ask = std::get<ProgrammeConfigured>(body_.record());
  const std::string counts_with = requests::keeper_of(ask.programme.text);
  const requests::Question question{*envelope.asked, counts_with, ask.programme.text};
  Outcome outcome = outcome_for(ask, *envelope.asked);
  requests::Fault fault = requests::fault_of_operator(*envelope.asked);
  if (fault.code == Code::None && !is_id(ask.programme.text)) {
    fault = {Code::InvalidRequest, "programme"};
  }
  if (fault.code != Code::None) {
    outcome.field = fault.field;
    answers_.refuse(question, outcome, fault.code, context);
  } else if (answers_.is_new(question, outcome, context)) {
    answers_.give(question, answer(ask, outcome, context), context);
  }
  return Applied::Done;
}

Outcome Programmes::answer(const ProgrammeConfigured& ask, Outcome outcome, Context& context) {
  const auto known = settings(ask.programme);
  const bool is_whole = (ask.set & kEveryProgrammeField) == kEveryProgrammeField;
  if (!known && !is_whole) return refused(outcome, Code::UnknownProgramme);
  const std::uint32_t version = known ? known->version : 0;
  outcome.version = version;
  if (ask.expects_version != 0 && ask.expects_version != version) {
    return refused(outcome, Code::StaleVersion);
  }
  const ProgrammeConfigured next = merged(known.value_or(ProgrammeConfigured{}), ask);
  if (const auto field = invalid_field(next); !field.empty()) {
    outcome.field = field;
    return refused(outcome, Code::InvalidRequest);
  }
  tell_everybody(next, context);
  table_.apply(next);
  outcome.version = next.version;
  outcome.programme_version = next.version;
  return granted(outcome, 200);
}

// Without asking for room: the streams of settings have no window.
void Programmes::tell_everybody(const ProgrammeConfigured& settings, Context& context) {
  const Body body = encoder_.body_of(settings);
  for (const TopicNo topic : {kQueueTopic, kBookingsTopic, kInventoryTopic}) {
    const PartitionNo count = context.partitions_of(topic);
    for (PartitionNo partition = 0; partition < count; ++partition) {
      context.emit({topic, partition}, body);
    }
  }
}

void Programmes::refuse_misplaced(const Arrival& arrival, Context& context) {
  const auto& ask = std::get<ProgrammeConfigured>(body_.record());
  const Asked& asked = *arrival.envelope.asked;
  Outcome outcome = outcome_for(ask, asked);
  outcome.field = "programme";
  answers_.refuse({asked, {}, ask.programme.text}, outcome, Code::InvalidRequest, context);
}

void Programmes::on_tick(Context& context) {
  requests_.sweep(context.time(), kForgottenInTickMax);
}

Instant Programmes::next_deadline(const LogTime& time) const {
  return requests_.next_deadline(time);
}

void Programmes::reissue(PartitionRef /*sink*/, std::uint64_t /*from*/, Context& /*context*/) {}

void Programmes::rebuild() {
  table_.rebuild();
  requests_.rebuild();
}

std::optional<ProgrammeConfigured> Programmes::settings(ProgrammeId programme) const {
  const auto at = table_.by_text().find(programme.text);
  if (at == table_.by_text().end()) return std::nullopt;
  return table_.settings_of(at->second, *table_.find(at->second));
}

std::vector<ProgrammeId> Programmes::programmes() const {
  std::vector<ProgrammeId> all;
  for (const auto& [text, name] : table_.by_text()) all.emplace_back(text);
  return all;
}

std::optional<requests::RequestRow> Programmes::remembered(const Hash128& key) const {
  return requests_.find(key);
}

Outcome Programmes::outcome_of(const requests::RequestRow& row, std::string_view request) const {
  return requests_.outcome_of(row, request);
}

}  // namespace jari::programmes
