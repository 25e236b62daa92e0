// jari export: the records of a log as JSON lines.

#include <iostream>
#include <memory>
#include <set>

#include "consumers/export/record_json.h"
#include "engine/base/printable.h"
#include "ops/jari/commands.h"
#include "ops/jari/log_source.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

struct ExportSettings {
  LogSource source;
  std::string topic;
  Offset from = 0;
};

/// Who has spoken for partitions: each claim is a record.
class Claims {
 public:
  void look(const LogRecord& record) {
    const auto envelope = envelope_of(record);
    Claim claim;
    const bool is_claim =
        envelope && envelope->kind == RecordKind::Claim && flat::read_root(envelope->body, claim);
    if (!is_claim) return;
    ++claims_;
    nodes_.insert(printable(claim.node));
  }
  void say() const {
    std::cerr << "claims: " << claims_ << ", by " << nodes_.size()
              << (nodes_.size() == 1 ? " node:" : " nodes:");
    for (const std::string& node : nodes_) std::cerr << ' ' << node;
    std::cerr << '\n';
  }

 private:
  std::uint64_t claims_ = 0;
  std::set<std::string> nodes_;
};

// A record's time is known only from the records before it: all are read, those asked for printed,
// in the order of the log's commits.
int print_records(const ExportSettings& settings) {
  auto opened = open_beside(settings.source);
  if (!opened) {
    std::cerr << "jari export: " << opened.error().detail << '\n';
    return 1;
  }
  Log& log = *opened->log;
  const LogIdentity& identity = log.identity();
  bool is_known = settings.topic.empty();
  for (const auto& topic : identity.topics) is_known = is_known || topic.name == settings.topic;
  if (!is_known) {
    std::cerr << "jari export: there is no topic " << settings.topic << " in this log\n";
    return 2;
  }
  std::vector<LogPlace> all;
  for (const PartitionRef where : identity.partitions()) all.push_back({where, 0});
  ExportClock clock(identity);
  Claims claims;
  const auto read = log.read(all, [&](const LogRecord& record) {
    const Instant time = clock.pass(record);
    claims.look(record);
    const bool is_wanted =
        record.offset >= settings.from &&
        (settings.topic.empty() || identity.topics[record.where.topic].name == settings.topic);
    if (is_wanted) std::cout << export_line(identity, record, time, log.writers()) << '\n';
    return std::cout.good();
  });
  if (!read) {
    std::cerr << "jari export: " << why_unread(settings.source, read.error()) << '\n';
    return 1;
  }
  if (std::cout.flush()) {
    claims.say();
    return 0;
  }
  std::cerr << "jari export: the records could not be written; what stands there is not all\n";
  return 1;
}

}  // namespace

void add_export(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "export",
      "Prints the records of the log, one JSON object a line, in offset order for each partition.\n"
      "Works beside a running service, and says on stderr how often which nodes claimed "
      "partitions.\n"
      "`jari audit --export` reads what it prints of a whole log,\n"
      "without --topic and --from.");
  auto settings = std::make_shared<ExportSettings>();
  add_log_source(*command, settings->source);
  command->add_option("--topic", settings->topic, "Only this topic");
  command->add_option("--from", settings->from, "Only from this offset of each partition on")
      ->check(check_not_negative)
      ->capture_default_str();
  command->callback([settings, &exit_code] {
    require_log(settings->source);
    std::ios::sync_with_stdio(false);
    exit_code = print_records(*settings);
  });
}

}  // namespace jari::ops
