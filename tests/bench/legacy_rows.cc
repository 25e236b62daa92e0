#include "tests/bench/legacy_rows.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <span>
#include <utility>

#include "consumers/model/topics.h"

namespace jari::legacy {
namespace {

constexpr int kRowsACommit = 1000;
constexpr int kSites = 500;
constexpr int kDays = 60;

}  // namespace

Booked booked(int number, std::uint32_t version) {
  Booked one;
  one.version = version;
  one.appointment = appointment_text(make_id(
      static_cast<PartitionNo>(number % LogOfRows::kPartitions), static_cast<Offset>(number)));
  one.site = "site-" + std::to_string(number * 7919LL % kSites);
  one.starts_at = one.starts_at + std::chrono::minutes{15 * (number % 32)} +
                  std::chrono::hours{24 * (number * 31LL % kDays)};
  return one;
}

LogOfRows::LogOfRows(const std::string& dir, int rows, std::uint32_t version) : version_(version) {
  LogIdentity identity;
  identity.incarnation = {1, 2};
  for (TopicNo topic = 0; topic < kTopicNames.size(); ++topic) {
    identity.topics.push_back({std::string{kTopicNames[topic]}, kPartitions,
                               topic == kSyncTopic || topic == kOutcomesTopic});
  }
  std::filesystem::create_directories(dir);
  auto opened = EmbeddedLog::open(dir, identity);
  CHECK(opened.has_value());
  log_ = std::move(*opened);
  for (int i = 0; i < rows; i += kRowsACommit) append(i, std::min(rows, i + kRowsACommit));
  log_->flush();
}

void LogOfRows::append(int from, int until) {
  std::vector<LogSection> sections(kPartitions);
  for (PartitionNo i = 0; i < kPartitions; ++i) {
    sections[i].where = {kSyncTopic, i};
    sections[i].base_offset = next_[i];
  }
  for (int i = from; i < until; ++i) add(booked(i, version_), sections);
  for (PartitionNo i = 0; i < kPartitions; ++i) next_[i] += sections[i].count();
  log_->append({std::move(sections), false},
               [](const Result<void>& done) { CHECK(done.has_value()); });
}

void LogOfRows::add(const Booked& one, std::vector<LogSection>& sections) {
  const std::string document = document_of(one);
  std::vector<std::uint64_t> aligned(document.size() / sizeof(std::uint64_t) + 1);
  std::copy(document.begin(), document.end(), reinterpret_cast<char*>(aligned.data()));
  const auto partition = static_cast<PartitionNo>(partition_of(one.appointment, kPartitions));
  StreamMark& mark = marks_[partition];
  Envelope envelope;
  envelope.kind = RecordKind::Row;
  envelope.type = kAppointmentRow;
  envelope.version = kLogicVersion;
  envelope.body = std::as_bytes(std::span{aligned}).first(document.size());
  StreamPlace place;
  place.incarnation = {1, 2};
  place.source = {kBookingsTopic, 0};
  place.destination = {kSyncTopic, partition};
  place.seq = ++mark.seq;
  place.prev_hash = mark.hash;
  envelope.stream = place;
  mark.hash = chained(mark.hash, hash128(envelope.body));
  sections[partition].add(write_envelope(builder_, envelope));
}

}  // namespace jari::legacy
