// consumers/export/exported_log.h — ExportedLog: a log's records made again from what was exported
// of it, line by line.
//
// Keeps one line at a time. What an export leaves out (the version of a body, the hash of what was
// asked) comes back empty; who asked is an operator where no person can have.
//
// Units:   lines count from 1.
// Errors:  BadBytes, with the name and the line, for what `jari export` does not print, or not of a
//          whole log: without --topic and --from; and for a line whose `time` is not the log's.
// Threads: one, but where it says otherwise.
#pragma once

#include <atomic>
#include <istream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "engine/log/partition_offsets.h"

namespace jari {

class ExportClock;
class ExportedLine;

/// Whether the `time` of a line must be the log's at that record; of a row of a sink, that of its
/// cause, or what the lines before it tell of that. Who makes an export anew passes over it.
enum class LineTimes : std::uint8_t { Judged = 1, PassedOver = 2 };

class ExportedLog {
 public:
  /// Reads the genesis records, which come first; `in` must outlive it. `name` is for messages.
  [[nodiscard]] static Result<std::unique_ptr<ExportedLog>> open(
      std::istream& in, std::string name, LineTimes times = LineTimes::Judged);
  ~ExportedLog();
  ExportedLog(const ExportedLog&) = delete;
  ExportedLog& operator=(const ExportedLog&) = delete;

  /// Of the first genesis record; a copy's comes later.
  [[nodiscard]] const LogIdentity& identity() const { return identity_; }
  /// Every record, in the order of the lines. Once.
  [[nodiscard]] Result<void> read(const Log::Visit& visit);
  /// Of the text so far. From any thread.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  ExportedLog(std::istream& in, std::string name, LineTimes times);
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] bool next_line();
  [[nodiscard]] Result<bool> visit_line(const std::string& line, const Log::Visit& visit);
  /// A line whose `time` is right only if its cause, which is still to come, has it.
  struct Early {
    std::uint64_t number = 0;
    Offset cause = 0;
    std::string time;
  };
  [[nodiscard]] Result<void> judge_time(const LogRecord& record);
  [[nodiscard]] Result<void> judge_early(const LogRecord& cause, std::string_view known);
  [[nodiscard]] Result<void> judge_left() const;
  [[nodiscard]] Error wrong_time(const Early& line, std::string_view known) const;
  [[nodiscard]] Error wrong(std::string_view why) const;

  std::istream& in_;
  std::string name_;
  LineTimes times_;
  std::uint64_t number_ = 0;  // of the line
  std::atomic<std::uint64_t> bytes_read_{0};
  std::string line_;
  std::vector<std::string> first_;  // the lines of the genesis records
  LogIdentity identity_;
  PartitionOffsets next_;
  std::unique_ptr<ExportedLine> reader_;
  std::unique_ptr<ExportClock> clock_;
  std::map<PartitionRef, std::vector<Early>> early_;  // by where their causes stand
};

}  // namespace jari
