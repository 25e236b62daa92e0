// consumers/audit/facts.h — what a first reading of a log says of each record: whether it was refused,
// what answered it, which documents it caused.
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

  [[nodiscard]] const Said* said_of(const At& cause) const;
  [[nodiscard]] bool is_refused(const At& cause) const;
  /// Whether inventory granted what stands there (Reserve, HoldRequested, HoldConfirmed).
  [[nodiscard]] bool is_granted(const At& cause) const;
  [[nodiscard]] const std::vector<Document>* documents_of(const At& cause) const;
  [[nodiscard]] const std::vector<Admission>* admissions_of(const At& cause) const;

 private:
  std::unordered_map<At, Said, AtHash> said_;
  std::unordered_map<At, bool, AtHash> granted_;
  std::unordered_map<At, std::vector<Document>, AtHash> documents_;
  std::unordered_map<At, std::vector<Admission>, AtHash> admissions_;
  std::map<std::pair<PartitionRef, PartitionRef>, std::uint64_t> last_;  // of each stream
};

}  // namespace jari::audit
