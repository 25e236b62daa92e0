#include <sstream>

#include <gmock/gmock.h>

#include "consumers/export/exported_line.h"
#include "consumers/export/exported_log.h"
#include "consumers/export/record_json.h"
#include "tests/consumers/export/golden.h"

namespace jari {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Instant kEleven{1'626'087'600'000};  // 2021-07-12T11:00:00.000Z

LogIdentity identity() {
  LogIdentity identity;
  identity.incarnation = {1, 2};
  identity.topics = {{"queue", 2, false},      {"bookings", 2, false}, {"inventory", 2, false},
                     {"programmes", 1, false}, {"sync", 2, true},      {"outcomes", 2, true}};
  identity.begins = kEleven;
  identity.stream_window = 16'384;
  identity.outage_ms = 10'000;
  return identity;
}

/// Puts something into every field: texts are the field's name.
template <class T>
void fill(T& out);
template <class M>
void fill_member(std::string_view name, M& member) {
  if constexpr (flat::kIsText<M>) {
    member = M{name};
  } else if constexpr (std::is_same_v<M, Instant>) {
    member = kEleven;
  } else if constexpr (std::is_same_v<M, Day>) {
    member = *parse_day("2021-07-13");
  } else if constexpr (std::is_same_v<M, bool>) {
    member = true;
  } else if constexpr (std::is_enum_v<M>) {
    member = static_cast<M>(1);
  } else if constexpr (std::is_same_v<M, Hash128>) {
    member = {3, 4};
  } else if constexpr (std::is_same_v<M, PartitionRef>) {
    member = {1, 1};
  } else if constexpr (std::is_arithmetic_v<M>) {
    member = 7;
  } else if constexpr (flat::kIsVector<M>) {
    fill_member(name, member.emplace_back());
  } else if constexpr (flat::kIsOptional<M>) {
    fill(member.emplace());
  } else {
    fill(member);
  }
}
template <class T>
void fill(T& out) {
  for_each_field(out, [](std::string_view name, auto& member) { fill_member(name, member); });
  if constexpr (std::is_same_v<T, QueueConfigured>) out.set = kEveryQueueField;
  if constexpr (std::is_same_v<T, ProgrammeConfigured>) out.set = kEveryProgrammeField;
}

/// A record as it stands in a log.
struct Written {
  std::string bytes;
  LogRecord record;
  Written(const Envelope& envelope, PartitionRef where, Offset offset) {
    flat::Builder builder;
    bytes = text_of(write_envelope(builder, envelope));
    record = {where, offset, bytes_of(bytes)};
  }
};

template <class T>
std::string line_of_body(const T& body, Envelope envelope, PartitionRef where) {
  Encoder encoder;
  const std::string bytes(text_of(encoder.encode(body)));
  envelope.type = kTypeOf<T>;
  envelope.version = kLogicVersion;
  envelope.body = bytes_of(bytes);
  return export_line(identity(), Written(envelope, where, 17).record, kEleven);
}

template <class T>
std::string canonical_of(const T& one) {
  std::string bytes;
  canonical::append(bytes, one, canonical::Plain{});
  return bytes;
}

/// Prints one of each, compares it, and reads it back.
template <RecordType Index = 1>
void check_every_type() {
  if constexpr (Index < kRecordTypesEnd) {
    using T = std::variant_alternative_t<Index, Record>;
    const std::string name(name_of(Index));
    T body;
    fill(body);
    Envelope envelope;
    envelope.kind = RecordKind::Request;
    if constexpr (std::is_same_v<T, AdmissionHeld>) envelope.kind = RecordKind::Own;
    const std::string line = line_of_body(body, envelope, {0, 1});
    EXPECT_EQ(line, R"({"topic":"queue","partition":1,"offset":17,)"
                    R"("time":"2021-07-12T11:00:00.000Z","type":")" +
                        name + R"(","body":)" + golden_bodies().at(name) + "}");
    const LogIdentity log = identity();
    ExportedLine reader(log);
    const auto back = reader.read(line);
    ASSERT_TRUE(back.has_value()) << name << ": " << back.error().detail;
    const Envelope read = read_envelope(back->bytes).value();
    EXPECT_EQ(read.kind, envelope.kind) << name;
    const Record record = decode(read.type, read.body);
    ASSERT_TRUE(std::holds_alternative<T>(record)) << name;
    EXPECT_EQ(canonical_of(std::get<T>(record)), canonical_of(body)) << name;
    check_every_type<Index + 1>();
  }
}

