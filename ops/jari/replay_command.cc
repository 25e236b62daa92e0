// jari replay: the state made again from the first record, and compared with what ticks said of it.

#include <charconv>
#include <iostream>
#include <memory>

#include "engine/runtime/replay.h"
#include "ops/jari/business.h"
#include "ops/jari/commands.h"
#include "ops/jari/log_source.h"
#include "ops/jari/progress.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

std::optional<ReplayLimit> limit_from(const std::string& text) {
  ReplayLimit limit;
  if (text.empty()) return limit;
  if (const auto time = parse_instant(text)) {
    limit.time = *time;
    return limit;
  }
  Offset offset = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  limit.offset = offset;
  return limit;
}

std::uint64_t records_to_apply(const Log& log) {
  std::uint64_t records = 0;
  for (const PartitionRef where : log.identity().partitions()) {
    if (log.identity().has_consumer(where)) records += log.end(where);
  }
  return records;
}

int print_replay(const LogSource& source, const std::string& to) {
  const auto limit = limit_from(to);
  if (!limit) {
    std::cerr << "jari replay: --to is neither an offset nor a time such as "
                 "2021-07-12T11:00:00Z: "
              << to << '\n';
    return 2;
  }
  auto opened = open_beside(source);
  if (!opened) {
    std::cerr << "jari replay: " << opened.error().detail << '\n';
    return 1;
  }
  Log& log = *opened->log;
  const bool is_whole = !limit->offset && !limit->time;
  const std::uint64_t records = is_whole ? records_to_apply(log) : 0;
  ops::Progress progress("jari replay");
  const auto all = replay(log, kSettingsPartition, known_versions(), make_consumer, *limit,
                          [&](std::uint64_t done) { progress.tell(done, done, records); });
  progress.finish();
  if (!all) {
    std::cerr << "jari replay: " << why_unread(source, all.error()) << '\n';
    return 1;
  }
  int exit_code = 0;
  for (const ReplayedPartition& one : *all) {
    const std::string& topic = log.identity().topics[one.where.topic].name;
    // The last offset applied, as `applied` of /v1/operator/status and as --to takes it.
    const auto applied = static_cast<std::int64_t>(one.next_offset) - 1;
    std::cout << topic << ' ' << one.where.partition << ' ' << applied << ' ' << to_text(one.digest)
              << '\n';
    if (!one.differs) continue;
    exit_code = 1;
    std::cerr << "jari replay: " << topic << '/' << one.where.partition << ": " << *one.differs
              << '\n';
  }
  return exit_code;
}

}  // namespace

void add_replay(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "replay",
      "Builds the state again from the first record, in memory, and prints for each partition\n"
      "`topic partition offset digest`; compares it with the digest in every tick of the log.\n"
      "Works beside a running service. Exit 1 where one differs.");
  auto source = std::make_shared<LogSource>();
  auto to = std::make_shared<std::string>();
  add_log_source(*command, *source);
  command->add_option("--to", *to,
                      "Stop after this offset of each partition, or where log time passes this "
                      "time (RFC 3339)");
  command->callback([source, to, &exit_code] {
    require_log(*source);
    exit_code = print_replay(*source, *to);
  });
}

}  // namespace jari::ops
