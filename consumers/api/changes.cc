#include "consumers/api/changes.h"

#include <algorithm>
#include <utility>

#include "consumers/api/documents.h"
#include "consumers/api/refusals.h"

namespace jari::api {
namespace {

/// A row of `sync` as the feed shows it.
void append_change(http::JsonWriter& json, const LogIdentity& log, const Envelope& envelope,
                   const std::vector<LogPlace>& places) {
  const StreamPlace& stream = *envelope.stream;
  json.begin_object().field("position", places_text(log, places, kPlacesTextMax));
  json.key("cause").begin_object().field("topic", log.topics[stream.source.topic].name);
  json.field("partition", stream.source.partition).field("offset", stream.cause).end_object();
  json.raw_field("appointment", text_of(envelope.body)).end_object();
}

}  // namespace

std::vector<LogPlace> Changes::start_of(const Call& call) const {
  const LogIdentity& log = log_.identity();
  std::vector<LogPlace> places;
  for (PartitionNo i = 0; i < log.topics[kSyncTopic].partitions; ++i) {
    places.push_back({{kSyncTopic, i}, 0});
  }
  const auto after = parse_places(log, call.search.after);
  if (!after) return places;
  for (const LogPlace& place : *after) {
    if (place.where.topic == kSyncTopic) places[place.where.partition] = place;
  }
  return places;
}

bool Changes::has_more(const Call& call) const {
  const auto places = start_of(call);
  return std::any_of(places.begin(), places.end(), [&](const LogPlace& place) {
    return log_.end(place.where) > place.next_offset;
  });
}

bool Changes::read(Call& call, milliseconds now) {
  const LogIdentity& log = log_.identity();
  if (!call.search.after.empty() && !parse_places(log, call.search.after)) {
    refuse(call.reply, {.code = Code::InvalidRequest, .field = "after"});
    return true;
  }
  const std::vector<LogPlace> from = start_of(call);
  std::vector<LogPlace> places = from;
  std::size_t count = 0;
  std::string body;
  http::JsonWriter json(body);
  json.begin_object().key("changes").begin_array();
  const auto read = log_.read(from, [&](const LogRecord& record) {
    if (count == call.search.limit) return false;
    places[record.where.partition].next_offset = record.offset + 1;
    const auto envelope = envelope_of(record);
    if (!envelope || envelope->kind != RecordKind::Row || !envelope->stream) return true;
    if (envelope->type != kAppointmentRow) return true;
    append_change(json, log, *envelope, places);
    ++count;
    return true;
  });
  if (!read) {
    refuse(call.reply, {.code = Code::Overloaded, .detail = "The log cannot be read now."});
    return true;
  }
  if (call.deadline == milliseconds{0}) call.deadline = now + call.search.wait;
  // What was passed over on the way is behind us, too.
  call.search.after = places_text(log, places, kPlacesTextMax);
  json.end_array().field("next", call.search.after).end_object();
  show(call.reply, std::move(body));
  return count > 0 || call.deadline <= now;
}

void Changes::keep(CallPtr call) {
  const std::scoped_lock lock(mutex_);
  waiting_.push_back(std::move(call));
}

std::vector<CallPtr> Changes::due(milliseconds now) {
  const std::scoped_lock lock(mutex_);
  const auto stays = [&](const CallPtr& call) { return call->deadline > now && !has_more(*call); };
  const auto first_due = std::partition(waiting_.begin(), waiting_.end(), stays);
  std::vector<CallPtr> all(std::make_move_iterator(first_due),
                           std::make_move_iterator(waiting_.end()));
  waiting_.erase(first_due, waiting_.end());
  return all;
}

std::vector<CallPtr> Changes::end() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(waiting_, {});
}

}  // namespace jari::api
