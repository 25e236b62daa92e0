#include "consumers/export/exported_line.h"

#include <algorithm>
#include <array>

namespace jari {
namespace {

/// A document of `sync` as it is written.
struct SyncDocument {
  AppointmentId appointment;
  ProgrammeId programme;
  PersonId person;
  SiteId site;
  SlotId slot;
  ProductId product;
  std::uint8_t dose = 0;
  Instant starts_at;
  std::string_view zone;
  AppointmentState state = AppointmentState::Unknown;
  CancelledBy cancelled_by = CancelledBy::Nobody;
  std::string_view slot_state;
  Instant rebook_until;
  std::uint32_t version = 0;
  Instant as_of;
  JARI_FIELDS(SyncDocument, appointment, programme, person, site, slot, product, dose, starts_at,
              zone, state, cancelled_by, slot_state, rebook_until, version, as_of)
};

struct Source {
  PartitionRef source;
  std::uint64_t seq = 0;
  Hash128 prev_hash;
  Hash128 hash;  // for who cannot compute it; it follows from the rest
  std::uint64_t last = 0;
  Hash128 incarnation;
  PartitionRef destination;
  JARI_FIELDS(Source, source, seq, prev_hash, hash, last, incarnation, destination)
};

constexpr std::array kOwnKinds{RecordKind::Genesis,   RecordKind::Tick,     RecordKind::Claim,
                               RecordKind::Ack,       RecordKind::Barrier,  RecordKind::TimeJump,
                               RecordKind::StreamSet, RecordKind::Disputed, RecordKind::Reissue};
constexpr std::array<std::string_view, 13> kMembers{
    "topic", "partition", "offset", "time",   "type",       "cause",  "stream",
    "by",    "request",   "body",   "reason", "acting_for", "writers"};

Error bad(std::string why) {
  return {ErrorCode::BadBytes, std::move(why)};
}

std::string_view text_in(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  return value ? value->text().value_or(std::string_view{}) : std::string_view{};
}

/// Whom a request of either may be about; nothing: only an operator sends it.
std::optional<std::string_view> person_in(const Record& body) {
  return std::visit(
      [](const auto& one) -> std::optional<std::string_view> {
        using T = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<T, EligibilityGranted> ||
                      std::is_same_v<T, EligibilityRevoked>) {
          return std::nullopt;
        } else if constexpr (requires { one.person.text; }) {
          return one.person.text;
        } else {
          return std::nullopt;
        }
      },
      body);
}

template <RecordType Index = 1>
bool read_as(RecordType type, BodyReader& reader, const http::JsonValue& json, Record& out) {
  if constexpr (Index < kRecordTypesEnd) {
    if (type != Index) return read_as<Index + 1>(type, reader, json, out);
    return reader.read(json, out.emplace<Index>());
  } else {
    return false;
  }
}

RecordType type_of(std::string_view name) {
  if (name == name_of(kAppointmentRow)) return kAppointmentRow;
  RecordType type = 1;
  while (type < kRecordTypesEnd && name_of(type) != name) ++type;
  return type < kRecordTypesEnd ? type : RecordType{0};
}

}  // namespace

Result<LogRecord> ExportedLine::read(std::string_view line) {
  const auto json = http::parse_json(line);
  if (!json) return bad(json.error().detail);
  const auto root = json->root();
  if (!root.is_object()) return bad("the line is no JSON object");
  for (const auto [name, value] : root.members()) {
    if (std::find(kMembers.begin(), kMembers.end(), name) == kMembers.end()) {
      return bad("a record has no member " + std::string(name));
    }
  }
  if (root.member("writers")) return bad(std::string(kOfManyWriters));
  time_ = text_in(root, "time");
  const auto offset = root.member("offset");
  if (!offset || offset->integer().value_or(-1) < 0) return bad("offset is no offset");
  LogRecord record;
  Envelope envelope;
  envelope.version = kLogicVersion;
  const std::string_view type = text_in(root, "type");
  if (type == "DeadLetter") {
    if (!bodies_.read_partition(root, where_))
      return bad("topic and partition are none of this log");
    return LogRecord{where_, static_cast<Offset>(*offset->integer()), {}};
  }
  if (auto read = read_kind(root, envelope); !read) return read.error();
  record.where = where_;
  record.offset = static_cast<Offset>(*offset->integer());
  record.bytes = write_envelope(builder_, envelope);
  return record;
}

