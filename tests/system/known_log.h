// tests/system/known_log.h — KnownLog: what whoever reads the topics of a log knows of it.
//
// Believes what stands there. Keeps no record.
//
// Errors:  false for what is no log.
// Threads: one.
#pragma once

#include <istream>
#include <map>
#include <string>
#include <utility>

#include "consumers/model/record.h"
#include "engine/log/log.h"

namespace jari {

struct KnownLog {
  using Stream = std::pair<PartitionRef, PartitionRef>;  // source, destination
  struct Line {
    Offset next_offset = 0;
    std::uint64_t epoch = 0;
    Hash128 process;
    Instant now;
  };
  struct Last {
    std::uint64_t seq = 0;
    Hash128 hash;
  };

  /// Records one after the other, each a line `topic partition offset bytes` and its bytes.
  [[nodiscard]] bool read(std::istream& in);

  [[nodiscard]] PartitionRef home(TopicNo topic, std::string_view key) const {
    return {topic, static_cast<PartitionNo>(partition_of(key, identity.topics[topic].partitions))};
  }
  [[nodiscard]] Last last(const Stream& stream) const {
    const auto known = streams.find(stream);
    return known == streams.end() ? Last{} : known->second;
  }

  LogIdentity identity;
  std::map<PartitionRef, Line> lines;
  std::map<Stream, Last> streams;
  std::map<std::string, std::string, std::less<>> texts;  // by field, as they were said last
  std::map<std::string, std::int64_t, std::less<>> numbers;
  std::map<std::string, std::uint64_t, std::less<>> tickets;  // by person
  std::string waiting;                                        // a person with a ticket
  std::string booked;                                         // with an appointment
  std::string holding;                                        // with a hold

 private:
  void look(PartitionRef where, Bytes record);
  void look_at_body(const Record& body);
  template <class M>
  void learn(std::string_view name, const M& member);
};

}  // namespace jari
