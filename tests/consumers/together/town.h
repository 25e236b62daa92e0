// tests/consumers/together/town.h — people's partitions and sites' partitions together, and the
// streams between them: what one says waits until it is delivered to the other.
//
// The real consumers; of the engine only what they see of it. Each stream keeps its order and has a
// window; which stream moves next is the test's to say, so that every answer may come late.
//
// Units:   all partitions have one log time, which moves with tick() and outage().
// Errors:  an effect that is taken for none of ours, a document whose version does not follow, and
// a
//          request that is decided twice fail the test.
// Threads: one.
#pragma once

#include <deque>
#include <set>

#include "consumers/appointments/appointments.h"
#include "consumers/inventory/inventory.h"
#include "tests/support/story.h"

namespace jari::together {

using support::Said;

class Town {
 public:
  static constexpr std::uint32_t kNoWindow = 1'000'000;
  explicit Town(std::uint32_t window = kNoWindow);

  /// A request, to the partition that it belongs in.
  template <class T>
  const Said& request(const T& body, const Asked& asked) {
    Envelope envelope = envelope_of(RecordKind::Request, body);
    envelope.asked = asked;
    envelope.asked->content = hash128(envelope.body);
    return apply(home_of(envelope), envelope);
  }
  /// An effect of the queue or of programmes, to one partition of `bookings` or to all partitions.
  template <class T>
  void tell(std::string_view person, const T& body) {
    apply(people_of(person), envelope_of(RecordKind::Effect, body));
  }
  template <class T>
  void tell_all(const T& body) {
    for (Part& part : parts_) apply(part, envelope_of(RecordKind::Effect, body));
  }

  /// The next effect of one of the streams that have any; false where none has.
  bool deliver(std::size_t which);
  /// All that waits, and the ticks that jobs ask for.
  void settle();
  void pass(milliseconds gap);
  void outage(milliseconds gap);
  /// One of the partitions goes on from its rows.
  void restart(std::size_t which);

  [[nodiscard]] const LogTime& time() const { return time_; }
  [[nodiscard]] appointments::View people(std::string_view person) const;
  [[nodiscard]] inventory::View site(std::string_view site) const;
  /// The id that the last request gave to what it made.
  [[nodiscard]] MadeId made() const { return made_; }
  /// What was decided for a request; nothing while it is pending.
  [[nodiscard]] std::optional<std::string> told(std::string_view by, std::string_view key) const;
  [[nodiscard]] std::uint64_t counted(const std::string& what, const std::string& label) const;
  [[nodiscard]] appointments::Counts counts() const;
  [[nodiscard]] std::size_t waiting_effects() const;
  [[nodiscard]] bool balances() const;
  /// The last document of each appointment, as its readers have it.
  [[nodiscard]] const std::map<std::string, std::string>& documents() const { return documents_; }
  /// `person/ticket` of the sessions that were ended by a booking.
  [[nodiscard]] const std::set<std::string>& ended_sessions() const { return ended_; }

 private:
  static constexpr PartitionNo kParts = 2;  // of each topic
  struct Part {
    PartitionRef here;
    support::FakeContext context;
    support::Teller teller;
    support::StoredRows rows;
    Offset offset = 0;
  };
  using Stream = std::pair<PartitionRef, PartitionRef>;

  template <class T>
  Envelope envelope_of(RecordKind kind, const T& body) {
    Envelope envelope;
    envelope.kind = kind;
    envelope.type = kTypeOf<T>;
    envelope.version = kLogicVersion;
    envelope.body = encoder_.encode(body);
    return envelope;
  }
  [[nodiscard]] static support::Teller made_at(PartitionRef here);
  [[nodiscard]] Part& part(PartitionRef where);
  [[nodiscard]] const Part& part(PartitionRef where) const;
  [[nodiscard]] Part& people_of(std::string_view person);
  [[nodiscard]] Part& home_of(const Envelope& envelope);
  const Said& apply(Part& part, const Envelope& envelope);
  void tick(Part& part);
  void begin(Part& part);
  void hear(Part& part);
  void hear_document(const support::Sent& row);

  std::uint32_t window_;
  LogTime time_{support::kStoryBegins, milliseconds{0}};
  Encoder encoder_;
  std::deque<Part> parts_;
  std::map<Stream, std::deque<support::Sent>> streams_;
  Said said_;
  MadeId made_;
  std::map<std::pair<std::string, std::string>, std::string> told_;
  std::set<std::pair<std::string, std::string>> published_;
  std::map<std::string, std::string> documents_;
  std::map<std::string, std::uint32_t> versions_;
  std::set<std::string> ended_;
};

}  // namespace jari::together
