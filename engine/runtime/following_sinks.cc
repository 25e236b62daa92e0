// How a member reads the sinks back, and knows what they have lost.

#include <algorithm>
#include <utility>

#include "engine/runtime/following.h"
#include "engine/runtime/node_parts.h"

namespace jari {
namespace {

constexpr milliseconds kLookForLostRowsEvery{500};

/// What follows from it that a sink is parked, and the way out.
constexpr std::string_view kItsRowsWait =
    "; nothing is written there, decisions go on and their rows wait: put back what it has lost "
    "from the archive, then start the nodes anew";

}  // namespace

/// It holds other records than those we have read. A sink may have lost rows that were not
/// acknowledged yet: they are sent again, so it is read again, while it begins as it did.
bool Following::is_read_again(Slot& slot) {
  if (slot.partition) {
    park(slot, not_its_log(log_.identity(), slot.where, why_another(slot)).detail);
    return false;
  }
  const LogPlace first{slot.where, 0};
  bool is_ours = false;
  const auto read = log_.read({&first, 1}, [&](const LogRecord& record) {
    is_ours = is_our_genesis(record);
    return false;
  });
  const bool is_trimmed = !read && read.error().code == ErrorCode::LogGap;
  if (!read && !is_trimmed) return false;  // not now
  if (!is_ours && !is_trimmed) {
    park(slot, why_another(slot) + std::string(kItsRowsWait));
    return false;
  }
  outbox_.counted(slot.where, "sinks", "made-again", 1);
  slot.sink->begin_anew();
  slot.is_changed = true;
  return true;
}

bool Following::take_row(Slot& sink, const LogRecord& record) {
  if (record.offset == 0 && !is_our_genesis(record)) {
    park(sink, "it does not begin with the genesis of this log" + std::string(kItsRowsWait));
    return false;
  }
  const auto applied = sink.sink->apply(record, [this](PartitionRef source, const Envelope& row) {
    return log_.identity().has_consumer(source)
               ? std::optional(slots_.of(source).partition->consumer().hash_of(
                     row.type, row.version, row.body))
               : std::nullopt;
  });
  // No state is kept of it: whoever watches the figures sees that somebody writes there.
  if (!applied) outbox_.counted(sink.where, "dead-letters", applied.error().detail, 1);
  sink.is_changed = true;
  return true;
}

void Following::look_for_lost_rows() {
  if (now_ - sinks_at_ < kLookForLostRowsEvery) return;
  sinks_at_ = now_;
  for (Slot& sink : slots_) {
    for (Slot& source : slots_) {
      if (sink.sink && source.partition && !sink.parked) look_for_lost_rows(sink, source);
    }
  }
  if (std::exchange(has_given_up_, false)) write_behind();  // the next start is to know of it
}

/// What was acknowledged stood there, so it can be had from nowhere but a copy: the sink stands
/// still, that nothing else takes the places of those rows. Its sources go on deciding.
void Following::look_for_lost_rows(Slot& sink, Slot& source) {
  const OutgoingRow& row = source.partition->streams().outgoing(sink.where);
  const std::uint64_t last = sink.sink->last(source.where);
  if (last >= row.acked) {
    source.suspected_sinks.erase(sink.where);
    return;
  }
  // What was acknowledged may stand behind the end that we know of, but not behind one that was
  // asked for since.
  const Slot::Suspect fresh{sink.where, row.acked, heard_from_now(sink)};
  Slot::Suspect& suspect = source.suspected_sinks.try_emplace(sink.where, fresh).first->second;
  if (last >= suspect.last) suspect = fresh;
  if (sink.ends.heard < suspect.heard || !is_caught_up(sink)) return;
  const std::vector<TopicNo>& given_up = options_.lost_sinks;
  const bool is_given_up =
      std::find(given_up.begin(), given_up.end(), sink.where.topic) != given_up.end();
  const bool is_trimmed = last == 0 && sink.ends.begin > 0;  // they stood before it begins
  if (!is_given_up && !is_trimmed) {
    return park(sink, "rows of " + name_of(log_.identity(), source.where) +
                          " that were acknowledged are gone: of " + std::to_string(row.acked) +
                          " it has them up to number " + std::to_string(last) +
                          std::string(kItsRowsWait));
  }
  const auto& rows = source.waiting->to(sink.where);
  const Hash128 hash =
      rows.empty() ? row.hash
                   : read_envelope(bytes_of(rows.begin()->second.record)).value().stream->prev_hash;
  sink.sink->set(source.where, row.acked, hash);
  sink.is_changed = true;
  has_given_up_ = true;
  if (!is_trimmed) outbox_.counted(source.where, "sinks", "lost-tail", 1);
}

/// Rows to other partitions are bounded by their streams' windows.
std::size_t Following::waiting_bytes(const Slot& slot) const {
  std::size_t sum = 0;
  const auto& topics = log_.identity().topics;
  for (TopicNo topic = 0; topic < topics.size(); ++topic) {
    if (topics[topic].is_sink) sum += slot.waiting->bytes_to(topic);
  }
  return sum;
}

/// No partition has more than what is left: one that waits alone takes half of the room, several
/// leave some for the next, and all of them never take more than there is.
std::optional<PartitionRef> Following::blocking_sink(const Slot& slot) const {
  const std::size_t room = options_.waiting_bytes_max;
  if (waiting_bytes(slot) <= room - std::min(room, waiting_bytes_)) return std::nullopt;
  const auto rank = [&](const Slot& sink) {
    return std::pair(sink.parked.has_value(), slot.waiting->to(sink.where).size());
  };
  const Slot* most = nullptr;
  for (const Slot& sink : slots_) {
    if (!sink.sink || slot.waiting->to(sink.where).empty()) continue;
    if (most == nullptr || rank(sink) > rank(*most)) most = &sink;
  }
  return most == nullptr ? std::nullopt : std::optional(most->where);
}

}  // namespace jari
