// engine/log/kafka/kafka_message.h — a record as a message of Kafka, and back, byte for byte.
//
// A record is the message's value. Where the rows of a sink are documents that anybody reads, the
// value is the document alone, and the header `jari-row` the rest of the record. The header
// `jari-seal` says that one of our nodes appended it.
//
// The seal is the first half of HMAC-SHA-256 under the cluster's key over {incarnation, topic,
// partition, record}; it stands in a header, not in the record, so that a record is the same bytes
// in every log. Of a genesis record, which draws the incarnation, it is taken with none.
//
// Errors:  a message that is not well formed is a record that cannot be read.
// Threads: an object belongs to one thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/base/hash.h"
#include "engine/base/hmac.h"
#include "engine/log/log.h"

namespace jari {

/// How a record looks to Kafka's own tools.
struct KafkaShape {
  std::string key;           // empty: none
  bool is_document = false;  // its body is one, in a sink
};
using KafkaShapeOf = std::function<KafkaShape(PartitionRef where, Bytes record)>;

inline constexpr const char* kSealHeader = "jari-seal";
inline constexpr const char* kRowHeader = "jari-row";
inline constexpr std::size_t kSealBytes = 16;

class KafkaSeal {
 public:
  /// Without a key it seals nothing and trusts everybody.
  explicit KafkaSeal(std::string_view key);
  void set_incarnation(const Hash128& incarnation) { incarnation_ = incarnation; }
  [[nodiscard]] std::optional<std::string> of(PartitionRef where, Bytes record);
  /// Whether only a node may append such a record there (in a sink: any), and none did. `seal` is
  /// empty where there is none. A genesis is one where the partition begins, and nowhere else: two
  /// may have been made at once.
  [[nodiscard]] bool is_forged(const LogRecord& record, bool is_sink, Bytes seal);

 private:
  [[nodiscard]] std::string mac(PartitionRef where, Bytes record, const Hash128& incarnation);

  std::optional<HmacSha256> hmac_;
  Hash128 incarnation_;  // none until it is known: a new log's genesis is sealed so
};

/// The value of a document's message, and what its header must say for the record to be whole.
struct KafkaRow {
  Bytes document;
  std::string rest;
};
/// Nothing where the record has no body of its own bytes.
[[nodiscard]] std::optional<KafkaRow> row_of(Bytes record);
/// The record again; nothing where the two do not fit.
[[nodiscard]] std::optional<std::string> record_of_row(Bytes document, Bytes rest);

}  // namespace jari