TEST(Export, PrintsAndReadsBackEveryTypeOfRecord) {
  EXPECT_EQ(golden_bodies().size(), kRecordTypesEnd - 1U);
  check_every_type();
}

// What the engine wrote for itself: by its own name, in the partition it stands in.
template <class T>
void check_own(RecordKind kind, const std::string& name, const std::string& expected) {
  T body;
  fill(body);
  flat::Builder builder;
  const std::string bytes(text_of(flat::write_root(builder, body)));
  Envelope envelope;
  envelope.kind = kind;
  envelope.body = bytes_of(bytes);
  const std::string line = export_line(identity(), Written(envelope, {3, 0}, 5).record, kEleven);
  EXPECT_EQ(line, R"({"topic":"programmes","partition":0,"offset":5,)"
                  R"("time":"2021-07-12T11:00:00.000Z","type":")" +
                      name + R"(","body":)" + expected + "}");
  const LogIdentity log = identity();
  ExportedLine reader(log);
  const auto back = reader.read(line);
  ASSERT_TRUE(back.has_value()) << name << ": " << back.error().detail;
  const Envelope read = read_envelope(back->bytes).value();
  EXPECT_EQ(read.kind, kind);
  T again;
  ASSERT_TRUE(flat::read_root(read.body, again));
  EXPECT_EQ(canonical_of(again), canonical_of(body));
}

TEST(Export, PrintsAndReadsBackTheEnginesOwnRecords) {
  static const std::string kHash = R"("00000000000000040000000000000003")";
  static const std::string kTime = R"("2021-07-12T11:00:00.000Z")";
  static const std::string kPlace = R"({"topic":"bookings","partition":1})";
  check_own<Genesis>(RecordKind::Genesis, "Genesis",
                     R"({"incarnation":)" + kHash +
                         R"(,"format":7,"topics":[{"name":"name","partitions":7,"is_sink":true}],)"
                         R"("begins":)" +
                         kTime + R"(,"stream_window":7,"outage_ms":7,"copy_of":)" + kHash + "}");
  check_own<Tick>(RecordKind::Tick, "Tick",
                  R"({"epoch":7,"process":)" + kHash + R"(,"time":)" + kTime +
                      R"(,"upto":7,"digest":)" + kHash + "}");
  check_own<Claim>(
      RecordKind::Claim, "Claim",
      R"({"epoch":7,"node":"node","process":)" + kHash + R"(,"knows_from":7,"knows_to":7})");
  check_own<Ack>(RecordKind::Ack, "Ack", R"({"destination":)" + kPlace + R"(,"last":7})");
  check_own<Barrier>(RecordKind::Barrier, "Barrier", R"({"version":7,"step":"read"})");
  check_own<TimeJump>(RecordKind::TimeJump, "TimeJump",
                      R"({"epoch":7,"process":)" + kHash + R"(,"from":)" + kTime + R"(,"to":)" +
                          kTime + R"(,"who":"who"})");
  check_own<StreamSet>(RecordKind::StreamSet, "StreamSet",
                       R"({"source":)" + kPlace + R"(,"seq":7,"hash":)" + kHash + "}");
  check_own<Disputed>(RecordKind::Disputed, "Disputed",
                      R"({"epoch":7,"upto":7,"digest":)" + kHash + R"(,"node":"node"})");
  check_own<Reissue>(RecordKind::Reissue, "Reissue", R"({"sink":)" + kPlace + R"(,"from":7})");
}

