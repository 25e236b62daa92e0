#include "engine/log/kafka/kafka_log.h"

#include <utility>

#include "engine/base/check.h"
#include "engine/log/kafka/kafka_parts.h"

namespace jari {

KafkaLog::KafkaLog(std::unique_ptr<KafkaParts> parts) : parts_(std::move(parts)) {}
KafkaLog::~KafkaLog() = default;

Result<std::unique_ptr<KafkaLog>> KafkaLog::open(const KafkaLogOptions& options) {
  std::unique_ptr<KafkaLog> log{new KafkaLog(std::make_unique<KafkaParts>())};
  KafkaParts& parts = *log->parts_;
  parts.options = options;
  if (auto connected = parts.connect(); !connected) return connected.error();
  auto wrong = wrong_with(*parts.asker, options, parts.names, parts.found);
  if (!wrong) return std::move(wrong).error();
  if (!wrong->empty()) return wrong_topics(*wrong);
  if (auto followed = parts.follow(); !followed) return followed.error();
  auto identity = parts.find_identity();
  if (!identity) return std::move(identity).error();
  parts.identity = std::move(*identity);
  if (options.only_reads) {
    if (auto followed = parts.leave_out_added(); !followed) return followed.error();
  }
  auto others = other_partitions(parts);
  for (auto& line : empty_partitions(parts)) others.push_back(std::move(line));
  if (!others.empty()) return wrong_topics(others);
  parts.reader->set_incarnation(parts.identity.incarnation);
  if (options.only_reads) return log;
  if (auto writes = parts.write(); !writes) return writes.error();
  return log;
}

const LogIdentity& KafkaLog::identity() const {
  return parts_->identity;
}

void KafkaLog::append(LogBatch batch, Done done) {
  if (parts_->options.only_reads) {
    return done(Error{ErrorCode::BadArgument, "the log was opened for reading only"});
  }
  for (const LogSection& section : batch.sections) {
    CHECK(section.base_offset == kAnyOffset && parts_->reader->has(section.where));
  }
  (batch.is_perishable ? parts_->perishable : parts_->writer)
      ->append(std::move(batch), std::move(done));
}

void KafkaLog::flush() {
  if (parts_->options.only_reads) return;
  parts_->writer->flush();
  parts_->perishable->flush();
}

LogEnds KafkaLog::ends(PartitionRef where) const {
  return parts_->ends->ends(where);
}

Result<void> KafkaLog::read(std::span<const LogPlace> from, const Visit& visit) {
  return parts_->reader->read(from, visit);
}

}  // namespace jari
