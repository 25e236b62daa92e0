#include "consumers/legacy/postgres_database.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/check.h"

namespace jari::legacy {
namespace {

constexpr const char* kUpsert = "jari_upsert";
constexpr const char* kPlainUpsert = "jari_plain_upsert";
constexpr const char* kInsert = "jari_insert";
constexpr const char* kKeepLetters = "jari_letters";
constexpr const char* kMovePlaces = "jari_places";
constexpr const char* kMoveStreams = "jari_streams";
constexpr const char* kTakeTurn = "jari_turn";
constexpr std::uint32_t kCautious = 64;  // batches, after an insert was refused

bool is_first(const Row* row) {
  return row->version == 1;
}

bool starts_with_one_of(std::string_view state, std::initializer_list<std::string_view> classes) {
  return std::any_of(classes.begin(), classes.end(),
                     [&](std::string_view one) { return state.starts_with(one); });
}

template <class Columns>
std::vector<Parameter> parameters_of(Columns& columns) {
  std::vector<Parameter> parameters;
  parameters.reserve(columns.size());
  for (TextArray& column : columns) parameters.push_back(column.take());
  return parameters;
}

Statement keep(const std::vector<Letter>& letters) {
  std::array<TextArray, 5> columns;
  for (const Letter& letter : letters) {
    columns[0].add(letter.appointment);
    columns[1].add(std::to_string(letter.version));
    columns[2].add(letter.document);
    columns[3].add(letter.code);
    columns[4].add(letter.reason);
  }
  return {kKeepLetters, parameters_of(columns)};
}

Statement move_places(const Position& moves) {
  std::array<TextArray, 3> places;
  for (const auto& [partition, place] : moves.places) {
    places[0].add(std::to_string(partition));
    places[1].add(to_text(place.incarnation));
    places[2].add(std::to_string(place.next_offset));
  }
  return {kMovePlaces, parameters_of(places)};
}

Statement move_streams(const Position& moves) {
  std::array<TextArray, 5> streams;
  for (const auto& [name, mark] : moves.streams) {
    streams[0].add(std::to_string(name.first));
    streams[1].add(std::to_string(name.second.topic));
    streams[2].add(std::to_string(name.second.partition));
    streams[3].add(std::to_string(mark.seq));
    streams[4].add(to_text(mark.hash));
  }
  return {kMoveStreams, parameters_of(streams)};
}

}  // namespace

Said said_of(const PostgresError& error) {
  if (error.state.empty()) return {Answer::NotNow, std::string{kNoAnswer}, error.text};
  const std::string why = error.text + " (" + error.state + ")" + error.remedy;
  if (starts_with_one_of(error.state,
                         {"08", "25", "26", "40", "53", "55", "57", "58", "72", "HV", "XX"})) {
    return {Answer::NotNow, error.state, why};
  }
  const bool is_for_good = starts_with_one_of(error.state, {"0A", "28", "3D", "3F", "42"});
  return {is_for_good ? Answer::Never : Answer::Refused, error.state, why};
}

Said said_of_rows(const PostgresError& error) {
  Said said = said_of(error);
  if (said.answer == Answer::Never) said.answer = Answer::Unclear;
  return said;
}

std::vector<Parameter> value_parameters(const Mapping& mapping,
                                        const std::vector<const Row*>& rows) {
  std::vector<TextArray> columns(mapping.columns.size());
  for (const Row* row : rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      row->values[i] ? columns[i].add(*row->values[i]) : columns[i].add_null();
    }
  }
  return parameters_of(columns);
}

std::vector<Parameter> row_parameters(const Mapping& mapping, const std::vector<const Row*>& rows) {
  TextArray appointments;
  TextArray versions;
  TextArray documents;
  for (const Row* row : rows) {
    appointments.add(row->appointment);
    versions.add(std::to_string(row->version));
    documents.add(row->document);
  }
  std::vector<Parameter> parameters{appointments.take(), versions.take(), documents.take()};
  for (Parameter& values : value_parameters(mapping, rows)) parameters.push_back(std::move(values));
  return parameters;
}