TEST(Export, SaysWhereAnEffectComesFrom) {
  Envelope envelope;
  envelope.kind = RecordKind::Effect;
  envelope.stream = StreamPlace{{1, 2}, {0, 1}, {1, 0}, 9, {3, 4}, 41, 5};
  Admitted admitted;
  fill(admitted);
  const std::string line = line_of_body(admitted, envelope, {1, 0});
  EXPECT_EQ(line,
            R"({"topic":"bookings","partition":0,"offset":17,"time":"2021-07-12T11:00:00.000Z",)"
            R"("type":"Admitted","cause":{"topic":"queue","partition":1,"offset":41},)"
            R"("stream":{"source":{"topic":"queue","partition":1},"seq":9,)"
            R"("prev_hash":"00000000000000040000000000000003","hash":")" +
                to_text(chained({3, 4}, hash_of_record(admitted))) + R"(","last":5},"body":)" +
                golden_bodies().at("Admitted") + "}");
  const LogIdentity log = identity();
  ExportedLine reader(log);
  reader.set_incarnation(log.incarnation);
  const auto back = reader.read(line);
  ASSERT_TRUE(back.has_value()) << back.error().detail;
  EXPECT_EQ(canonical_of(*read_envelope(back->bytes).value().stream),
            canonical_of(*envelope.stream));
}

TEST(Export, SaysWhoAskedAndWhy) {
  Envelope envelope;
  envelope.kind = RecordKind::Request;
  envelope.asked = Asked{"key-1", Role::Operator, "ann", "bob", "a \"quoted\"\n reason", {}};
  const std::string line =
      line_of_body(SlotWithdrawn{SiteId{"s"}, SlotId{"t"}, false}, envelope, {2, 0});
  EXPECT_THAT(line, HasSubstr(R"("type":"SlotWithdrawn","request":"key-1","by":"ann",)"
                              R"("acting_for":"bob","reason":"a \"quoted\"\u000a reason",)"
                              R"("body":{"site":"s","slot":"t","cancel":false}})"));
}

// PATCH: null clears, and what is not named is not there.
TEST(Export, ShowsOnlyTheFieldsThatASettingNames) {
  QueueConfigured said;
  said.queue = QueueId{"line"};
  said.set = static_cast<std::uint32_t>(QueueField::Prequeue) |
             static_cast<std::uint32_t>(QueueField::Rate);
  Envelope envelope;
  envelope.kind = RecordKind::Request;
  const std::string line = line_of_body(said, envelope, {0, 0});
  EXPECT_THAT(line, HasSubstr(R"("body":{"queue":"line","rate_per_second":0,"prequeue":null}})"));
  const LogIdentity log = identity();
  ExportedLine reader(log);
  const Envelope read = read_envelope(reader.read(line).value().bytes).value();
  EXPECT_EQ(std::get<QueueConfigured>(decode(read.type, read.body)).set, said.set);
}

TEST(Export, PrintsADocumentAsItStands) {
  Appointment appointment;
  fill(appointment);
  std::string json;
  append_json(json, appointment, kEleven);
  Envelope envelope;
  envelope.kind = RecordKind::Row;
  envelope.type = kAppointmentRow;
  envelope.body = bytes_of(json);
  envelope.stream = StreamPlace{{1, 2}, {1, 1}, {4, 1}, 1, {}, 3, 0};
  const std::string line = export_line(identity(), Written(envelope, {4, 1}, 2).record, kEleven);
  EXPECT_THAT(line, HasSubstr(R"("type":"Appointment","cause":{"topic":"bookings",)"));
  EXPECT_THAT(line, HasSubstr(R"(,"body":)" + json + "}"));
  const LogIdentity log = identity();
  ExportedLine reader(log);
  const Envelope read = read_envelope(reader.read(line).value().bytes).value();
  EXPECT_EQ(text_of(read.body), json);
}

TEST(Export, CountsTheBytesThatAreNoRecord) {
  EXPECT_THAT(export_line(identity(), {{0, 0}, 3, bytes_of("nonsense")}, kEleven),
              HasSubstr(R"("type":"DeadLetter","body":{"bytes":8})"));
}

