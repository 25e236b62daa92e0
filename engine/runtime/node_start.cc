// How a node begins: state from disk, the log's tail replayed over it, then its own claims.

#include "engine/runtime/node.h"
#include "engine/runtime/node_parts.h"

namespace jari {
Result<void> Node::start() {
  adopt_thread();  // a CHECK in the replay must leave a marker, too: else each start dies of it
  auto started = begin();
  set_check_hook(nullptr, nullptr);
  return started;
}

Result<void> Node::begin() {
  if (auto loaded = load(); !loaded) return loaded;
  Undelivered undelivered;
  if (auto replayed = replay(undelivered); !replayed) return replayed;
  for (Slot& slot : slots_) {
    if (!slot.partition) continue;
    slot.ticked = slot.partition->time().now;
    slot.chain = slot.partition->take_chain();
  }
  claim_all();
  apply_all();
  read_clock();  // an outage, if it is one, is written before anything else
  // What was said before stands before what the outage, once it is applied, makes them say.
  undelivered.for_each([&](PartitionRef destination, Bytes record) {
    Envelope row = read_envelope(record).value();
    row.stream->incarnation = log_.identity().incarnation;  // a copy's, if this is one
    tick(slot_of(destination));
    append_to(slot_of(destination), write_envelope(builder_, row));
  });
  apply_all();
  return {};
}

Result<void> Node::load() {
  std::vector<PartitionPosition> positions(slots_.size());
  const LogIdentity& identity = log_.identity();
  auto rows = load_rows(disk_, identity,
                        [&](PartitionRef where, std::uint8_t table, std::string_view key,
                            std::string_view row) -> Result<void> {
                          Slot& slot = slot_of(where);
                          if (table != kPositionTable) {
                            return slot.partition->store().load(table, key, row);
                          }
                          auto position = read_position(row);
                          if (!position) return std::move(position).error();
                          positions[static_cast<std::size_t>(&slot - slots_.data())] = *position;
                          return {};
                        });
  if (!rows) return rows;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    slot.loaded = positions[i].next_offset;
    slot.end = log_.end(slot.where);
    if (positions[i].next_offset > slot.end) {
      return not_its_log(identity, slot.where,
                         "it is ahead, at offset " + std::to_string(positions[i].next_offset) +
                             " of " + std::to_string(slot.end));
    }
    if (!slot.partition) {
      slot.applied = positions[i].next_offset;  // where the replay reads this sink from
      continue;
    }
    if (auto loaded = slot.partition->loaded(positions[i]); !loaded) return loaded;
  }
  return {};
}

// Each partition from the record before its state's position on, which must be the one that the
// state was made from.
Result<void> Node::replay(Undelivered& undelivered) {
  std::vector<LogPlace> from;
  for (Slot& slot : slots_) {
    const Offset next = slot.partition ? slot.partition->next_offset() : slot.applied;
    from.push_back({slot.where, next - (slot.partition && next > 0 ? 1 : 0)});
    if (!slot.partition) continue;
    slot.partition->streams().for_each_outgoing([&](PartitionRef other, const OutgoingRow& row) {
      undelivered.delivered({slot.where, other}, row.sent);
    });
    slot.partition->streams().for_each_incoming([&](PartitionRef other, const IncomingRow& row) {
      undelivered.delivered({other, slot.where}, row.last);
    });
  }
  std::optional<Error> differs;
  auto read = log_.read(from, [&](const LogRecord& record) {
    if (is_another(record)) {
      differs =
          not_its_log(log_.identity(), record.where,
                      "the record at offset " + std::to_string(record.offset) + " is another");
      return false;
    }
    replay_one(record, undelivered);
    return true;
  });
  if (!read) return read;
  if (differs) return *std::move(differs);
  for (Slot& slot : slots_) {
    slot.applied = 0;
    if (slot.partition && !slot.parked && slot.partition->next_offset() != slot.end) {
      return Error{ErrorCode::LogGap, "the log of " + name_of(log_.identity(), slot.where) +
                                          " ends at " + std::to_string(slot.end) +
                                          " and could be read only up to " +
                                          std::to_string(slot.partition->next_offset())};
    }
  }
  return {};
}

bool Node::is_another(const LogRecord& record) const {
  const Slot& slot = slot_of(record.where);
  return slot.partition && record.offset < slot.partition->next_offset() &&
         hash128(record.bytes) != slot.partition->position().last_record;
}

void Node::replay_one(const LogRecord& record, Undelivered& undelivered) {
  Slot& slot = slot_of(record.where);
  if (!slot.partition) return hear_of_row(record, undelivered);
  if (record.offset < slot.partition->next_offset()) return;
  if (!slot.parked) slot.parked = marked(options_.markers, slot.where, record.offset);
  if (!slot.parked) {
    applying_ = &slot;
    slot.parked = slot.partition->apply(record.bytes, undelivered);
    applying_ = nullptr;
  }
  hear_of_row(record, undelivered);
}

// Of a row that its partition has judged, only what it accepted counts: one that came early, or did
// not fit, is still to be said.
void Node::hear_of_row(const LogRecord& record, Undelivered& undelivered) const {
  const Slot& slot = slot_of(record.where);
  const auto envelope = read_envelope(record.bytes);
  if (!envelope || !envelope->stream) return;
  const Undelivered::Stream stream{envelope->stream->source, record.where};
  if (!slot.partition) {
    undelivered.delivered(stream, envelope->stream->seq);
  } else if (slot.parked) {
    undelivered.stands(stream, envelope->stream->seq);
  } else {
    undelivered.delivered(stream, slot.partition->streams().incoming(stream.first).last);
  }
}

void Node::claim_all() {
  for (Slot& slot : slots_) {
    if (!slot.partition || slot.parked) continue;
    Claim claim;
    claim.epoch = slot.partition->row().epoch + 1;
    claim.node = options_.name;
    claim.process = options_.process;
    claim.knows_from = options_.known.from;
    claim.knows_to = options_.known.to;
    append_own(slot, RecordKind::Claim, claim);
  }
}

}  // namespace jari
