// jari audit: holds a log against the rules that always hold, and says where it breaks one.

#include <fstream>
#include <iostream>
#include <memory>

#include "consumers/audit/audit.h"
#include "engine/log/embedded/embedded_log.h"
#include "ops/jari/commands.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

struct AuditSettings {
  std::string data;
  std::string kafka_brokers;
  std::string exported;
  std::string html_file;
  std::string json_file;
};

bool write_file(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return true;
  std::cerr << "jari audit: cannot write " << path << '\n';
  return false;
}

int say_what_is_not_read(const AuditSettings& settings) {
  if (!settings.kafka_brokers.empty()) {
    std::cerr << "jari audit: this version has no log on Kafka; name the data directory of an "
                 "embedded one with --data\n";
    return 2;
  }
  if (!settings.exported.empty()) {
    std::cerr << "jari audit: this version does not read exported records back; audit the data "
                 "directory, or a backup of it, with --data\n";
    return 2;
  }
  std::cerr << "jari audit: name what to audit with --data DIR\n";
  return 2;
}

int audit_log(const AuditSettings& settings) {
  if (settings.data.empty()) return say_what_is_not_read(settings);
  auto log = EmbeddedLog::open_beside(settings.data);
  if (!log) {
    std::cerr << "jari audit: " << log.error().detail << '\n';
    return 1;
  }
  const auto report = audit::audit(**log, [](std::uint64_t read, std::uint64_t all) {
    std::cerr << "read " << read << " of " << all << " records\n";
  });
  if (!report) {
    std::cerr << "jari audit: " << report.error().detail << '\n';
    return 1;
  }
  if (report->is_good()) {
    std::cout << "ok: " << report->records() << " records\n";
  } else {
    for (const auto& violation : report->violations()) {
      std::cout << report->line_of(violation) << '\n';
    }
  }
  std::cerr << "The rest is proved by `jari replay` (I6: the same log gives the same state) and "
               "`jari reconcile` (I7: the legacy table equals sync).\n";
  const bool is_written = write_file(settings.html_file, report->html()) &&
                          write_file(settings.json_file, report->json() + "\n");
  return report->is_good() && is_written ? 0 : 1;
}

}  // namespace

void add_audit(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "audit",
      "Proves from the first record on that no rule was broken, or says which and where.\n"
      "Works beside a running service.");
  auto settings = std::make_shared<AuditSettings>();
  auto* data = add_setting(*command, "data", settings->data, "The data directory");
  auto* brokers = command->add_option("--kafka-brokers", settings->kafka_brokers,
                                      "The brokers of a log on Kafka");
  auto* exported =
      command->add_option("--export", settings->exported, "What `jari export` printed");
  data->excludes(brokers)->excludes(exported);
  brokers->excludes(exported);
  command->add_option("--report", settings->html_file, "Also writes a report for people, as HTML");
  command->add_option("--json", settings->json_file, "Also writes a report for programs, as JSON");
  command->callback([settings, &exit_code] { exit_code = audit_log(*settings); });
}

}  // namespace jari::ops
