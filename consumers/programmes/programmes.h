// consumers/programmes/programmes.h — the consumer of `programmes`: one place that says what is
// being booked, and tells every partition that must know.
//
// Each accepted change is a version, and goes whole to every partition of queue, bookings and
// inventory; nothing here knows who has a ticket, a booking or a slot.
//
// Units:   as consumers/settings/programme_table.h.
// Errors:  a no is a published Outcome; bytes that are no record of ours are a dead letter.
// Threads: belongs to one partition worker; what reads runs between its records.
#pragma once

#include "consumers/model/topics.h"
#include "consumers/requests/answers.h"
#include "consumers/settings/programme_table.h"

namespace jari::programmes {

class Programmes final : public Consumer {
 public:
  explicit Programmes(Store& store);

  [[nodiscard]] std::optional<Address> open(const Envelope& envelope) override;
  [[nodiscard]] Hash128 content() const override { return body_.content(); }
  [[nodiscard]] Hash128 hash_of(std::uint16_t type, std::uint16_t version,
                                Bytes body) const override;
  [[nodiscard]] Applied apply(const Arrival& arrival, Context& context) override;
  void refuse_misplaced(const Arrival& arrival, Context& context) override;
  void on_tick(Context& context) override;
  [[nodiscard]] Instant next_deadline(const LogTime& time) const override;
  /// Nothing: no document of `sync` comes from a programme.
  void reissue(PartitionRef sink, std::uint64_t from, Context& context) override;
  void rebuild() override;

  /// The settings with their version; every field is set. Views are of the store.
  [[nodiscard]] std::optional<ProgrammeConfigured> settings(ProgrammeId programme) const;
  /// Every programme there is, in the order of their texts.
  [[nodiscard]] std::vector<ProgrammeId> programmes() const;
  [[nodiscard]] const settings::ProgrammeTable& table() const { return table_; }
  /// What was decided for a request id (requests::key_of); nullptr: not known, or forgotten.
  [[nodiscard]] std::optional<requests::RequestRow> remembered(const Hash128& key) const;
  [[nodiscard]] Outcome outcome_of(const requests::RequestRow& row, std::string_view request) const;

 private:
  [[nodiscard]] Outcome answer(const ProgrammeConfigured& ask, Outcome outcome, Context& context);
  void tell_everybody(const ProgrammeConfigured& settings, Context& context);

  settings::ProgrammeTable table_;
  requests::Requests requests_;
  requests::Answers answers_;
  OpenBody body_;
  Encoder encoder_;
};

/// The field of whole settings that cannot be so; empty where all is well.
[[nodiscard]] std::string_view invalid_field(const ProgrammeConfigured& settings);

}  // namespace jari::programmes
