// forge_records: what somebody might append who reads every topic, may write to all of them and has
// no key. For kafka_forged_test.py.
//
//     forge_records INTO < RECORDS
//
// RECORDS are the log's, as known_log.h reads them. INTO gets a file for each record to append,
// `TOPIC-PARTITION-NAME`; of a document of `sync` two, its value and the rest of the record
// (`.rest`). There is one of each kind of record and, of effects, rows and requests, of each type,
// in every topic where such a one belongs: the very next of its stream, the next epoch, the owner's
// own process, about people and places that are there. This does not compile, or says no, before a
// kind or a type that is new has a place in it.
//
// Errors:  one line on stderr, exit 1. Threads: one.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>

#include "consumers/export/member_names.h"
#include "consumers/model/topics.h"
#include "engine/log/kafka/kafka_message.h"
#include "tests/system/plausible_bodies.h"

namespace jari {
namespace {

namespace fs = std::filesystem;

/// Where rows go from and to.
struct Hop {
  TopicNo source = 0;
  TopicNo destination = 0;
};
constexpr Hop kAdmits{kQueueTopic, kBookingsTopic};
constexpr Hop kEnds{kBookingsTopic, kQueueTopic};
constexpr Hop kAsks{kBookingsTopic, kInventoryTopic};
constexpr Hop kAnswers{kInventoryTopic, kBookingsTopic};
constexpr Hop kTells{kBookingsTopic, kOutcomesTopic};
constexpr Hop kSets{kProgrammesTopic, kQueueTopic};

/// How a type comes: where a request for it stands, by which way it comes as an effect or a row.
struct Form {
  RecordType type = 0;
  std::optional<TopicNo> asked_in = {};
  std::optional<Hop> hop = {};
  bool is_own = false;  // of a node, in a queue's partition
};
constexpr std::nullopt_t kNowhere = std::nullopt;
constexpr std::array kForms{
    Form{kTypeOf<QueueConfigured>, kQueueTopic},
    Form{kTypeOf<PrequeueDrawn>, kQueueTopic},
    Form{kTypeOf<TicketRequested>, kQueueTopic},
    Form{kTypeOf<TicketReturned>, kQueueTopic},
    Form{kTypeOf<SessionEnded>, kNowhere, kEnds},
    Form{kTypeOf<Admitted>, kNowhere, kAdmits},
    Form{kTypeOf<AdmissionEnded>, kNowhere, kAdmits},
    Form{kTypeOf<AdmissionHeld>, kNowhere, {}, true},
    Form{kTypeOf<ProgrammeConfigured>, kProgrammesTopic, kSets},
    Form{kTypeOf<EligibilityGranted>, kBookingsTopic},
    Form{kTypeOf<EligibilityRevoked>, kBookingsTopic},
    Form{kTypeOf<AttendanceRecorded>, kBookingsTopic},
    Form{kTypeOf<BookingRequested>, kBookingsTopic},
    Form{kTypeOf<CancelRequested>, kBookingsTopic},
    Form{kTypeOf<RescheduleRequested>, kBookingsTopic},
    Form{kTypeOf<ReservationGranted>, kNowhere, kAnswers},
    Form{kTypeOf<ReservationRefused>, kNowhere, kAnswers},
    Form{kTypeOf<HoldGranted>, kNowhere, kAnswers},
    Form{kTypeOf<HoldRefused>, kNowhere, kAnswers},
    Form{kTypeOf<HoldEnded>, kNowhere, kAnswers},
    Form{kTypeOf<AppointmentWithdrawn>, kNowhere, kAnswers},
    Form{kTypeOf<SitePublished>, kInventoryTopic},
    Form{kTypeOf<SlotPublished>, kInventoryTopic},
    Form{kTypeOf<SlotChanged>, kInventoryTopic},
    Form{kTypeOf<SlotWithdrawn>, kInventoryTopic},
    Form{kTypeOf<StockChanged>, kInventoryTopic},
    Form{kTypeOf<Reserve>, kNowhere, kAsks},
    Form{kTypeOf<Release>, kNowhere, kAsks},
    Form{kTypeOf<HoldRequested>, kBookingsTopic, kAsks},
    Form{kTypeOf<HoldConfirmed>, kNowhere, kAsks},
    Form{kTypeOf<HoldReleaseRequested>, kBookingsTopic, kAsks},
    Form{kTypeOf<DoseReturned>, kNowhere, kAsks},
    Form{kTypeOf<DoseTaken>, kNowhere, kAsks},
    Form{kTypeOf<Outcome>, kNowhere, kTells},
};
constexpr bool are_all_there() {
  for (std::size_t i = 0; i < kForms.size(); ++i) {
    const Form& form = kForms[i];
    const bool has_a_way = form.asked_in || form.hop || form.is_own;
    if (form.type != i + 1 || !has_a_way) return false;
  }
  return kForms.size() == kRecordTypesEnd - 1;
}
static_assert(are_all_there(), "a type of record is new: say above how it comes");

class Forger {
 public:
  Forger(const KnownLog& known, fs::path into)
      : known_(known), into_(std::move(into)), bodies_(known) {}

