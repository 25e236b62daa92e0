// jari timeline: what happened to one person, ticket, slot, site or operator.

#include <iostream>
#include <memory>

#include "consumers/timeline/timeline.h"
#include "ops/jari/commands.h"
#include "ops/jari/log_source.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

struct TimelineSettings {
  LogSource source;
  std::string kind;
  std::vector<std::string> id;
  bool as_json = false;
};

int print_timeline(const TimelineSettings& settings) {
  const auto subject = timeline::parse_subject(settings.kind, settings.id);
  if (!subject) {
    std::cerr << "jari timeline: " << subject.error().detail << '\n';
    return 2;
  }
  auto opened = open_beside(settings.source);
  if (!opened) {
    std::cerr << "jari timeline: " << opened.error().detail << '\n';
    return 1;
  }
  Log& log = *opened->log;
  const auto lines = timeline::timeline(log, *subject, wait_for_records);
  if (!lines) {
    std::cerr << "jari timeline: " << why_unread(settings.source, lines.error()) << '\n';
    return 1;
  }
  if (lines->empty()) {
    std::cerr << "jari timeline: the log says nothing of " << to_text(*subject) << '\n';
    return 1;
  }
  for (const timeline::Line& line : *lines) {
    std::cout << (settings.as_json ? to_json_line(log.identity(), line)
                                   : to_text_line(log.identity(), line))
              << '\n';
  }
  if (std::cout.flush()) return 0;
  std::cerr << "jari timeline: the lines could not be written; what stands there is not all\n";
  return 1;
}

}  // namespace

void add_timeline(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "timeline",
      "Everything that happened to a person, a ticket, a slot, a site, or by an operator's hand,\n"
      "a line each: log time, where the record stands (topic/partition@offset), what it says, who\n"
      "asked for it and why, what caused it. In order of log time, a cause before what it caused.\n"
      "  jari timeline person alice --data DIR\n"
      "  jari timeline ticket demo/17 --data DIR      jari timeline slot jeju-city/s1 --data DIR\n"
      "  jari timeline site jeju-city --data DIR      jari timeline operator ann --data DIR\n"
      "From the log alone, beside a running service. Exit 1 where the log says nothing of it.");
  auto settings = std::make_shared<TimelineSettings>();
  command->add_option("kind", settings->kind, "person, ticket, slot, site or operator")
      ->required()
      ->check(CLI::IsMember({"person", "ticket", "slot", "site", "operator"}));
  command->add_option("id", settings->id, "Its id; of a ticket QUEUE/NUMBER, of a slot SITE/SLOT")
      ->required()
      ->expected(1, 2);
  add_log_source(*command, settings->source);
  command->add_flag("--json", settings->as_json, "One JSON object a line");
  command->callback([settings, &exit_code] {
    require_log(settings->source);
    std::ios::sync_with_stdio(false);
    exit_code = print_timeline(*settings);
  });
}

}  // namespace jari::ops
