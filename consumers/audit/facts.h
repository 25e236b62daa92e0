// consumers/audit/facts.h — what a first reading of a log says of each record: whether it was
// refused, what answered it, which documents it caused.
//
// Shares no decision with the partitioned consumers: it believes what they said, so that the second
// reading can hold it against the rules.
//
// Errors:  none; what is no record is passed over.
// Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "consumers/model/record.h"
#include "engine/log/log.h"

namespace jari::audit {

/// A record's place in the whole log, as a key.
struct At {
  PartitionRef where;
  Offset offset = 0;
  bool operator==(const At&) const = default;
};
struct AtHash {
  std::size_t operator()(const At& at) const {
    return (at.offset << 20 | at.where.topic << 16 | at.where.partition) * 0x9e3779b97f4a7c15ULL;
  }
};

/// What an outcome said; texts owned.
struct Said {
  Decision decision = Decision::Unknown;
  Code code = Code::None;
  std::uint64_t ticket = 0;
  bool used_rebook_right = false;
  std::string request;
  RecordType asked = 0;
  std::string hold;
  std::uint32_t programme_version = 0;  // of the settings it was judged by
};

/// A document of `sync`.
struct Document {
  std::string appointment;
  std::string programme;
  std::string person;
  std::string site;
  std::string slot;
  std::string product;
  std::string state;
  Instant starts_at;
  Instant rebook_until;
  std::uint32_t version = 0;
  At row;  // where it stands
};

struct Admission {
  std::string queue;
  std::string person;
  std::uint64_t ticket = 0;
  std::uint64_t place = 0;
  Instant admitted_at;
  std::uint32_t session_seconds = 0;
  At row;
};

class Facts {
 public:
  void read(const LogIdentity& identity, const LogRecord& record);

  /// The outcomes published for what stands there, in their order; nullptr: none.
  [[nodiscard]] const std::vector<Said>* outcomes_of(const At& cause) const;
  /// The outcome of the request that stands there; nullptr where it was decided later, or before.
  [[nodiscard]] const Said* said_of(const At& cause, std::string_view request) const;
  [[nodiscard]] bool is_done(const At& cause, std::string_view request) const;
  /// How many answers inventory gave to what stands there.
  [[nodiscard]] std::uint32_t answers_of(const At& cause) const;
  /// Up to where a partition's records were certainly applied: what stands later may have effects
  /// that are not in the log yet.
  [[nodiscard]] Offset applied(PartitionRef where) const;
  /// The offsets of the causes of a stream's rows, in order.
  [[nodiscard]] const std::vector<Offset>& causes_of(PartitionRef source,
                                                     PartitionRef destination) const;
  /// The version of the settings that a hold was judged by; 0 where it was not granted.
  [[nodiscard]] std::uint32_t version_of_hold(const std::string& hold) const;
  /// Whether inventory granted what stands there (Reserve, HoldRequested, HoldConfirmed).
  [[nodiscard]] bool is_granted(const At& cause) const;
  [[nodiscard]] const std::vector<Document>* documents_of(const At& cause) const;
  [[nodiscard]] const std::vector<Admission>* admissions_of(const At& cause) const;

 private:
  void read_row(const Envelope& envelope, const At& cause, const At& row);
  void read_body(const Envelope& envelope, const At& cause, const At& row);

  std::unordered_map<At, std::vector<Said>, AtHash> said_;
  std::unordered_map<At, bool, AtHash> granted_;
  std::unordered_map<At, std::uint32_t, AtHash> answers_;
  std::unordered_map<std::string, std::uint32_t> holds_;
  std::map<PartitionRef, Offset> applied_;
  std::map<std::pair<PartitionRef, PartitionRef>, std::vector<Offset>> causes_;
  std::unordered_map<At, std::vector<Document>, AtHash> documents_;
  std::unordered_map<At, std::vector<Admission>, AtHash> admissions_;
  std::map<std::pair<PartitionRef, PartitionRef>, std::uint64_t> last_;  // of each stream
};

}  // namespace jari::audit