  /// How many records of that kind there are to append; nothing: there is no such kind.
  std::optional<std::size_t> forge(RecordKind kind) {
    const std::size_t before = count_;
    switch (kind) {
      case RecordKind::Unknown:
        return std::nullopt;
      case RecordKind::Request:
      case RecordKind::Effect:
      case RecordKind::Row:
      case RecordKind::Own:
        forge_types(kind);
        return count_ - before;
      case RecordKind::Genesis:
      case RecordKind::Tick:
      case RecordKind::TimeJump:
      case RecordKind::Claim:
      case RecordKind::Ack:
      case RecordKind::Barrier:
      case RecordKind::StreamSet:
      case RecordKind::Disputed:
      case RecordKind::Reissue:
        for (const PartitionRef where : homes()) forge_engines(kind, where);
        return count_ - before;
    }
    return std::nullopt;
  }

 private:
  /// A partition of each topic.
  [[nodiscard]] std::vector<PartitionRef> homes() const {
    return {known_.home(kQueueTopic, known_.texts.find("queue")->second),
            known_.home(kBookingsTopic, known_.waiting),
            known_.home(kInventoryTopic, known_.texts.find("site")->second),
            {kProgrammesTopic, 0},
            known_.home(kSyncTopic, known_.texts.find("appointment")->second),
            known_.home(kOutcomesTopic, known_.waiting)};
  }
  /// Of the body that was filled last.
  [[nodiscard]] PartitionRef home(TopicNo topic) const {
    const bool is_persons = topic == kBookingsTopic || topic == kOutcomesTopic;
    return is_persons ? known_.home(topic, bodies_.person()) : homes()[topic];
  }