void send_position_queries(PostgresSession& session, Position& position) {
  position = {};
  session.send(std::string{kPlacesSql}, {}, [&position](const Cells& cells) {
    Place& place = position.places[number_of<PartitionNo>(cells[0])];
    place.incarnation = parse_hash128(*cells[1]).value_or(Hash128{});
    place.next_offset = number_of<Offset>(cells[2]);
  });
  session.send(std::string{kStreamsSql}, {}, [&position](const Cells& cells) {
    const PartitionRef source{number_of<TopicNo>(cells[1]), number_of<PartitionNo>(cells[2])};
    StreamMark& mark = position.streams[{number_of<PartitionNo>(cells[0]), source}];
    mark.seq = number_of<std::uint64_t>(cells[3]);
    mark.hash = parse_hash128(*cells[4]).value_or(Hash128{});
  });
}

Said PostgresDatabase::collect() {
  const auto failed = session_.collect();
  return failed ? said_of(*failed) : Said{};
}

Said PostgresDatabase::collect_rows() {
  const auto failed = session_.collect();
  return failed ? said_of_rows(*failed) : Said{};
}

/// Connected, and knows the table's types.
Said PostgresDatabase::connect() {
  if (const auto failed = session_.connect(options_)) return said_of(*failed);
  ColumnTypes types;
  const auto failed =
      session_.ask(std::string{kColumnsSql}, {parameter(quoted_table(mapping_.table))},
                   [&](const Cells& cells) { types[*cells[0]] = *cells[1]; });
  if (failed) return said_of(*failed);
  if (types.empty()) {
    return {Answer::Never, "42P01", "there is no table " + mapping_.table + " that it may see"};
  }
  for (const Column& column : mapping_.columns) {
    if (types.contains(column.name)) continue;
    return {Answer::Never, "42703", mapping_.table + " has no column " + column.name};
  }
  session_.prepare(kUpsert, upsert_sql(mapping_, types));
  if (mapping_.plain(Field::Version) != nullptr) {
    session_.prepare(kPlainUpsert, plain_upsert_sql(mapping_, types));
    session_.prepare(kInsert, insert_sql(mapping_, types));
  }
  session_.prepare(kKeepLetters, std::string{kLettersSql});
  session_.prepare(kMovePlaces, std::string{kMovePlacesSql});
  session_.prepare(kMoveStreams, std::string{kMoveStreamsSql});
  session_.prepare(kTakeTurn, std::string{kTakeTurnSql});
  return collect();
}

Said PostgresDatabase::be_the_only_sync() {
  bool is_only = false;
  const auto failed = session_.ask(std::string{kBeTheOnlySyncSql}, {},
                                   [&](const Cells& cells) { is_only = *cells[0] == "t"; });
  if (failed) return said_of(*failed);
  if (is_only) return {};
  return {Answer::NotNow, std::string{kInUse},
          "another `jari sync` writes there, or one that was killed is not over yet"};
}

Said PostgresDatabase::open(Position& position) {
  ready_ = {};
  if (std::exchange(is_unclear_, false)) session_.close();
  if (!session_.is_connected()) {  // a transaction that failed leaves the session as it was
    for (const auto& step : {&PostgresDatabase::connect, &PostgresDatabase::be_the_only_sync}) {
      Said said = (this->*step)();
      if (said.answer == Answer::Written) continue;
      session_.close();
      return said;
    }
  }
  // Only who syncs adds letters: what there is none of now, there is none of until we do.
  has_letters_ = false;
  session_.send(std::string{kHasLettersSql}, {}, [this](const Cells&) { has_letters_ = true; });
  send_position_queries(session_, position);
  return collect();
}

/// The table says the versions, and nothing waits beside it.
bool PostgresDatabase::is_plain() const {
  return !has_letters_ && mapping_.plain(Field::Version) != nullptr;
}

Statement PostgresDatabase::upsert(const std::vector<const Row*>& rows) const {
  if (is_plain()) return {kPlainUpsert, value_parameters(mapping_, rows)};
  return {kUpsert, row_parameters(mapping_, rows)};
}

