#include "consumers/export/exported_log.h"

#include "consumers/export/exported_line.h"
#include "consumers/export/record_json.h"

namespace jari {

ExportedLog::ExportedLog(std::istream& in, std::string name, LineTimes times)
    : in_(in), name_(std::move(name)), times_(times) {}
ExportedLog::~ExportedLog() = default;

Result<std::unique_ptr<ExportedLog>> ExportedLog::open(std::istream& in, std::string name,
                                                       LineTimes times) {
  std::unique_ptr<ExportedLog> log(new ExportedLog(in, std::move(name), times));
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
  clock_ = std::make_unique<ExportClock>(identity_);
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

Error ExportedLog::wrong_time(const Early& line, std::string_view known) const {
  return {ErrorCode::BadBytes, name_ + ":" + std::to_string(line.number) + ": time is " +
                                   line.time + ", and by the ticks of the log it is " +
                                   std::string(known) + ": the line was altered"};
}

Result<void> ExportedLog::judge_time(const LogRecord& record) {
  const std::string known = to_text(clock_->pass(record));
  if (times_ == LineTimes::PassedOver) return {};
  if (reader_->time() != known) {
    Early line{number_, 0, std::string(reader_->time())};
    const auto envelope = envelope_of(record);
    const bool is_row =
        identity_.topics[record.where.topic].is_sink && envelope && envelope->stream;
    if (!is_row || envelope->stream->cause < next_[envelope->stream->source]) {
      return wrong_time(line, known);
    }
    line.cause = envelope->stream->cause;
    early_[envelope->stream->source].push_back(std::move(line));
  }
  return judge_early(record, known);
}

Result<void> ExportedLog::judge_early(const LogRecord& cause, std::string_view known) {
  const auto found = early_.find(cause.where);
  if (found == early_.end()) return {};
  for (const Early& line : found->second) {
    if (line.cause == cause.offset && line.time != known) return wrong_time(line, known);
  }
  std::erase_if(found->second, [&](const Early& line) { return line.cause == cause.offset; });
  if (found->second.empty()) early_.erase(found);
  return {};
}

Result<void> ExportedLog::judge_left() const {
  if (early_.empty()) return {};
  return wrong_time(early_.begin()->second.front(), "not known");
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
  if (auto judged = judge_time(*record); !judged) return judged.error();
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
  return judge_left();
}

}  // namespace jari
