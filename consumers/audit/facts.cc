#include "consumers/audit/facts.h"

#include <algorithm>

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
  if (!envelope) return;
  Tick tick;
  if (envelope->kind == RecordKind::Tick && flat::read_root(envelope->body, tick)) {
    Offset& applied = applied_[record.where];
    applied = std::max(applied, tick.upto);
  }
  if (!envelope->stream) return;
  const StreamPlace& place = *envelope->stream;
  std::uint64_t& last = last_[{place.source, record.where}];
  if (place.seq <= last) return;  // a repeat says nothing new
  last = place.seq;
  causes_[{place.source, record.where}].push_back(place.cause);
  Offset& applied = applied_[place.source];
  applied = std::max(applied, place.cause);
  read_row(*envelope, {place.source, place.cause}, {record.where, record.offset});
}

void Facts::read_row(const Envelope& envelope, const At& cause, const At& row) {
  if (envelope.type != kAppointmentRow) return read_body(envelope, cause, row);
  if (auto document = read_document(envelope.body)) {
    document->row = row;
    documents_[cause].push_back(std::move(*document));
  }
}

void Facts::read_body(const Envelope& envelope, const At& cause, const At& row) {
  const Record body = decode(envelope.type, envelope.body);
  if (const auto* outcome = std::get_if<Outcome>(&body)) {
    said_[cause].push_back({outcome->decision, outcome->code, outcome->ticket,
                            outcome->used_rebook_right, std::string(outcome->request),
                            outcome->asked, std::string(outcome->hold.text),
                            outcome->programme_version});
    if (outcome->decision == Decision::Granted && !outcome->hold.text.empty()) {
      holds_.try_emplace(std::string(outcome->hold.text), outcome->programme_version);
    }
  } else if (std::holds_alternative<ReservationGranted>(body) ||
             std::holds_alternative<HoldGranted>(body)) {
    granted_[cause] = true;
    ++answers_[cause];
  } else if (std::holds_alternative<ReservationRefused>(body) ||
             std::holds_alternative<HoldRefused>(body)) {
    ++answers_[cause];
  } else if (const auto* admitted = std::get_if<Admitted>(&body)) {
    admissions_[cause].push_back(
        {std::string(admitted->queue.text), std::string(admitted->person.text), admitted->ticket,
         admitted->place, admitted->admitted_at, admitted->session_seconds, row});
  }
}

const std::vector<Said>* Facts::outcomes_of(const At& cause) const {
  const auto at = said_.find(cause);
  return at == said_.end() ? nullptr : &at->second;
}
const Said* Facts::said_of(const At& cause, std::string_view request) const {
  const auto at = said_.find(cause);
  if (at == said_.end()) return nullptr;
  for (const Said& said : at->second) {
    if (said.request == request) return &said;
  }
  return nullptr;
}
bool Facts::is_done(const At& cause, std::string_view request) const {
  const Said* said = said_of(cause, request);
  return said != nullptr && said->decision == Decision::Granted;
}
std::uint32_t Facts::answers_of(const At& cause) const {
  const auto at = answers_.find(cause);
  return at == answers_.end() ? 0 : at->second;
}
Offset Facts::applied(PartitionRef where) const {
  const auto at = applied_.find(where);
  return at == applied_.end() ? 0 : at->second;
}
const std::vector<Offset>& Facts::causes_of(PartitionRef source, PartitionRef destination) const {
  static const std::vector<Offset> kNone;
  const auto at = causes_.find({source, destination});
  return at == causes_.end() ? kNone : at->second;
}
std::uint32_t Facts::version_of_hold(const std::string& hold) const {
  const auto at = holds_.find(hold);
  return at == holds_.end() ? 0 : at->second;
}
bool Facts::is_granted(const At& cause) const {
  return granted_.contains(cause);
}
const std::vector<Document>* Facts::documents_of(const At& cause) const {
  const auto at = documents_.find(cause);
  return at == documents_.end() ? nullptr : &at->second;
}
const std::vector<Admission>* Facts::admissions_of(const At& cause) const {
  const auto at = admissions_.find(cause);
  return at == admissions_.end() ? nullptr : &at->second;
}

}  // namespace jari::audit
