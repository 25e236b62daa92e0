#include "tests/consumers/legacy/legacy_world.h"

#include <algorithm>

#include "consumers/model/record.h"
#include "consumers/model/topics.h"
#include "engine/base/check.h"

namespace jari::legacy {
namespace {

constexpr PartitionNo kPartitions = 4;
constexpr std::size_t kProgrammeMost = 64;  // as ops/legacy-table.sql has it
constexpr std::size_t kDoseColumn = 6;

LogIdentity identity() {
  LogIdentity log;
  log.incarnation = {0xabc, 0xdef};
  for (TopicNo topic = 0; topic < kTopicNames.size(); ++topic) {
    log.topics.push_back({std::string{kTopicNames[topic]}, kPartitions,
                          topic == kSyncTopic || topic == kOutcomesTopic});
  }
  log.begins = Instant{1'772'000'000'000};
  return log;
}

Column column(std::string name, Field field, Form form = Form::AsItIs) {
  Column made;
  made.name = std::move(name);
  made.field = field;
  made.form = form;
  return made;
}

}  // namespace

Mapping mapping_for_tests() {
  Mapping mapping;
  mapping.table = "appointments";
  mapping.ours = "src_cd = 'JARI'";
  auto& columns = mapping.columns;
  columns.push_back(column("appt_no", Field::Appointment));
  columns.push_back(column("prog_cd", Field::Programme));
  columns.push_back(column("pers_ref", Field::Person));
  columns.push_back(column("ctr_cd", Field::Site));
  columns.push_back(column("slot_no", Field::Slot));
  columns.push_back(column("vac_cd", Field::Product));
  columns.push_back(column("dose_no", Field::Dose));
  columns.push_back(column("appt_dt", Field::StartsAt, Form::LocalDate));
  columns.push_back(column("appt_tm", Field::StartsAt, Form::LocalTimeOfDay));
  columns.push_back(column("stat_cd", Field::State));
  columns.back().values = {{"booked", "B"}, {"cancelled", "C"}, {"attended", "A"}, {"missed", "M"}};
  columns.push_back(column("canc_cd", Field::CancelledBy));
  columns.back().values = {{"person", "P"}, {"operator", "O"}, {"withdrawal", "W"}};
  columns.back().absent = " ";
  columns.push_back(column("ver_no", Field::Version));
  columns.push_back(column("upd_ts", Field::AsOf));
  columns.push_back({.name = "src_cd", .field = std::nullopt, .constant = "JARI"});
  CHECK(check(mapping).has_value());
  return mapping;
}

std::string document_of(const Booked& booked) {
  Appointment appointment;
  appointment.appointment = AppointmentId{booked.appointment};
  appointment.programme = ProgrammeId{booked.programme};
  const std::string person = "p-" + booked.appointment;
  appointment.person = PersonId{person};
  appointment.site = SiteId{booked.site};
  appointment.slot = SlotId{"am-0900"};
  appointment.product = ProductId{"vaccine-a"};
  appointment.dose = booked.dose;
  appointment.starts_at = booked.starts_at;
  appointment.zone = "America/New_York";
  appointment.state = booked.state;
  if (booked.state == AppointmentState::Cancelled) appointment.cancelled_by = CancelledBy::Person;
  appointment.version = booked.version;
  std::string json;
  append_json(json, appointment, booked.as_of);
  return json;
}

Row row_for_tests(const Booked& booked) {
  static const Mapping mapping = mapping_for_tests();
  const std::string json = document_of(booked);
  const auto document = parse_sync_document(json);
  CHECK(document.has_value());
  return row_of(mapping, *document, json);
}

SyncLog::SyncLog() : log_(identity()) {}

StreamPlace SyncLog::next_place(PartitionNo source, const std::string& appointment) const {
  StreamPlace place;
  place.incarnation = log_.identity().incarnation;
  place.source = {kBookingsTopic, source};
  place.destination = {kSyncTopic,
                       static_cast<PartitionNo>(partition_of(appointment, kPartitions))};
  const auto known = streams_.find({place.source, place.destination});
  if (known != streams_.end()) place.prev_hash = known->second.hash;
  place.seq = (known == streams_.end() ? 0 : known->second.seq) + 1;
  return place;
}

void SyncLog::say(const Booked& booked, PartitionNo source) {
  const StreamPlace place = next_place(source, booked.appointment);
  const std::string document = document_of(booked);
  streams_[{place.source, place.destination}] = {
      place.seq, chained(place.prev_hash, hash128(bytes_of(document)))};
  say_at(place, document);
}

void SyncLog::say_at(const StreamPlace& place, const std::string& document) {
  // Aligned, as a body within a record is.
  std::vector<std::uint64_t> room(document.size() / sizeof(std::uint64_t) + 1);
  std::copy(document.begin(), document.end(), reinterpret_cast<char*>(room.data()));
  Envelope envelope;
  envelope.kind = RecordKind::Row;
  envelope.type = kAppointmentRow;
  envelope.version = kLogicVersion;
  envelope.body = std::as_bytes(std::span{room}).first(document.size());
  envelope.stream = place;
  LogSection section;
  section.where = place.destination;
  section.base_offset = log_.end(place.destination);
  section.add(write_envelope(builder_, envelope));
  LogBatch batch;
  batch.sections.push_back(std::move(section));
  log_.append(std::move(batch), [](const Result<void>& done) { CHECK(done.has_value()); });
  log_.settle();
}

MemoryDatabase::~MemoryDatabase() {
  if (tables_.owner == this) tables_.owner = nullptr;
}

std::string MemoryDatabase::refusal(const Row& row) const {
  if (refuses) return refuses(row);
  if (row.values[kDoseColumn] == "0") return "dose";
  return row.values[1]->size() > kProgrammeMost ? "too long" : "";
}

Said MemoryDatabase::open(Position& position) {
  ++opens;
  ready_.reset();
  if (tables_.owner == this) tables_.owner = nullptr;
  if (!open_faults.empty()) {
    const Said said = open_faults.front();
    open_faults.pop_front();
    if (said.answer != Answer::Written) return said;
  }
  if (tables_.owner != nullptr) return {Answer::NotNow, "in-use", "another one syncs"};
  tables_.owner = this;
  position = tables_.position;
  return {};
}

void MemoryDatabase::send() {
  CHECK(ready_ && !sent_);
  sent_ = std::exchange(ready_, std::nullopt);
}

Said MemoryDatabase::finish() {
  CHECK(sent_.has_value());
  if (takes_time) takes_time(answer_takes);
  const Batch batch = *std::exchange(sent_, std::nullopt);
  CHECK(tables_.owner == this);
  ++batches;
  largest_batch = std::max(largest_batch, batch.rows.size() + batch.letters.size());
  Said fault;
  if (!finish_faults.empty()) {
    fault = finish_faults.front();
    finish_faults.pop_front();
  }
  if (fault.answer != Answer::Written && !std::exchange(commits_and_fails, false)) return fault;
  const Said said = commit(batch);
  return fault.answer != Answer::Written ? fault : said;
}

Said MemoryDatabase::commit(const Batch& batch) {
  for (const Row* row : batch.rows) {
    const bool waits = tables_.letters.contains(row->appointment);
    const std::string why = refusal(*row);
    if (!waits && !why.empty()) return {refuses_as, "23514", why};
  }
  for (const Letter& letter : batch.letters) {
    const auto [known, is_new] = tables_.letters.try_emplace(letter.appointment, letter);
    if (is_new || known->second.version >= letter.version) continue;
    known->second.version = letter.version;
    known->second.document = letter.document;
    ++known->second.waiting;
  }
  for (const Row* row : batch.rows) write(*row);
  for (const auto& [partition, place] : batch.moves.places) {
    tables_.position.places[partition] = place;
  }
  for (const auto& [name, mark] : batch.moves.streams) tables_.position.streams[name] = mark;
  return {};
}

void MemoryDatabase::write(const Row& row) {
  const auto letter = tables_.letters.find(row.appointment);
  if (letter != tables_.letters.end()) {
    if (letter->second.version >= row.version) return;
    letter->second.version = row.version;
    letter->second.document = row.document;
    ++letter->second.waiting;
    return;
  }
  Stored& stored = tables_.rows[row.appointment];
  if (stored.version < row.version) stored = {row.version, row.values};
}

Said MemoryDatabase::forget() {
  tables_.position = {};
  return {};
}

Said MemoryDatabase::letters(const VisitLetter& visit) {
  for (const auto& [appointment, letter] : tables_.letters) visit(letter);
  return {};
}

Said MemoryDatabase::retry(const Row& row) {
  const auto letter = tables_.letters.find(row.appointment);
  if (letter == tables_.letters.end() || letter->second.version != row.version) {
    return {Answer::NotNow, "changed", "a later version has joined it"};
  }
  const std::string why = row.refusal.empty() ? refusal(row) : row.refusal;
  if (!why.empty()) {
    letter->second.reason = why;
    ++letter->second.attempts;
    return {Answer::Refused, "23514", why};
  }
  tables_.letters.erase(letter);
  write(row);
  return {};
}

}  // namespace jari::legacy
