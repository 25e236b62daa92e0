#include "consumers/legacy/postgres_session.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <utility>

#include <libpq-fe.h>
#include <poll.h>

#include "consumers/legacy/postgres_login.h"

namespace jari::legacy {
namespace {

constexpr Oid kTextOid = 25;
constexpr milliseconds kSlice{200};  // how often it looks up from waiting
constexpr const char* kLost = "";    // no SQLSTATE: the connection

milliseconds steady_now() {
  return std::chrono::duration_cast<milliseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
}

void append_be32(std::string& to, std::int32_t number) {
  const auto bits = static_cast<std::uint32_t>(number);
  std::array<char, sizeof bits> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bits >> (24 - 8 * i) & 0xff);
  }
  to.append(bytes.data(), bytes.size());
}

void set_be32(std::string& to, std::size_t at, std::int32_t number) {
  std::string bytes;
  append_be32(bytes, number);
  std::memcpy(to.data() + at, bytes.data(), bytes.size());
}

/// One line, without what libpq puts around it.
std::string one_line(const char* text) {
  std::string line = text == nullptr ? "" : text;
  while (!line.empty() && line.back() == '\n') line.pop_back();
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

PostgresError error_of(const PGresult* result) {
  const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  std::string text = one_line(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
  if (const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL)) {
    text += "; " + one_line(detail);
  }
  if (text.empty()) text = one_line(PQresultErrorMessage(result));
  return {state == nullptr ? kLost : state, text};
}

struct Pointers {
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  explicit Pointers(const std::vector<Parameter>& parameters) {
    for (const Parameter& one : parameters) {
      values.push_back(one.bytes.c_str());
      lengths.push_back(static_cast<int>(one.bytes.size()));
      formats.push_back(one.is_binary ? 1 : 0);
    }
  }
};

}  // namespace

Parameter parameter(std::string_view text) {
  return {std::string{text}, false};
}

// One dimension: flags, the elements' type, count, first index; then each with its length.
TextArray::TextArray() {
  for (const std::int32_t head : {1, 0, static_cast<std::int32_t>(kTextOid), 0, 1}) {
    append_be32(bytes_, head);
  }
}

void TextArray::add(std::string_view text) {
  append_be32(bytes_, static_cast<std::int32_t>(text.size()));
  bytes_.append(text);
  ++count_;
}

void TextArray::add_null() {
  append_be32(bytes_, -1);
  ++count_;
  has_null_ = true;
}

Parameter TextArray::take() {
  constexpr std::size_t kFlagsAt = 4;
  constexpr std::size_t kCountAt = 12;
  set_be32(bytes_, kFlagsAt, has_null_ ? 1 : 0);
  set_be32(bytes_, kCountAt, count_);
  return {std::move(bytes_), true};
}

PostgresSession::~PostgresSession() {
  close();
}

void PostgresSession::close() {
  PQfinish(std::exchange(connection_, nullptr));
  visits_.clear();
  is_broken_ = false;
  is_flushed_ = false;
}

PostgresError PostgresSession::lost(std::string_view why) {
  std::string text = one_line(PQerrorMessage(connection_));
  if (text.empty()) text = why;
  close();
  return {kLost, text};
}

std::optional<PostgresError> PostgresSession::connect(const PostgresOptions& options) {
  close();
  options_ = options;
  // Those of the database's own text, which comes later, win.
  const std::array names{"connect_timeout",
                         "keepalives_idle",
                         "keepalives_interval",
                         "tcp_user_timeout",
                         "client_encoding",
                         "application_name",
                         "dbname",
                         static_cast<const char*>(nullptr)};
  const std::array values{"5",
                          "10",
                          "5",
                          "20000",
                          "UTF8",
                          options_.application.c_str(),
                          options_.database.c_str(),
                          static_cast<const char*>(nullptr)};
  connection_ = PQconnectdbParams(names.data(), values.data(), 1);
  if (PQstatus(connection_) != CONNECTION_OK && is_answer(PQerrorMessage(connection_))) {
    // libpq keeps the SQLSTATE of a login to itself, unless it is told before to be verbose.
    PQsetErrorVerbosity(connection_, PQERRORS_VERBOSE);
    PQreset(connection_);
    PQsetErrorVerbosity(connection_, PQERRORS_DEFAULT);
  }
  if (PQstatus(connection_) != CONNECTION_OK) {
    PostgresError error =
        login_error(PQerrorMessage(connection_), PQconnectionNeedsPassword(connection_) == 1);
    close();
    return error;
  }
  PQsetNoticeProcessor(
      connection_, [](void*, const char*) {}, nullptr);
  if (PQsetnonblocking(connection_, 1) != 0 || PQenterPipelineMode(connection_) != 1) {
    return lost("no pipeline");
  }
  const std::string lock = std::to_string(options_.lock_timeout.count());
  const std::string statement = std::to_string(options_.answer_timeout.count());
  send(
      "SELECT set_config('jari.sync', 'on', false), set_config('TimeZone', 'UTC', false), "
      "set_config('application_name', $1, false), set_config('lock_timeout', $2, false), "
      "set_config('statement_timeout', $3, false), set_config('DateStyle', 'ISO', false)",
      {parameter(options_.application), parameter(lock), parameter(statement)});
  return collect();
}

