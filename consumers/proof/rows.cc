#include "consumers/proof/rows.h"

#include <cstring>
#include <limits>

#include "consumers/model/record.h"
#include "engine/http/json_reader.h"
#include "engine/http/json_writer.h"
#include "engine/record/envelope.h"

namespace jari::proof {
namespace {

Error no_row(std::string_view topic) {
  return {ErrorCode::BadBytes, "the record is no row of " + std::string(topic)};
}

std::string text_of_member(const http::JsonValue& document, std::string_view name) {
  const auto value = document.member(name);
  return std::string(value ? value->text().value_or("") : "");
}

Result<RowSaid> read_document(std::string_view body) {
  const auto document = http::parse_json(body);
  if (!document || !document->root().is_object()) return no_row(kSyncTopicName);
  const auto root = document->root();
  RowSaid said;
  said.says = body;
  said.appointment = text_of_member(root, "appointment");
  said.person = text_of_member(root, "person");
  const auto version = root.member("version");
  const auto number = version ? version->integer().value_or(0) : 0;
  const bool is_known =
      is_id(said.appointment) && number > 0 && number <= std::numeric_limits<std::uint32_t>::max();
  if (!is_known) return no_row(kSyncTopicName);
  said.version = static_cast<std::uint32_t>(number);
  return said;
}

/// What whoever asked may want to show others; what does not apply is absent.
std::string json_of(const Outcome& outcome) {
  std::string out;
  http::JsonWriter json(out);
  const auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) json.field(name, value);
  };
  json.begin_object().field("request", outcome.request);
  text("asked", jari::name_of(outcome.asked));
  text("person", outcome.person.text);
  text("decision", outcome.decision == Decision::Granted ? "granted" : "refused");
  if (outcome.code != Code::None) text("code", to_text(outcome.code));
  text("queue", outcome.queue.text);
  if (outcome.ticket != 0) json.field("ticket", outcome.ticket);
  text("programme", outcome.programme.text);
  text("hold", outcome.hold.text);
  if (outcome.appointment) {
    const Appointment& made = *outcome.appointment;
    text("appointment", made.appointment.text);
    text("state", to_text(made.state));
    text("site", made.site.text);
    text("slot", made.slot.text);
    text("product", made.product.text);
    json.field("starts_at", to_text(made.starts_at)).field("version", made.version);
  } else {
    text("site", outcome.site.text);
    text("slot", outcome.slot.text);
    text("product", outcome.product.text);
  }
  json.end_object();
  return out;
}

Result<RowSaid> read_outcome(Bytes body) {
  const Record record = decode(kTypeOf<Outcome>, body);
  const auto* outcome = std::get_if<Outcome>(&record);
  if (outcome == nullptr) return no_row(kOutcomesTopicName);
  RowSaid said;
  said.says = json_of(*outcome);
  said.request = outcome->request;
  said.person = outcome->person.text;
  if (outcome->asked == kTypeOf<TicketRequested> && outcome->decision == Decision::Granted) {
    said.queue = outcome->queue.text;
    said.ticket = outcome->ticket;
  }
  return said;
}

}  // namespace

Result<RowSaid> read_row(std::string_view topic, Bytes record) {
  std::vector<std::uint64_t> aligned((record.size() + 7) / 8);
  if (!record.empty()) std::memcpy(aligned.data(), record.data(), record.size());
  const Bytes bytes{reinterpret_cast<const std::byte*>(aligned.data()), record.size()};
  const auto envelope = read_envelope(bytes);
  if (!envelope || envelope->kind != RecordKind::Row) return no_row(topic);
  if (topic == kSyncTopicName && envelope->type == kAppointmentRow) {
    return read_document(text_of(envelope->body));
  }
  if (topic == kOutcomesTopicName && envelope->type == kTypeOf<Outcome>) {
    return read_outcome(envelope->body);
  }
  return no_row(topic);
}

}  // namespace jari::proof
