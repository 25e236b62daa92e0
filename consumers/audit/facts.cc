#include "consumers/audit/facts.h"

#include "engine/http/json_reader.h"

namespace jari::audit {
namespace {

std::string text_in(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  return value && value->text() ? std::string(*value->text()) : std::string();
}

Instant instant_in(const http::JsonValue& object, std::string_view name) {
  return parse_instant(text_in(object, name)).value_or(Instant{});
}

std::optional<Document> read_document(Bytes body) {
  const auto json = http::parse_json(text_of(body));
  if (!json || !json->root().is_object()) return std::nullopt;
  const auto root = json->root();
  Document document;
  document.appointment = text_in(root, "appointment");
  document.programme = text_in(root, "programme");
  document.person = text_in(root, "person");
  document.site = text_in(root, "site");
  document.slot = text_in(root, "slot");
  document.product = text_in(root, "product");
  document.state = text_in(root, "state");
  document.starts_at = instant_in(root, "starts_at");
  document.rebook_until = instant_in(root, "rebook_until");
  const auto version = root.member("version");
  if (version) document.version = static_cast<std::uint32_t>(version->integer().value_or(0));
  return document;
}

}  // namespace

void Facts::read(const LogIdentity&, const LogRecord& record) {
  const auto envelope = read_envelope(record.bytes);
  if (!envelope || !envelope->stream) return;
  const StreamPlace& place = *envelope->stream;
  std::uint64_t& last = last_[{place.source, record.where}];
  if (place.seq <= last) return;  // a repeat says nothing new
  last = place.seq;
  const At cause{place.source, place.cause};
  const At row{record.where, record.offset};
  if (envelope->type == kAppointmentRow) {
    if (auto document = read_document(envelope->body)) {
      document->row = row;
      documents_[cause].push_back(std::move(*document));
    }
    return;
  }
  const Record body = decode(envelope->type, envelope->body);
  if (const auto* outcome = std::get_if<Outcome>(&body)) {
    said_[cause] = {outcome->decision, outcome->code, outcome->ticket, outcome->used_rebook_right,
                    std::string(outcome->request)};
  } else if (std::holds_alternative<ReservationGranted>(body) ||
             std::holds_alternative<HoldGranted>(body)) {
    granted_[cause] = true;
  } else if (const auto* admitted = std::get_if<Admitted>(&body)) {
    admissions_[cause].push_back({std::string(admitted->queue.text),
                                  std::string(admitted->person.text), admitted->ticket,
                                  admitted->place, admitted->admitted_at,
                                  admitted->session_seconds, row});
  }
}

const Said* Facts::said_of(const At& cause) const {
  const auto at = said_.find(cause);
  return at == said_.end() ? nullptr : &at->second;
}
bool Facts::is_refused(const At& cause) const {
  const Said* said = said_of(cause);
  return said != nullptr && said->decision == Decision::Refused;
}
bool Facts::is_granted(const At& cause) const { return granted_.contains(cause); }
const std::vector<Document>* Facts::documents_of(const At& cause) const {
  const auto at = documents_.find(cause);
  return at == documents_.end() ? nullptr : &at->second;
}
const std::vector<Admission>* Facts::admissions_of(const At& cause) const {
  const auto at = admissions_.find(cause);
  return at == admissions_.end() ? nullptr : &at->second;
}

}  // namespace jari::audit
