// tests/consumers/audit/audit_world.h — the whole business on a simulated log, whose records are
// then altered one at a time and audited.
//
// Errors:  a record that cannot be appended fails the test.
// Threads: one.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "consumers/audit/audit.h"
#include "consumers/model/record.h"
#include "consumers/model/topics.h"
#include "engine/log/simulated/simulated_log.h"
#include "engine/runtime/node.h"

namespace jari::audit {

struct HandClock final : Clock {
  ClockReading reading{{1'626'087'600'000}, milliseconds{50'000}};
  [[nodiscard]] ClockReading read() const override { return reading; }
};

class World : public Listener {
 public:
  World();
  /// Appends a request and lets the whole chain of its effects come to rest.
  template <class T>
  void ask(PartitionRef where, const T& body, const Asked& asked) {
    Encoder encoder;
    append(where, kTypeOf<T>, std::string(text_of(encoder.encode(body))), asked);
  }
  [[nodiscard]] PartitionRef home(TopicNo topic, std::string_view key) const;
  void pass(milliseconds gap);
  /// The appointment or hold that the request came to.
  [[nodiscard]] const std::string& made(const std::string& request) { return made_[request]; }
  [[nodiscard]] const std::string& code(const std::string& request) { return codes_[request]; }
  [[nodiscard]] SimulatedLog& log() { return log_; }

  void decided(PartitionRef, std::string_view, std::string_view request, Bytes outcome,
               Turn&) override;
  void batch_applied(Turn&) override {}
  void counted(PartitionRef, std::string_view, std::string_view, std::uint64_t) override {}

 private:
  void append(PartitionRef where, RecordType type, const std::string& body, const Asked& asked);
  void settle();

  SimulatedLog log_;
  HandClock clock_;
  std::unique_ptr<StateDisk> disk_;
  std::unique_ptr<Node> node_;
  std::map<std::string, std::string> made_;
  std::map<std::string, std::string> codes_;
};

/// A copy of the log in which `edit` may alter each record: true once it has, and is called no
/// more.
using Edit = std::function<bool(const LogRecord& record, Envelope& envelope, std::string& body)>;
[[nodiscard]] std::unique_ptr<SimulatedLog> altered(SimulatedLog& log, const Edit& edit);

/// Alters the first body of type T that `change` says true to.
template <class T>
Edit alters(std::function<bool(T&, Envelope&)> change) {
  return [change](const LogRecord&, Envelope& envelope, std::string& body) {
    if (envelope.kind != RecordKind::Request && envelope.kind != RecordKind::Effect &&
        envelope.kind != RecordKind::Row) {
      return false;
    }
    if (envelope.type != kTypeOf<T>) return false;
    Record record = decode(envelope.type, envelope.body);
    T* one = std::get_if<T>(&record);
    if (one == nullptr || !change(*one, envelope)) return false;
    Encoder encoder;
    body = text_of(encoder.encode(*one));
    return true;
  };
}

/// The same for one of the engine's own records.
template <class T>
Edit alters_own(RecordKind kind, std::function<bool(T&)> change) {
  return [kind, change](const LogRecord&, Envelope& envelope, std::string& body) {
    T one;
    if (envelope.kind != kind || !flat::read_root(envelope.body, one) || !change(one)) return false;
    flat::Builder builder;
    body = text_of(flat::write_root(builder, one));
    return true;
  };
}

}  // namespace jari::audit
