#include "engine/log/kafka/kafka_reader.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace jari {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kHearWithin{2'000};
constexpr milliseconds kNextRecordWithin{2'000};

Error no_answer() {
  return {ErrorCode::Unavailable, "the Kafka cluster does not answer"};
}

/// Where the next record has not come.
Error nothing_from(const KafkaCursor& cursor) {
  return cursor.is_refused() ? cursor.refusal() : no_answer();
}

Error gap(Offset place, Offset begin) {
  return {ErrorCode::LogGap, "offset " + std::to_string(place) +
                                 " is no longer kept: the log begins at " + std::to_string(begin)};
}

}  // namespace

KafkaReader::KafkaReader(KafkaClient& follower, KafkaClient& asker, KafkaEnds& ends,
                         const std::vector<PartitionNo>& partitions,
                         const std::vector<bool>& is_sink, std::string_view seal_key,
                         std::function<void()> arrived)
    : asker_(asker), ends_(ends), arrived_(std::move(arrived)) {
  for (std::size_t topic = 0; topic < partitions.size(); ++topic) {
    auto& slots = slots_.emplace_back();
    for (PartitionNo partition = 0; partition < partitions[topic]; ++partition) {
      slots.emplace_back(follower, PartitionRef{static_cast<TopicNo>(topic), partition}, arrived_,
                         is_sink, seal_key);
    }
  }
}

void KafkaReader::set_incarnation(const Hash128& incarnation) {
  for (auto& topic : slots_) {
    for (Slot& slot : topic) slot.records.set_incarnation(incarnation);
  }
}

/// Where nothing is followed yet, and where what was looked up is read on, it is followed.
KafkaReader::Way KafkaReader::way_of(const Slot& slot, const LogPlace& place) {
  if (slot.cursor.stands_at(place.next_offset)) return Way::ReadOn;
  const bool goes_on = place.next_offset > 0 && (place.next_offset == slot.looked_up ||
                                                 place.next_offset == slot.looked_up + 1);
  return !slot.cursor.is_started() || goes_on ? Way::Follow : Way::LookUp;
}

/// Nobody waits for a leader that has been silent for long: a node reads many partitions in turn,
/// and has to answer meanwhile.
bool KafkaReader::hear_anew(std::span<const LogPlace> places) {
  const bool is_silent = std::any_of(places.begin(), places.end(), [&](const LogPlace& place) {
    return ends_.is_silent(place.where);
  });
  return ends_.hear_anew(places, is_silent ? milliseconds{0} : kHearWithin);
}

Result<void> KafkaReader::read(std::span<const LogPlace> from, const Log::Visit& visit) {
  std::vector<LogPlace> elsewhere;
  for (const LogPlace& place : from) {
    CHECK(has(place.where));
    Slot& one = slot(place.where);
    const std::lock_guard lock(one.mutex);
    if (way_of(one, place) != Way::ReadOn) elsewhere.push_back(place);
  }
  if (!elsewhere.empty() && !hear_anew(elsewhere)) return no_answer();
  for (const LogPlace& place : from) ends_.publish(place.where);
  for (const LogPlace& place : from) {
    auto goes_on = read(place, visit);
    if (!goes_on) return std::move(goes_on).error();
    if (!*goes_on) return {};
  }
  return {};
}

Result<bool> KafkaReader::read(const LogPlace& place, const Log::Visit& visit) {
  Slot& one = slot(place.where);
  const std::lock_guard lock(one.mutex);
  const LogEnds ends = ends_.ends(place.where);
  const Way way = way_of(one, place);
  if (way == Way::ReadOn) return read_on(one, place, visit);
  if (place.next_offset < ends.begin) return gap(place.next_offset, ends.begin);
  if (way == Way::Follow) {
    if (place.next_offset > ends.end) return true;
    one.looked_up = 0;
    one.cursor.start(place.next_offset);
    return read_up_to_end(one, one.cursor, place, visit);
  }
  return look_up(one, place, visit);
}

Result<void> KafkaReader::look_up(const LogPlace& place, const Log::Visit& visit) {
  Slot& one = slot(place.where);
  const std::lock_guard lock(one.mutex);
  auto goes_on = look_up(one, place, visit);
  if (!goes_on) return std::move(goes_on).error();
  return {};
}

Result<bool> KafkaReader::look_up(Slot& slot, const LogPlace& place, const Log::Visit& visit) {
  if (place.next_offset >= ends_.ends(place.where).end) return true;
  const std::lock_guard lock(asking_);
  KafkaCursor cursor(asker_, place.where, nobody_);
  cursor.start(place.next_offset);
  auto goes_on = read_up_to_end(slot, cursor, place, visit);
  slot.looked_up = cursor.next();
  return goes_on;
}

/// Up to the end that was heard of, and what has come since: ends are heard of seldom, and whoever
/// waits for them would take one record at a time. Beyond the end nothing is fetched anew, so that
/// it ends however fast others append.
Result<bool> KafkaReader::read_on(Slot& slot, const LogPlace& place, const Log::Visit& visit) {
  const LogEnds ends = ends_.ends(place.where);
  const Offset enough = std::max(ends.end, place.next_offset + 1);
  Offset next = place.next_offset;
  bool goes_on = true;
  auto got = KafkaCursor::Got::Nothing;
  while (goes_on && (next < enough || slot.cursor.has_at_hand())) {
    got = slot.cursor.look(next, milliseconds{0});
    if (got != KafkaCursor::Got::Record) break;
    const rd_kafka_message_t& message = slot.cursor.message();
    next = static_cast<Offset>(message.offset) + 1;
    ends_.hand_out(place.where, next, rd_kafka_message_broker_id(&message));
    goes_on = visit(slot.records.read(place.where, message));
    if (goes_on) slot.cursor.pop();
  }
  if (!goes_on) return false;
  if (place.next_offset < ends.begin && next == place.next_offset) {
    return gap(place.next_offset, ends.begin);
  }
  if (slot.cursor.is_refused() && next < ends.end) return slot.cursor.refusal();
  if (ends_.is_silent(place.where)) return no_answer();
  return true;
}

Result<bool> KafkaReader::read_up_to_end(Slot& slot, KafkaCursor& cursor, const LogPlace& place,
                                         const Log::Visit& visit) {
  const Offset end = ends_.ends(place.where).end;
  Offset next = place.next_offset;
  while (next < end) {
    const auto got = cursor.look(next, kNextRecordWithin);
    if (got == KafkaCursor::Got::Nothing) return nothing_from(cursor);
    if (got == KafkaCursor::Got::Broken) {
      return Error{ErrorCode::Unavailable, "the log's ends have moved; read again"};
    }
    const rd_kafka_message_t& message = cursor.message();
    next = static_cast<Offset>(message.offset) + 1;
    ends_.hand_out(place.where, next, rd_kafka_message_broker_id(&message));
    if (!visit(slot.records.read(place.where, message))) return false;
    cursor.pop();
  }
  return true;
}

}  // namespace jari