  template <std::size_t Index = 0>
  void forge_types(RecordKind kind) {
    if constexpr (Index < kForms.size()) {
      std::variant_alternative_t<Index + 1, Record> body;
      bodies_.fill(body);
      forge_type(kind, kForms[Index], encoder_.encode(body));
      forge_types<Index + 1>(kind);
    } else {
      forge_document(kind);
    }
  }
  static Envelope envelope_of(RecordKind kind, RecordType type, Bytes body) {
    Envelope envelope;
    envelope.kind = kind;
    envelope.type = type;
    envelope.version = kLogicVersion;
    envelope.body = body;
    return envelope;
  }
  void forge_type(RecordKind kind, const Form& form, Bytes body) {
    Envelope envelope = envelope_of(kind, form.type, body);
    const bool is_row = form.type == kTypeOf<Outcome>;
    if (kind == RecordKind::Request) {
      forge_requests(form, envelope);
    } else if (kind == RecordKind::Own && form.is_own) {
      write(home(kQueueTopic), envelope);
    } else if (kind == RecordKind::Row && is_row) {
      send(*form.hop, envelope);
      send(kEnds, envelope);  // outside of a sink
    } else if (kind == RecordKind::Effect && form.hop && !is_row) {
      send(*form.hop, envelope);
      if (form.type != kTypeOf<ProgrammeConfigured>) return;
      send({kProgrammesTopic, kBookingsTopic}, envelope);
      send({kProgrammesTopic, kInventoryTopic}, envelope);
    }
  }
  /// As an operator's and nobody's; and by a person for others, or for what no person may ask for,
  /// whom the log lets in and whose partition has to say no.
  void forge_requests(const Form& form, Envelope& envelope) {
    const TopicNo topic = form.asked_in.value_or(form.hop ? form.hop->destination : kQueueTopic);
    for (const auto& [role, name] : {std::pair{Role::Operator, "Operator"},
                                     {Role::Nobody, "Nobody"},
                                     {Role::Person, "Person"}}) {
      asked_by(envelope, role, std::string(name_of(form.type)) + "-" + name);
      write(home(topic), envelope, name);
    }
  }
  void asked_by(Envelope& envelope, Role role, const std::string& name) {
    request_ = "forged-" + name;
    Asked asked;
    asked.request = request_;
    asked.role = role;
    asked.by = "mallory";
    asked.reason = role == Role::Person ? "" : "because";
    asked.content = hash128(bytes_of(request_));
    envelope.asked = asked;
  }
  /// The appointment is cancelled; and a request that looks like such a document, whose text would
  /// make a line of an export two.
  void forge_document(RecordKind kind) {
    Appointment appointment;
    bodies_.fill(appointment);
    appointment.state = AppointmentState::Cancelled;
    appointment.cancelled_by = CancelledBy::Operator;
    ++appointment.version;
    const Body row = encoder_.row_of(appointment, known_.lines.begin()->second.now);
    if (kind == RecordKind::Row) {
      Envelope document = envelope_of(kind, row.type, row.bytes);
      send({kBookingsTopic, kSyncTopic}, document);
    } else if (kind == RecordKind::Request) {
      const std::string two_lines = std::string(text_of(row.bytes)) + "}\n{\"topic\":\"queue\"";
      Envelope request = envelope_of(kind, row.type, bytes_of(two_lines));
      asked_by(request, Role::Person, "Appointment-Person");
      for (const PartitionRef where : homes()) write(where, request, "Person");
    }
  }

  /// The next of its stream.
  void send(Hop hop, Envelope& envelope) {
    const PartitionRef source = home(hop.source);
    const PartitionRef destination = home(hop.destination);
    const KnownLog::Last last = known_.last({source, destination});
    StreamPlace place;
    place.incarnation = known_.identity.incarnation;
    place.source = source;
    place.destination = destination;
    place.seq = last.seq + 1;
    place.prev_hash = last.hash;
    place.cause = known_.lines.at(source).next_offset - 1;
    place.reverse_last = known_.last({destination, source}).seq;
    envelope.stream = place;
    write(destination, envelope);
  }