void PostgresSession::note(int is_sent) {
  if (is_sent != 1) is_broken_ = true;
}

void PostgresSession::send(const std::string& sql, const std::vector<Parameter>& parameters,
                           Visit visit) {
  const Pointers all(parameters);
  note(PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(parameters.size()), nullptr,
                         all.values.data(), all.lengths.data(), all.formats.data(), 0));
  visits_.push_back(std::move(visit));
}

void PostgresSession::prepare(const std::string& name, const std::string& sql) {
  note(PQsendPrepare(connection_, name.c_str(), sql.c_str(), 0, nullptr));
  visits_.emplace_back();
}

void PostgresSession::run(const Statement& statement) {
  const Pointers all(statement.parameters);
  note(PQsendQueryPrepared(connection_, statement.name.c_str(),
                           static_cast<int>(statement.parameters.size()), all.values.data(),
                           all.lengths.data(), all.formats.data(), 0));
  visits_.emplace_back();
}

void PostgresSession::flush() {
  if (connection_ == nullptr || is_broken_ || is_flushed_) return;
  is_flushed_ = true;
  note(PQpipelineSync(connection_));
  if (!push(steady_now() + options_.answer_timeout)) is_broken_ = true;
}

bool PostgresSession::wait(bool is_writing, milliseconds until) {
  while (true) {
    const milliseconds left = until - steady_now();
    if (left <= milliseconds{0}) return false;
    pollfd socket{PQsocket(connection_), POLLIN, 0};
    if (is_writing) socket.events |= POLLOUT;
    const int ready = ::poll(&socket, 1, static_cast<int>(std::min(left, kSlice).count()));
    if (ready > 0) return true;
    if (options_.while_waiting) options_.while_waiting();
    if (options_.is_stopping && options_.is_stopping()) return false;
  }
}

/// Reads on while it writes, so that neither side waits for the other for ever.
bool PostgresSession::push(milliseconds until) {
  while (true) {
    const int left = PQflush(connection_);
    if (left == 0) return true;
    if (left < 0 || !wait(true, until)) return false;
    if (PQconsumeInput(connection_) != 1) return false;
  }
}

PGresult* PostgresSession::next(milliseconds until, bool& is_lost) {
  while (PQisBusy(connection_) == 1) {
    if (!push(until) || (PQisBusy(connection_) == 1 && !wait(false, until)) ||
        PQconsumeInput(connection_) != 1) {
      is_lost = true;
      return nullptr;
    }
  }
  return PQgetResult(connection_);
}

void PostgresSession::read(PGresult* result, std::optional<PostgresError>& first,
                           std::size_t statement) {
  switch (PQresultStatus(result)) {
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE:
    case PGRES_NONFATAL_ERROR:
      if (!first) first = error_of(result);
      return;
    case PGRES_TUPLES_OK:
      break;
    default:
      return;
  }
  if (statement >= visits_.size() || !visits_[statement]) return;
  Cells cells(static_cast<std::size_t>(PQnfields(result)));
  for (int row = 0; row < PQntuples(result); ++row) {
    for (int i = 0; i < PQnfields(result); ++i) {
      auto& cell = cells[static_cast<std::size_t>(i)];
      cell.reset();
      if (PQgetisnull(result, row, i) == 0) cell = PQgetvalue(result, row, i);
    }
    visits_[statement](cells);
  }
}

std::optional<PostgresError> PostgresSession::collect() {
  if (connection_ == nullptr) return PostgresError{kLost, "no connection"};
  flush();
  const milliseconds until = steady_now() + options_.answer_timeout;
  std::optional<PostgresError> first;
  std::size_t statement = 0;
  bool is_lost = is_broken_;
  while (!is_lost) {
    PGresult* const result = next(until, is_lost);
    if (is_lost) break;
    if (result == nullptr) {  // the end of a statement's results
      if (PQstatus(connection_) != CONNECTION_OK) {
        is_lost = true;
        break;
      }
      ++statement;
      continue;
    }
    const bool is_sync = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    read(result, first, statement);
    PQclear(result);
    if (is_sync) break;
  }
  if (is_lost) {
    PostgresError error = lost("no answer in time");
    // What the server said before it hung up is the reason.
    return first && !first->state.empty() ? first : error;
  }
  visits_.clear();
  is_flushed_ = false;
  return first;
}

std::optional<PostgresError> PostgresSession::ask(const std::string& sql,
                                                  const std::vector<Parameter>& parameters,
                                                  Visit visit) {
  send(sql, parameters, std::move(visit));
  return collect();
}

}  // namespace jari::legacy
