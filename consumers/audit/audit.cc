#include "consumers/audit/audit.h"

#include "consumers/audit/auditor.h"

namespace jari::audit {
namespace {

constexpr std::uint64_t kProgressEvery = 1'000'000;

}  // namespace

Records records_of(Log& log) {
  Records records;
  records.identity = log.identity();
  records.writers = log.writers();
  std::vector<LogPlace> all;
  for (const PartitionRef where : records.identity.partitions()) {
    all.push_back({where, 0});
    records.count += log.end(where);
  }
  records.read = [&log, all](const Log::Visit& visit) { return log.read(all, visit); };
  return records;
}

Result<Report> audit(const Records& records, const Progress& progress) {
  Report report(records.identity);
  Auditor auditor(records.identity, report, records.writers);
  std::uint64_t read = 0;
  const auto done = records.read([&](const LogRecord& record) {
    auditor.take(record);
    if (++read % kProgressEvery == 0 && progress) progress(read);
    return true;
  });
  if (!done) return done.error();
  auditor.finish();
  return report;
}

}  // namespace jari::audit
