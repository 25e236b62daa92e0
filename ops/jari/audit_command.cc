// jari audit: holds a log against the rules that always hold, and says where it breaks one.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <utility>

#include "consumers/audit/audit.h"
#include "consumers/export/exported_log.h"
#include "engine/base/printable.h"
#include "ops/jari/audit_checkpoints.h"
#include "ops/jari/commands.h"
#include "ops/jari/log_source.h"
#include "ops/jari/progress.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

/// How much of what is read has been, and how much it is.
using Share = std::function<std::pair<std::uint64_t, std::uint64_t>()>;

struct AuditSettings {
  LogSource source;
  AuditCheckpoints checkpoints;
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

void say_what_else_proves_the_rest() {
  std::cerr << "What a log alone cannot prove:\n";
  for (std::uint8_t number = 1; number <= audit::kRules; ++number) {
    const auto rest = audit::rest_of(audit::Rule{number});
    if (!rest.empty()) {
      std::cerr << "  " << audit::to_text(audit::Rule{number}) << ": " << rest << '\n';
    }
  }
}

int say(const AuditSettings& settings, const audit::Report& report) {
  if (report.is_good()) {
    std::cout << "ok: " << report.records() << " records\n";
  } else {
    for (const auto& violation : report.violations()) {
      std::cout << printable(report.line_of(violation)) << '\n';
    }
    const std::uint64_t more = report.violations_in_all() - report.violations().size();
    if (more != 0) {
      std::cerr << "jari audit: and " << more << (more == 1 ? " violation" : " violations")
                << " more\n";
    }
  }
  for (const auto& one : report.listed()) {
    std::cerr << "listed: " << audit::to_text(one.kind) << ' ' << report.place_of(one.at) << ": "
              << printable(one.by) << ": " << printable(one.what) << ": " << printable(one.reason)
              << '\n';
  }
  settings.checkpoints.say();
  say_what_else_proves_the_rest();
  const bool is_written = write_file(settings.html_file, report.html()) &&
                          write_file(settings.json_file, report.json() + "\n");
  std::cout.flush();
  if (!std::cout) std::cerr << "jari audit: the verdict could not be written to stdout\n";
  return report.is_good() && is_written && std::cout ? 0 : 1;
}

int prove(const AuditSettings& settings, audit::Records records, const Share& share = {}) {
  records.is_read_ahead = true;
  Progress progress("jari audit");
  auto report = audit::audit(records, [&](std::uint64_t read) {
    const auto [done, all] = share ? share() : std::pair{read, records.count};
    progress.tell(read, done, all);
  });
  progress.finish();
  if (report) {
    settings.checkpoints.add_to(*report);
    return say(settings, *report);
  }
  std::cerr << "jari audit: " << why_unread(settings.source, report.error()) << '\n';
  return 1;
}

int refuse(const Error& error, int exit_code) {
  std::cerr << "jari audit: " << error.detail << '\n';
  return exit_code;
}

int audit_log(AuditSettings& settings) {
  if (auto read = settings.checkpoints.read(); !read) {
    return refuse(read.error(), exit_code_of(read.error()));
  }
  auto beside = open_beside(settings.source);
  if (beside) {
    Log& log = *beside->log;
    if (auto compared = settings.checkpoints.compare(log); !compared) {
      return refuse({compared.error().code, why_unread(settings.source, compared.error())}, 1);
    }
    const bool is_in_order = settings.source.archive.empty() && log.writers() == LogWriters::One;
    if (is_in_order) return prove(settings, audit::records_of(log));
    return prove(settings, audit::records_in_any_order(log, wait_for_records));
  }
  return refuse(beside.error(), 1);
}

int audit_export(const AuditSettings& settings) {
  if (!settings.checkpoints.is_empty()) {
    std::cerr << "jari audit: an export leaves out bytes that a checkpoint's hashes are of; name "
                 "the log itself, or an archive of it, with --checkpoint\n";
    return 2;
  }
  std::ifstream file(settings.exported, std::ios::binary);
  if (!file) {
    std::cerr << "jari audit: cannot read " << settings.exported << '\n';
    return 2;
  }
  auto log = ExportedLog::open(file, settings.exported);
  if (!log) {
    std::cerr << "jari audit: " << log.error().detail << '\n';
    return 1;
  }
  audit::Records records;
  records.identity = (*log)->identity();
  records.read = [&](const Log::Visit& visit) { return (*log)->read(visit); };
  std::error_code unknown;  // of what is no file: a pipe
  const std::uintmax_t size = std::filesystem::file_size(settings.exported, unknown);
  return prove(settings, records, [&] {
    return std::pair{(*log)->bytes_read(), unknown ? 0 : std::uint64_t{size}};
  });
}

int audit_what_is_named(AuditSettings& settings) {
  if (!settings.exported.empty()) return audit_export(settings);
  const char* data = std::getenv("JARI_DATA");
  if (settings.source.data.empty() && data != nullptr) settings.source.data = data;
  if (settings.source.names_log() || !settings.source.archive.empty()) {
    require_log(settings.source);
    return audit_log(settings);
  }
  std::cerr << "jari audit: name what to audit: --data DIR, --kafka-brokers HOST:PORT,… (with "
               "--kafka-seal-key FILE, or --data DIR where the key is), --archive DIR or --export "
               "FILE\n";
  return 2;
}

}  // namespace

void add_audit(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "audit",
      "Proves from the first record on that no rule was broken, or says which and where, and\n"
      "lists what operators did against the rules' letter. Works beside a running service.\n"
      "Prints `ok: N records`, or `violation: RULE TOPIC PARTITION OFFSET: TYPE: why` and exits\n"
      "1.");
  auto settings = std::make_shared<AuditSettings>();
  // Not a setting like others: one in the environment or a file gives way to --export.
  auto* data = command->add_option("--data", settings->source.data,
                                   "The data directory (or JARI_DATA); not with --export");
  auto* archived =
      command->add_option("--archive", settings->source.archive,
                          "What `jari archive` wrote: read first, the log that is named behind it");
  add_kafka_settings(*command, settings->source.kafka);
  auto* exported = command->add_option("--export", settings->exported,
                                       "What `jari export` printed of a whole log");
  command->get_option("--kafka-brokers")->excludes(exported);
  data->excludes(exported);
  archived->excludes(exported);
  settings->checkpoints.add_options(*command);
  command->add_option("--report", settings->html_file, "Also writes a report for people, as HTML");
  command->add_option("--json", settings->json_file, "Also writes a report for programs, as JSON");
  command->callback([settings, &exit_code] { exit_code = audit_what_is_named(*settings); });
}

}  // namespace jari::ops