std::vector<Statement> PostgresDatabase::statements_of(const Batch& batch, bool inserts) const {
  std::vector<const Row*> inserted;
  std::vector<const Row*> upserted;
  for (const Row* row : batch.rows) (inserts && is_first(row) ? inserted : upserted).push_back(row);
  std::vector<Statement> all{{kTakeTurn, {}}};
  if (!batch.letters.empty()) all.push_back(keep(batch.letters));
  if (!inserted.empty()) all.push_back({kInsert, value_parameters(mapping_, inserted)});
  if (!upserted.empty()) all.push_back(upsert(upserted));
  all.push_back(move_places(batch.moves));
  all.push_back(move_streams(batch.moves));
  return all;
}

void PostgresDatabase::run(const std::vector<Statement>& statements) {
  if (!session_.is_connected()) return;  // collect() says so
  for (const Statement& one : statements) session_.run(one);
  session_.flush();
}

void PostgresDatabase::prepare(const Batch& batch) {
  has_letters_ = has_letters_ || !batch.letters.empty();
  const bool inserts =
      cautious_ == 0 && is_plain() && std::any_of(batch.rows.begin(), batch.rows.end(), is_first);
  cautious_ -= std::min(cautious_, std::uint32_t{1});
  ready_ = {batch, inserts, statements_of(batch, inserts)};
}

void PostgresDatabase::send() {
  CHECK(!ready_.statements.empty());
  sent_ = std::exchange(ready_, {});
  run(sent_.statements);
}

Said PostgresDatabase::finish() {
  Said said = collect_rows();
  const bool is_refused = said.answer == Answer::Refused || said.answer == Answer::Unclear;
  if (is_refused && sent_.inserts) {
    cautious_ = kCautious;
    run(statements_of(sent_.batch, false));
    said = collect_rows();
  }
  is_unclear_ = said.answer == Answer::Unclear;
  // Who lost against somebody else's transaction or lock goes on in the same session; what else
  // keeps it may be over for a new one only: a default that was read-only, a right, a column.
  const bool is_kept = said.answer == Answer::Written || said.answer == Answer::Refused ||
                       is_unclear_ || starts_with_one_of(said.code, {"40", "55"});
  if (!is_kept) session_.close();
  return said;
}

Said PostgresDatabase::forget() {
  if (Said said = connect(); said.answer != Answer::Written) return said;
  if (Said said = be_the_only_sync(); said.answer != Answer::Written) return said;
  session_.send("DELETE FROM jari.sync_places");
  session_.send("DELETE FROM jari.sync_streams");
  return collect();
}

Said PostgresDatabase::letters(const VisitLetter& visit) {
  if (const auto failed = session_.connect(options_)) return said_of(*failed);
  const auto failed = session_.ask(std::string{kListLettersSql}, {}, [&](const Cells& cells) {
    Letter letter;
    letter.appointment = *cells[0];
    letter.version = number_of<std::uint64_t>(cells[1]);
    letter.document = *cells[2];
    letter.code = *cells[3];
    letter.reason = *cells[4];
    letter.waiting = number_of<std::uint64_t>(cells[5]);
    letter.attempts = number_of<std::uint64_t>(cells[6]);
    letter.refused_at = *cells[7];
    visit(letter);
  });
  return failed ? said_of(*failed) : Said{};
}

Said PostgresDatabase::retry(const Row& row) {
  if (Said said = connect(); said.answer != Answer::Written) return said;
  bool is_there = false;
  Said said{Answer::Refused, "mapping", row.refusal};
  if (row.refusal.empty()) {
    has_letters_ = true;
    session_.run({kTakeTurn, {}});
    session_.send(std::string{kTakeLetterSql},
                  {parameter(row.appointment), parameter(std::to_string(row.version))},
                  [&](const Cells&) { is_there = true; });
    session_.run(upsert({&row}));
    said = collect();
    if (said.answer == Answer::Written && !is_there) {
      return {Answer::NotNow, "changed", "a later version has joined it meanwhile: try again"};
    }
    if (said.answer == Answer::Never) said.answer = Answer::Refused;  // it waits aside as before
  }
  if (said.answer != Answer::Refused) return said;
  const auto failed =
      session_.ask(std::string{kLetterAgainSql},
                   {parameter(row.appointment), parameter(said.code), parameter(said.why)});
  return failed ? said_of(*failed) : said;
}

}  // namespace jari::legacy
