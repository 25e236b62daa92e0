// consumers/export/exported_line.h — ExportedLine: one line of an export as a record's bytes.
//
// Private to consumers/export/.
//
// Errors:  BadBytes, with what is wrong in the line.
// Threads: one.
#pragma once

#include "consumers/export/body_read.h"

namespace jari {

inline constexpr std::string_view kAskForWholeExport =
    "the export does not begin with the log's Genesis records: print the whole of an embedded log, "
    "in one go, with `jari export --data DIR` and without --topic and --from; an archive, or a log "
    "in Kafka, is audited itself (`jari audit --archive`, `--kafka-brokers`)";

inline constexpr std::string_view kOfManyWriters =
    "several nodes write this log, so its lines do not stand in the order of commits: audit the "
    "log "
    "itself, an archive of it, or this export with ops/audit.py";

class ExportedLine {
 public:
  /// `identity` may still be empty: then only a Genesis can be read. It must outlive this.
  explicit ExportedLine(const LogIdentity& identity) : identity_(identity), bodies_(identity) {}

  /// The record it is of; its bytes are valid until the next call.
  [[nodiscard]] Result<LogRecord> read(std::string_view line);
  /// What the line that was read last says its `time` is: who knows the log's time judges it.
  [[nodiscard]] std::string_view time() const { return time_; }
  /// Effects that name no log are of this one.
  void set_incarnation(const Hash128& incarnation) { incarnation_ = incarnation; }

 private:
  [[nodiscard]] Result<void> read_kind(const http::JsonValue& line, Envelope& envelope);
  [[nodiscard]] Result<void> read_body(const http::JsonValue& body, Envelope& envelope);
  [[nodiscard]] Result<void> read_stream(const http::JsonValue& line, Envelope& envelope);
  void read_asked(const http::JsonValue& line, Envelope& envelope);
  template <class Body>
  [[nodiscard]] Result<void> read_own(const http::JsonValue& body, Envelope& envelope);
  [[nodiscard]] Result<void> read_document(const http::JsonValue& body, Envelope& envelope);
  [[nodiscard]] Result<void> read_record(const http::JsonValue& body, Envelope& envelope);
  [[nodiscard]] Error wrong_body() const;

  const LogIdentity& identity_;
  BodyReader bodies_;
  std::string time_;
  PartitionRef where_;
  Hash128 incarnation_;
  Record body_;
  std::string document_;
  Encoder encoder_;
  flat::Builder own_;
  flat::Builder builder_;
};

}  // namespace jari