Result<void> ExportedLine::read_kind(const http::JsonValue& line, Envelope& envelope) {
  const std::string_view type = text_in(line, "type");
  for (const RecordKind kind : kOwnKinds) {
    if (name_of(kind) == type) envelope.kind = kind;
  }
  const auto body = line.member("body");
  if (!body || !body->is_object()) return bad("body is no object");
  if (envelope.kind == RecordKind::Genesis && identity_.topics.empty()) {
    return read_body(*body, envelope);
  }
  if (identity_.topics.empty()) return bad(std::string(kAskForWholeExport));
  if (!bodies_.read_partition(line, where_)) return bad("topic and partition are none of this log");
  const bool has_stream = line.member("stream").has_value();
  if (envelope.kind == RecordKind::Unknown) {
    envelope.type = type_of(type);
    if (envelope.type == 0) return bad("there is no type " + std::string(type));
    if (identity_.topics[where_.topic].is_sink) {
      envelope.kind = RecordKind::Row;
    } else if (has_stream) {
      envelope.kind = RecordKind::Effect;
    } else {
      const bool is_nodes = envelope.type == kTypeOf<AdmissionHeld>;
      envelope.kind = is_nodes ? RecordKind::Own : RecordKind::Request;
    }
  }
  if (has_stream) {
    if (auto read = read_stream(line, envelope); !read) return read;
  }
  if (auto read = read_body(*body, envelope); !read) return read;
  read_asked(line, envelope);
  return {};
}

Result<void> ExportedLine::read_stream(const http::JsonValue& line, Envelope& envelope) {
  const auto cause = line.member("cause");
  const auto offset = cause && cause->is_object() ? cause->member("offset") : std::nullopt;
  if (!offset || offset->integer().value_or(-1) < 0) return bad("cause has no offset");
  Source from;
  from.destination = where_;
  from.incarnation = incarnation_;
  if (!bodies_.read(*line.member("stream"), from)) return bad("stream: " + bodies_.wrong());
  PartitionRef named;
  if (!bodies_.read_partition(*cause, named) || named != from.source) {
    return bad("cause is no place in the partition that the stream comes from");
  }
  envelope.stream =
      StreamPlace{from.incarnation, from.source,    from.destination,
                  from.seq,         from.prev_hash, static_cast<Offset>(*offset->integer()),
                  from.last};
  return {};
}

// An export does not say in which role somebody asked. A person asks only for themself and gives no
// reason; all else is an operator's.
void ExportedLine::read_asked(const http::JsonValue& line, Envelope& envelope) {
  Asked asked;
  asked.request = text_in(line, "request");
  asked.by = text_in(line, "by");
  asked.acting_for = text_in(line, "acting_for");
  asked.reason = text_in(line, "reason");
  if (envelope.kind != RecordKind::Request && asked.by.empty() && asked.reason.empty()) return;
  const auto person = person_in(body_);
  const bool is_persons = person && *person == asked.by && asked.reason.empty();
  asked.role = is_persons ? Role::Person : Role::Operator;
  envelope.asked = asked;
}

Error ExportedLine::wrong_body() const {
  return bad("body: " + (bodies_.wrong().empty() ? "it is none of its type" : bodies_.wrong()));
}

template <class Body>
Result<void> ExportedLine::read_own(const http::JsonValue& json, Envelope& envelope) {
  Body body;
  if (!bodies_.read(json, body)) return wrong_body();
  envelope.body = flat::write_root(own_, body);
  return {};
}

Result<void> ExportedLine::read_body(const http::JsonValue& body, Envelope& envelope) {
  body_ = {};
  switch (envelope.kind) {
    case RecordKind::Genesis:
      return read_own<Genesis>(body, envelope);
    case RecordKind::Tick:
      return read_own<Tick>(body, envelope);
    case RecordKind::Claim:
      return read_own<Claim>(body, envelope);
    case RecordKind::Ack:
      return read_own<Ack>(body, envelope);
    case RecordKind::Barrier:
      return read_own<Barrier>(body, envelope);
    case RecordKind::TimeJump:
      return read_own<TimeJump>(body, envelope);
    case RecordKind::StreamSet:
      return read_own<StreamSet>(body, envelope);
    case RecordKind::Disputed:
      return read_own<Disputed>(body, envelope);
    case RecordKind::Reissue:
      return read_own<Reissue>(body, envelope);
    default:
      return envelope.type == kAppointmentRow ? read_document(body, envelope)
                                              : read_record(body, envelope);
  }
}

// Written again as its partition wrote it: its stream's hash is of these bytes.
Result<void> ExportedLine::read_document(const http::JsonValue& json, Envelope& envelope) {
  SyncDocument said;
  if (!bodies_.read(json, said)) return wrong_body();
  Appointment appointment;
  appointment.appointment = said.appointment;
  appointment.programme = said.programme;
  appointment.person = said.person;
  appointment.site = said.site;
  appointment.slot = said.slot;
  appointment.product = said.product;
  appointment.dose = said.dose;
  appointment.starts_at = said.starts_at;
  appointment.zone = said.zone;
  appointment.state = said.state;
  appointment.cancelled_by = said.cancelled_by;
  appointment.slot_withdrawn = said.slot_state == "withdrawn";
  appointment.rebook_until = said.rebook_until;
  appointment.version = said.version;
  document_.clear();
  append_json(document_, appointment, said.as_of);
  envelope.body = bytes_of(document_);
  return {};
}

Result<void> ExportedLine::read_record(const http::JsonValue& json, Envelope& envelope) {
  if (!read_as(envelope.type, bodies_, json, body_)) return wrong_body();
  envelope.body = encoder_.encode(body_);
  return {};
}

}  // namespace jari