  void forge_engines(RecordKind kind, PartitionRef where) {
    const KnownLog::Line& line = known_.lines.at(where);
    if (kind == RecordKind::Genesis) return forge_genesis(where);
    if (kind == RecordKind::Barrier) return forge_barrier(where);
    if (kind == RecordKind::Ack || kind == RecordKind::StreamSet) forge_of_streams(kind, where);
    if (kind == RecordKind::Tick) {
      write_own(where, kind, Tick{line.epoch, line.process, line.now + kSoon, 0, {}});
    }
    if (kind == RecordKind::TimeJump) {
      write_own(where, kind, TimeJump{line.epoch, line.process, line.now, line.now + kLater, {}});
    }
    if (kind == RecordKind::Claim) {
      write_own(where, kind, Claim{line.epoch + 1, "forger", kOther, kLogicVersion, kLogicVersion});
    }
    if (kind == RecordKind::Disputed) {
      write_own(where, kind, Disputed{line.epoch, line.next_offset - 1, kOther, "forger"});
    }
    if (kind == RecordKind::Reissue) write_own(where, kind, Reissue{{kSyncTopic, 0}, 0});
  }
  /// The log becomes another.
  void forge_genesis(PartitionRef where) {
    LogIdentity copy = known_.identity;
    copy.copy_of = std::exchange(copy.incarnation, kOther);
    write(where, bytes_of(genesis_record(copy)), "Genesis");
  }
  /// Where the settings' partition sends it, the next of that stream; there, an operator's.
  void forge_barrier(PartitionRef where) {
    const Barrier next{kLogicVersion + 1, BarrierStep::Read};
    if (where.topic == kProgrammesTopic) return write_own(where, RecordKind::Barrier, next);
    Envelope envelope = envelope_of(RecordKind::Barrier, 0, flat::write_root(own_, next));
    bodies_.be_about_who_waits();
    send({kProgrammesTopic, where.topic}, envelope);
  }
  /// What was never sent is acknowledged; a stream goes on elsewhere.
  void forge_of_streams(RecordKind kind, PartitionRef where) {
    for (const auto& [stream, last] : known_.streams) {
      const auto& [source, destination] = stream;
      if (kind == RecordKind::Ack && source == where) {
        return write_own(where, kind, Ack{destination, last.seq + 1});
      }
      if (kind == RecordKind::StreamSet && destination == where) {
        return write_own(where, kind, StreamSet{source, last.seq + 9, kOther});
      }
    }
  }

  template <class Body>
  void write_own(PartitionRef where, RecordKind kind, const Body& body) {
    Envelope envelope = envelope_of(kind, 0, flat::write_root(own_, body));
    const bool is_operators =
        kind == RecordKind::StreamSet || kind == RecordKind::Reissue || kind == RecordKind::Barrier;
    if (is_operators) asked_by(envelope, Role::Operator, std::string(name_of(kind)));
    write(where, envelope);
  }
  void write(PartitionRef where, const Envelope& envelope, const char* by = "") {
    const std::string_view own = name_of(envelope.kind);
    std::string name{own.empty() ? name_of(envelope.type) : own};
    if (*by != '\0') name.append("-").append(by);
    const Bytes record = write_envelope(builder_, envelope);
    const bool is_document = where.topic == kSyncTopic && envelope.kind == RecordKind::Row;
    const auto row = is_document ? row_of(record) : std::nullopt;
    write(where, row ? row->document : record, name);
    if (row) std::ofstream(path_of(where, name + ".rest"), std::ios::binary) << row->rest;
  }
  void write(PartitionRef where, Bytes record, const std::string& name) {
    ++count_;
    const fs::path file = path_of(where, name);
    CHECK(!fs::exists(file));
    std::ofstream(file, std::ios::binary) << text_of(record);
  }
  [[nodiscard]] fs::path path_of(PartitionRef where, const std::string& name) const {
    return into_ / (known_.identity.topics[where.topic].name + "-" +
                    std::to_string(where.partition) + "-" + name);
  }

  static constexpr milliseconds kSoon{9'000};  // no outage
  static constexpr milliseconds kLater{3'600'000};
  static constexpr Hash128 kOther{6, 6};

  const KnownLog& known_;
  fs::path into_;
  PlausibleBodies bodies_;
  Encoder encoder_;
  flat::Builder own_;
  flat::Builder builder_;
  std::string request_;
  std::size_t count_ = 0;
};

int run(const fs::path& into) {
  KnownLog known;
  const bool is_log = known.read(std::cin);
  if (!is_log || known.waiting.empty() || known.booked.empty() || known.holding.empty()) {
    std::cerr << "forge_records: stdin is no log with a ticket, an appointment and a hold in it\n";
    return 1;
  }
  fs::create_directories(into);
  Forger forger(known, into);
  for (int number = 0; number <= std::numeric_limits<std::uint8_t>::max(); ++number) {
    const auto count = forger.forge(static_cast<RecordKind>(number));
    if (!count || *count > 0) continue;
    std::cerr << "forge_records: kind " << number << " of a record has no place here\n";
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace jari

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: forge_records INTO < RECORDS\n";
    return 2;
  }
  return jari::run(arguments[1]);
}
