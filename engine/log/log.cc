#include "engine/log/log.h"

#include <limits>
#include <string_view>
#include <utility>

#include "engine/base/check.h"
#include "engine/record/flat.h"

namespace jari {
namespace {

constexpr std::uint16_t kGenesisFormat = 1;
constexpr std::size_t kAlignment = 8;

constexpr std::size_t padded(std::size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

Genesis genesis_of(const LogIdentity& identity) {
  Genesis genesis;
  genesis.incarnation = identity.incarnation;
  genesis.format = kGenesisFormat;
  for (const auto& topic : identity.topics) {
    genesis.topics.push_back({topic.name, topic.partitions, topic.is_sink});
  }
  genesis.begins = identity.begins;
  genesis.stream_window = identity.stream_window;
  genesis.outage_ms = identity.outage_ms;
  genesis.copy_of = identity.copy_of;
  return genesis;
}

LogIdentity identity_of(const Genesis& genesis) {
  LogIdentity identity;
  identity.incarnation = genesis.incarnation;
  identity.copy_of = genesis.copy_of;
  for (const auto& topic : genesis.topics) {
    identity.topics.push_back({std::string{topic.name}, topic.partitions, topic.is_sink});
  }
  identity.begins = genesis.begins;
  identity.stream_window = genesis.stream_window;
  identity.outage_ms = genesis.outage_ms;
  return identity;
}

}  // namespace

std::vector<PartitionRef> LogIdentity::partitions() const {
  std::vector<PartitionRef> all;
  CHECK(topics.size() <= std::size_t{std::numeric_limits<TopicNo>::max()} + 1);
  for (std::size_t topic = 0; topic < topics.size(); ++topic) {
    for (PartitionNo partition = 0; partition < topics[topic].partitions; ++partition) {
      all.push_back({static_cast<TopicNo>(topic), partition});
    }
  }
  return all;
}

void LogSection::add(Bytes record) {
  const std::size_t end = bytes.size() + record.size();
  CHECK(end <= std::numeric_limits<std::uint32_t>::max() - kAlignment);
  bytes.append(text_of(record));
  ends.push_back(static_cast<std::uint32_t>(end));
  bytes.resize(padded(end), '\0');
}

Bytes LogSection::record(std::size_t index) const {
  CHECK(index < ends.size());
  const std::size_t start = index == 0 ? 0 : padded(ends[index - 1]);
  return bytes_of(std::string_view{bytes}.substr(start, ends[index] - start));
}

std::size_t LogBatch::bytes() const {
  std::size_t sum = 0;
  for (const auto& section : sections) sum += section.bytes.size();
  return sum;
}

void Log::append_lent(LogBatch batch, DoneWith done) {
  auto kept = std::make_shared<LogBatch>(batch);  // with the call that answers, which may be copied
  append(std::move(batch), [kept, done = std::move(done)](Result<void> result) {
    done(std::move(result), std::move(*kept));
  });
}

Result<Envelope> envelope_of(const LogRecord& record) {
  if (!record.is_forged) return read_envelope(record.bytes);
  return Error{ErrorCode::BadBytes, "forged: only nodes append such a record, and none did"};
}

std::string genesis_record(const LogIdentity& identity) {
  flat::Builder body;
  flat::Builder record;
  Envelope envelope;
  envelope.kind = RecordKind::Genesis;
  envelope.version = kGenesisFormat;
  envelope.body = flat::write_root(body, genesis_of(identity));
  return std::string{text_of(write_envelope(record, envelope))};
}

Result<LogIdentity> read_genesis(Bytes record) {
  auto envelope = read_envelope(record);
  if (!envelope) return std::move(envelope).error();
  if (envelope->kind != RecordKind::Genesis) {
    return Error{ErrorCode::LogMismatch,
                 "the record is no genesis record: this is no log of Jari, or its beginning is "
                 "gone; restore it from a backup"};
  }
  Genesis genesis;
  if (!flat::read_root(envelope->body, genesis)) {
    return Error{ErrorCode::BadBytes,
                 "the genesis record's body does not verify; restore the log from a backup"};
  }
  if (genesis.format != kGenesisFormat) {
    return Error{ErrorCode::WrongVersion,
                 "the log's records are of format " + std::to_string(genesis.format) +
                     ", this program knows format " + std::to_string(kGenesisFormat) +
                     "; use the program that wrote it, or a newer one"};
  }
  return identity_of(genesis);
}

}  // namespace jari
