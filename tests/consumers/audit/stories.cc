#include "tests/consumers/audit/stories.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "consumers/export/exported_log.h"
#include "consumers/export/record_json.h"

namespace jari::audit {

std::string lines_of(const Report& report) {
  std::string all;
  for (const auto& one : report.violations()) all += report.line_of(one) + "\n";
  return all;
}

std::string exported(Log& log, const LogIdentity& identity) {
  std::vector<LogPlace> all;
  for (const PartitionRef where : identity.partitions()) all.push_back({where, 0});
  std::string text;
  ExportClock clock(identity);
  log.read(all,
           [&](const LogRecord& record) {
             text += export_line(identity, record, clock.pass(record)) + "\n";
             return true;
           })
      .value();
  return text;
}

Result<Report> audit_export(const std::string& text) {
  std::istringstream in(text);
  auto log = ExportedLog::open(in, "export.jsonl");
  if (!log) return log.error();
  Records records;
  records.identity = (*log)->identity();
  records.read = [&](const Log::Visit& visit) { return (*log)->read(visit); };
  return audit(records);
}

std::string exported(Log& log) {
  return exported(log, log.identity());
}

void keep_story(const std::string& name, const std::string& text, const Report& report) {
  const char* directory = std::getenv("JARI_AUDIT_STORIES");
  if (directory == nullptr) return;
  const std::string path = std::string(directory) + "/" + name;
  std::ofstream(path + ".jsonl", std::ios::binary) << text;
  std::ofstream(path + ".found", std::ios::binary) << lines_of(report);
}

}  // namespace jari::audit
