// consumers/queue/queue.h — the consumer of one partition of `queue`: whose turn it is.
//
// Its partition's order is each line's order. It tells nobody's bookings partition of an admission
// that the stream has no room for, and knows nothing of sites, slots or appointments.
//
// Units:   as rows.h.
// Errors:  a no is a published Outcome; bytes that are no record of ours are a dead letter.
// Threads: belongs to one partition worker; what reads (view.h) runs between its records.
#pragma once

#include "consumers/queue/view.h"

namespace jari::queue {

class Queue final : public Consumer {
 public:
  explicit Queue(Store& store) : state_(store), answers_(state_.requests) {}

  [[nodiscard]] std::optional<Address> open(const Envelope& envelope) override;
  [[nodiscard]] Hash128 content() const override { return body_.content(); }
  [[nodiscard]] Hash128 hash_of(std::uint16_t type, std::uint16_t version,
                                Bytes body) const override;
  [[nodiscard]] Applied apply(const Arrival& arrival, Context& context) override;
  void refuse_misplaced(const Arrival& arrival, Context& context) override;
  void on_tick(Context& context) override;
  [[nodiscard]] Instant next_deadline(const LogTime& time) const override;
  /// Nothing: no document of `sync` comes from a queue.
  void reissue(PartitionRef sink, std::uint64_t from, Context& context) override;
  void rebuild() override { state_.rebuild(); }

  // What is asked without deciding anything. Views are of the store, until the next record.
  [[nodiscard]] const QueueRow* queue(QueueId queue) const;
  [[nodiscard]] std::optional<QueueView> view(QueueId queue, const LogTime& time) const;
  /// Every queue of this partition, in the order of their texts.
  [[nodiscard]] std::vector<QueueId> queues() const;
  /// The person's latest ticket, also when it is over; nothing: never had one, or unknown queue.
  [[nodiscard]] std::optional<TicketView> ticket(QueueId queue, PersonId person,
                                                 const LogTime& time) const;
  /// The ticket of that number, whoever's it is; nothing: it was never given.
  [[nodiscard]] std::optional<TicketView> ticket_numbered(QueueId queue, std::uint64_t ticket,
                                                          const LogTime& time) const;
  /// Latest tickets of the person in all queues of this partition, in the order of the queues.
  [[nodiscard]] std::vector<TicketView> tickets_of(PersonId person, const LogTime& time) const;
  /// What was decided for a request id (requests::key_of); nullptr: not known, or forgotten.
  [[nodiscard]] std::optional<requests::RequestRow> remembered(const Hash128& key) const;
  [[nodiscard]] Outcome outcome_of(const requests::RequestRow& row, std::string_view request) const;
  [[nodiscard]] const settings::ProgrammeTable& programmes() const { return state_.programmes; }
  /// Why admissions of this partition are held; empty: they are not.
  [[nodiscard]] std::string_view why_held() const { return state_.why_held(); }

 private:
  template <class Ask>
  void judge(const Ask& ask, const Envelope& envelope, Context& context);

  QueueState state_;
  requests::Answers answers_;
  OpenBody body_;
};

}  // namespace jari::queue
