#include "consumers/export/exported_log.h"

#include "consumers/export/exported_line.h"

namespace jari {

ExportedLog::ExportedLog(std::istream& in, std::string name) : in_(in), name_(std::move(name)) {}
ExportedLog::~ExportedLog() = default;

Result<std::unique_ptr<ExportedLog>> ExportedLog::open(std::istream& in, std::string name) {
  std::unique_ptr<ExportedLog> log(new ExportedLog(in, std::move(name)));
  if (auto begun = log->begin(); !begun) return begun.error();
  return log;
}

Error ExportedLog::wrong(std::string_view why) const {
  return {ErrorCode::BadBytes, name_ + ":" + std::to_string(number_) + ": " + std::string(why)};
}

bool ExportedLog::next_line() {
  if (!std::getline(in_, line_)) return false;
  ++number_;
  bytes_read_ += line_.size() + 1;
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  return true;
}

// A log begins with a genesis record in each partition; the first says how many there are.
Result<void> ExportedLog::begin() {
  if (!next_line()) return wrong("there is no record in it");
  {
    const LogIdentity none;
    ExportedLine reader(none);
    const auto first = reader.read(line_);
    if (!first) return wrong(first.error().detail);
    auto identity = read_genesis(first->bytes);
    if (!identity) return wrong(kAskForWholeExport);
    identity_ = std::move(*identity);
  }
  const std::size_t partitions = identity_.partitions().size();
  reader_ = std::make_unique<ExportedLine>(identity_);
  reader_->set_incarnation(identity_.incarnation);
  next_ = PartitionOffsets(identity_);
  first_.push_back(std::move(line_));
  while (first_.size() < partitions) {
    if (!next_line()) return wrong(kAskForWholeExport);
    const auto record = reader_->read(line_);
    if (!record) return wrong(record.error().detail);
    if (record->offset != 0 || !read_genesis(record->bytes)) return wrong(kAskForWholeExport);
    first_.push_back(std::move(line_));
  }
  return {};
}

Result<bool> ExportedLog::visit_line(const std::string& line, const Log::Visit& visit) {
  const auto record = reader_->read(line);
  if (!record) return wrong(record.error().detail);
  if (record->offset != next_[record->where]) {
    return wrong("offset " + std::to_string(record->offset) + " of " +
                 identity_.topics[record->where.topic].name + " " +
                 std::to_string(record->where.partition) + " stands where " +
                 std::to_string(next_[record->where]) +
                 " was next: a record is missing or doubled");
  }
  ++next_[record->where];
  if (const auto genesis = read_genesis(record->bytes); genesis) {
    reader_->set_incarnation(genesis->incarnation);
  }
  return visit(*record);
}

Result<void> ExportedLog::read(const Log::Visit& visit) {
  const std::uint64_t after = number_;
  number_ = 0;
  for (const std::string& line : first_) {
    ++number_;
    const auto goes_on = visit_line(line, visit);
    if (!goes_on) return goes_on.error();
    if (!*goes_on) return {};
  }
  number_ = after;
  while (next_line()) {
    const auto goes_on = visit_line(line_, visit);
    if (!goes_on) return goes_on.error();
    if (!*goes_on) return {};
  }
  return {};
}

}  // namespace jari
