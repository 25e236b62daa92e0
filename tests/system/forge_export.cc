// forge_export: an export on stdin comes back on stdout with every stream chained anew, as a forger
// would, and every line dated as the ticks say, so that what was altered in a row or a tick is
// found by the rules or not at all.
//
// Errors:  what is no export is named on stderr, exit 1. Threads: one.

#include <iostream>
#include <map>

#include "consumers/export/exported_log.h"
#include "consumers/export/record_json.h"

namespace jari {
namespace {

class Forger {
 public:
  explicit Forger(const LogIdentity& identity) : identity_(identity), clock_(identity) {}

  void take(const LogRecord& record) {
    const auto envelope = envelope_of(record);
    if (!envelope || !envelope->stream) return print(record);
    Envelope forged = *envelope;
    forged.stream->prev_hash = chain(record.where, forged);
    LogRecord anew = record;
    anew.bytes = write_envelope(builder_, forged);
    print(anew);
  }

 private:
  struct Stream {
    std::uint64_t last = 0;
    Hash128 hash;
  };

  /// The hash of the rows before this one; rows that their stream would not accept keep theirs.
  Hash128 chain(PartitionRef where, const Envelope& envelope) {
    Stream& stream = streams_[{envelope.stream->source, where}];
    const Hash128 before = stream.hash;
    if (envelope.stream->seq != stream.last + 1) return envelope.stream->prev_hash;
    ++stream.last;
    stream.hash = chained(before, content_hash(envelope));
    return before;
  }
  void print(const LogRecord& record) {
    std::cout << export_line(identity_, record, clock_.pass(record)) << '\n';
  }

  const LogIdentity& identity_;
  ExportClock clock_;
  flat::Builder builder_;
  std::map<std::pair<PartitionRef, PartitionRef>, Stream> streams_;
};

int forge() {
  const auto log = ExportedLog::open(std::cin, "stdin", LineTimes::PassedOver);
  if (!log) {
    std::cerr << log.error().detail << '\n';
    return 1;
  }
  Forger forger((*log)->identity());
  const auto read = (*log)->read([&](const LogRecord& record) {
    forger.take(record);
    return true;
  });
  if (!read) std::cerr << read.error().detail << '\n';
  return read ? 0 : 1;
}

}  // namespace
}  // namespace jari

int main() {
  std::ios::sync_with_stdio(false);
  return jari::forge();
}
