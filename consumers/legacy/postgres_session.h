// consumers/legacy/postgres_session.h — PostgresSession: one connection of libpq in pipeline mode.
//
// Statements are sent without waiting for those before them; collect() reads what became of all
// since the last one: it is one transaction, all or nothing. Knows no table.
//
// Units:   milliseconds.
// Errors:  a PostgresError has the SQLSTATE (empty: the connection failed, or did not answer in
//          time, and is closed). A login that the server refuses is asked for once more, since only
//          then libpq says the SQLSTATE of it (postgres_login.h).
// Threads: one; is_stopping of the options is asked while it waits.
#pragma once

#include <charconv>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"

struct pg_conn;
struct pg_result;

namespace jari::legacy {

struct PostgresError {
  std::string state;
  std::string text;
  std::string remedy = {};  // where it is to be mended, if that is known
};

struct PostgresOptions {
  std::string database;                 // as libpq takes it: `host=… dbname=…` or a URI
  std::string application;              // in pg_stat_activity, and in what watches the table
  milliseconds lock_timeout{5000};      // how long a statement waits for somebody's lock
  milliseconds answer_timeout{60'000};  // then the connection counts as dead
  std::function<void()> while_waiting;  // called every 200 ms while waiting; may be empty
  std::function<bool()> is_stopping;    // asked after it; may be empty
};

/// A parameter in PostgreSQL's binary form, or a text.
struct Parameter {
  std::string bytes;
  bool is_binary = false;
};
[[nodiscard]] Parameter parameter(std::string_view text);
/// text[]; a value that is absent is NULL.
class TextArray {
 public:
  TextArray();
  void add(std::string_view text);
  void add_null();
  [[nodiscard]] Parameter take();

 private:
  std::string bytes_;
  std::int32_t count_ = 0;
  bool has_null_ = false;
};

/// One that prepare() has named, and what it is run with.
struct Statement {
  std::string name;
  std::vector<Parameter> parameters;
};

using Cells = std::vector<std::optional<std::string>>;
using Visit = std::function<void(const Cells&)>;
/// 0 where there is none.
template <class Number>
[[nodiscard]] Number number_of(const std::optional<std::string>& cell) {
  Number number{};
  if (cell) std::from_chars(cell->data(), cell->data() + cell->size(), number);
  return number;
}

class PostgresSession {
 public:
  PostgresSession() = default;
  ~PostgresSession();
  PostgresSession(const PostgresSession&) = delete;
  PostgresSession& operator=(const PostgresSession&) = delete;

  [[nodiscard]] std::optional<PostgresError> connect(const PostgresOptions& options);
  [[nodiscard]] bool is_connected() const { return connection_ != nullptr; }
  void close();

  /// Sent as soon as it fits; rows are given to `visit` while collecting.
  void send(const std::string& sql, const std::vector<Parameter>& parameters = {},
            Visit visit = {});
  void prepare(const std::string& name, const std::string& sql);
  void run(const Statement& statement);
  /// Sends what was said so far and returns; collect() waits. One time for several statements.
  void flush();
  /// Everything sent since is done; the first that failed, after which nothing was done.
  [[nodiscard]] std::optional<PostgresError> collect();
  /// The three in one.
  [[nodiscard]] std::optional<PostgresError> ask(const std::string& sql,
                                                 const std::vector<Parameter>& parameters = {},
                                                 Visit visit = {});

 private:
  [[nodiscard]] bool wait(bool is_writing, milliseconds until);
  [[nodiscard]] bool push(milliseconds until);
  [[nodiscard]] pg_result* next(milliseconds until, bool& is_lost);
  void read(pg_result* result, std::optional<PostgresError>& first, std::size_t statement);
  [[nodiscard]] PostgresError lost(std::string_view why);
  void note(int is_sent);

  pg_conn* connection_ = nullptr;
  PostgresOptions options_;
  std::vector<Visit> visits_;  // of the statements under way
  bool is_broken_ = false;     // something could not even be sent
  bool is_flushed_ = false;    // the end of the statements under way has been sent
};

}  // namespace jari::legacy