// Found by kafka_forged_test.py: whoever may append requests wrote lines of their own into the
// export, since a document is printed as it is, and held admissions there, since a line does not
// say what kind of record it is of.
TEST(Export, PrintsWhatNobodyMayAskForAsADeadLetter) {
  for (const RecordType type : {kAppointmentRow, kTypeOf<AdmissionHeld>}) {
    Envelope envelope;
    envelope.kind = RecordKind::Request;
    envelope.type = type;
    envelope.version = kLogicVersion;
    envelope.body = bytes_of("{}}\n{\"topic\":\"queue\"");
    const std::string line = export_line(identity(), Written(envelope, {0, 0}, 3).record, kEleven);
    EXPECT_THAT(line, HasSubstr(R"("type":"DeadLetter")"));
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

// Its order is no order of commits: who reads it must know, and not be told by hand.
TEST(Export, SaysOfALogOfManyWritersThatItIs) {
  const LogIdentity log = identity();
  const std::string genesis = genesis_record(log);
  const LogRecord first{{1, 0}, 0, bytes_of(genesis)};
  EXPECT_THAT(export_line(log, first, kEleven), Not(HasSubstr("writers")));
  const std::string line = export_line(log, first, kEleven, LogWriters::Many);
  EXPECT_THAT(line, HasSubstr(R"("type":"Genesis","writers":"many","body":)"));
  ExportedLine reader(log);
  const auto read = reader.read(line);
  ASSERT_FALSE(read.has_value());
  EXPECT_THAT(read.error().detail, HasSubstr("several nodes write this log"));
}

// Of an archive or of Kafka nothing that is printed begins so.
TEST(Export, SaysOfAnExportThatBeginsElsewhereWhatToDo) {
  Envelope envelope;
  envelope.kind = RecordKind::Request;
  std::istringstream in(
      line_of_body(SlotWithdrawn{SiteId{"s"}, SlotId{"t"}, false}, envelope, {2, 0}) + "\n");
  const auto log = ExportedLog::open(in, "day.jsonl");
  ASSERT_FALSE(log.has_value());
  EXPECT_THAT(log.error().detail, HasSubstr("day.jsonl:1: the export does not begin with"));
  EXPECT_THAT(log.error().detail, HasSubstr("print the whole of an embedded log"));
  EXPECT_THAT(log.error().detail, HasSubstr("`jari audit --archive`, `--kafka-brokers`"));
}

/// Two ticks in one commit: a row carries the time of its cause, not of what was read last.
TEST(Export, RowsCarryTheTimeOfTheirCause) {
  const LogIdentity log = identity();
  ExportClock clock(log);
  Offset offset = 1;
  const auto own = [&](RecordKind kind, const auto& body) {
    flat::Builder builder;
    const std::string bytes(text_of(flat::write_root(builder, body)));
    Envelope envelope;
    envelope.kind = kind;
    envelope.body = bytes_of(bytes);
    return clock.pass(Written(envelope, {1, 0}, offset++).record);
  };
  const std::string genesis = genesis_record(log);
  EXPECT_EQ(clock.pass({{1, 0}, 0, bytes_of(genesis)}), kEleven);
  EXPECT_EQ(own(RecordKind::Claim, Claim{1, "n", {5, 5}, 1, 1}), kEleven);
  EXPECT_EQ(own(RecordKind::Tick, Tick{1, {5, 5}, kEleven + seconds{1}, 1, {}}),
            kEleven + seconds{1});
  const Offset asked = offset++;
  EXPECT_EQ(own(RecordKind::Tick, Tick{1, {5, 5}, kEleven + seconds{2}, 3, {}}),
            kEleven + seconds{2});
  Envelope row;
  row.kind = RecordKind::Row;
  row.type = kAppointmentRow;
  row.stream = StreamPlace{{1, 2}, {1, 0}, {4, 0}, 1, {}, asked, 0};
  EXPECT_EQ(clock.pass(Written(row, {4, 0}, 1).record), kEleven + seconds{1});
}

}  // namespace
}  // namespace jari
