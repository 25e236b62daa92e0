// consumers/timeline/kept.h — one record of the subject, with its bytes, until all is told.
//
// Errors:  none.
// Threads: plain values; views are of the record's own bytes.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "consumers/model/record.h"
#include "consumers/model/topics.h"
#include "engine/log/log.h"

namespace jari::timeline {

/// Where a record stands.
struct At {
  PartitionRef where;
  Offset offset = 0;
  auto operator<=>(const At&) const = default;
  template <class H>
  friend H AbslHashValue(H h, const At& at) {
    return H::combine(std::move(h), at.where, at.offset);
  }
};

/// One record as it was read.
struct Seen {
  At at;
  Instant time;  // that it was applied at
  Envelope envelope;
  Record body;  // monostate of the engine's own records and of documents

  [[nodiscard]] bool is_request() const { return envelope.kind == RecordKind::Request; }
  [[nodiscard]] bool is_document() const {
    return envelope.kind == RecordKind::Row && envelope.type == kAppointmentRow;
  }
  [[nodiscard]] std::optional<At> cause() const {
    if (!envelope.stream) return std::nullopt;
    return At{envelope.stream->source, envelope.stream->cause};
  }
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&body);
  }
  /// Of a row of `outcomes`.
  [[nodiscard]] const Outcome* outcome() const {
    return envelope.kind == RecordKind::Row && envelope.stream ? as<Outcome>() : nullptr;
  }
};

/// The same, outliving the reading. It stays where it is.
class Kept {
 public:
  Kept(const LogRecord& record, Instant time) : bytes_((record.bytes.size() + 7) / 8) {
    std::copy_n(record.bytes.data(), record.bytes.size(),
                std::as_writable_bytes(std::span{bytes_}).begin());
    const Bytes bytes = std::as_bytes(std::span{bytes_}).first(record.bytes.size());
    seen.at = {record.where, record.offset};
    seen.time = time;
    seen.envelope = read_envelope(bytes).value();  // as it was read before
    seen.body = body_of(seen.envelope);
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  [[nodiscard]] static Record body_of(const Envelope& envelope) {
    switch (envelope.kind) {
      case RecordKind::Request:
      case RecordKind::Effect:
      case RecordKind::Own:
      case RecordKind::Row:
        return decode(envelope.type, envelope.body);
      default:
        return {};
    }
  }

  Seen seen;

 private:
  std::vector<std::uint64_t> bytes_;  // aligned to 8
};

}  // namespace jari::timeline
