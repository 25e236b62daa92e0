// jari status: where every partition stands.

#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/printable.h"
#include "engine/http/json_reader.h"
#include "ops/jari/commands.h"
#include "ops/jari/connection.h"
#include "ops/jari/legacy_lag.h"

namespace jari::ops {
namespace {

std::string text_of(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  if (!value) return "-";
  if (const auto text = value->text()) return printable(*text);
  if (const auto number = value->integer()) return std::to_string(*number);
  return "-";
}

void print_table(const http::JsonValue& root) {
  std::printf("%-12s %9s %-12s %12s %12s %12s  %-32s %s\n", "topic", "partition", "owner",
              "applied", "durable", "end", "digest", "parked");
  const auto partitions = root.member("partitions");
  if (!partitions) return;
  std::int64_t waiting = 0;
  for (const auto one : partitions->elements()) {
    const auto bytes = one.member("waiting_bytes");
    waiting += bytes ? bytes->integer().value_or(0) : 0;
    std::printf("%-12s %9s %-12s %12s %12s %12s  %-32s %s\n", text_of(one, "topic").c_str(),
                text_of(one, "partition").c_str(), text_of(one, "owner").c_str(),
                text_of(one, "applied").c_str(), text_of(one, "durable").c_str(),
                text_of(one, "end").c_str(), text_of(one, "digest").c_str(),
                text_of(one, "parked").c_str());
  }
  if (waiting > 0) {
    std::printf("rows that sync and outcomes have not taken wait in %lld bytes of memory\n",
                static_cast<long long>(waiting));
  }
  if (const auto behind = root.member("state_behind")) {
    std::printf("the state is not written behind, until: %s: %s\n",
                text_of(*behind, "until").c_str(), text_of(*behind, "detail").c_str());
  }
  std::printf("as of %s\n", text_of(root, "as_of").c_str());
}

/// As `jari sync` beside the service has said it to that; else one with this directory.
void print_legacy_lag(const http::JsonValue& root, const std::string& data) {
  std::string records;
  std::string seconds;
  std::string missing;
  if (const auto told = root.member("legacy")) {
    records = text_of(*told, "records");
    seconds = text_of(*told, "seconds");
    missing = text_of(*told, "missing");
  } else {
    const auto lag = data.empty() ? std::nullopt : read_legacy_lag(data, wall_now());
    if (!lag) return;
    records = std::to_string(lag->records);
    seconds = std::to_string(lag->seconds);
    missing = std::to_string(lag->missing);
  }
  std::printf("the old database is %s records behind, %s s\n", records.c_str(), seconds.c_str());
  if (missing == "0" || missing == "-") return;  // an older service does not say
  std::printf("the old database never gets %s rows of sync: they are gone, or fit nowhere\n",
              missing.c_str());
}

int print_status(const ServerSettings& settings, bool as_json) {
  auto client = connect(settings, "status", "reader");
  const auto answer = client.call(http::Method::Get, "/v1/operator/status");
  if (!answer) {
    std::cerr << "jari status: " << answer.error().detail << '\n';
    return 1;
  }
  if (answer->status != 200) {
    std::cerr << "jari status: " << problem_text(*answer) << '\n';
    return 1;
  }
  if (as_json) {
    std::cout << answer->body << '\n';
    return 0;
  }
  const auto document = http::parse_json(answer->body);
  if (!document) {
    std::cerr << "jari status: the service's answer is no JSON: " << document.error().detail
              << '\n';
    return 1;
  }
  print_table(document->root());
  print_legacy_lag(document->root(), settings.data);
  return 0;
}

}  // namespace

void add_status(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "status", "Where every partition stands: owner, applied, end of its log, digest");
  auto settings = std::make_shared<ServerSettings>();
  auto as_json = std::make_shared<bool>(false);
  add_server_settings(*command, *settings);
  command->add_flag("--json", *as_json, "The service's own document, as JSON");
  command->callback(
      [settings, as_json, &exit_code] { exit_code = print_status(*settings, *as_json); });
}

}  // namespace jari::ops
