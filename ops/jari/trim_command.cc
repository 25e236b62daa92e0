// jari topics trim: what nobody needs any more goes from the topics of a log in Kafka.

#include <cstdio>
#include <iostream>
#include <memory>
#include <set>
#include <string>

#include "engine/http/json_reader.h"
#include "engine/log/archive/archive.h"
#include "engine/log/kafka/kafka_topics.h"
#include "ops/jari/business.h"
#include "ops/jari/commands.h"
#include "ops/jari/connection.h"
#include "ops/jari/kafka.h"
#include "ops/jari/settings.h"
#include "ops/jari/snapshots.h"
#include "ops/jari/topics_trim.h"
#include "ops/jari/trim.h"

namespace jari::ops {
namespace {

struct TrimSettings {
  std::string data;
  KafkaClusterSettings cluster;
  std::string archive;
  std::string snapshots;
  std::vector<std::string> nodes;  // addresses
  std::string token;
  bool is_dry = false;
};

int say_why(const Error& error) {
  std::cerr << "jari topics trim: " << error.detail << '\n';
  return error.code == ErrorCode::BadArgument ? 2 : 1;
}

std::optional<PartitionRef> partition_of_log(const LogIdentity& log, std::string_view topic,
                                             PartitionNo partition) {
  for (const PartitionRef where : log.partitions()) {
    if (log.topics[where.topic].name == topic && where.partition == partition) return where;
  }
  return std::nullopt;
}

Error of_another_log(const std::string& who) {
  return {ErrorCode::LogMismatch, who + " is of another log than the topics; nothing is trimmed"};
}

Result<void> add_archive_need(const Archive& archive, const LogIdentity& log,
                              std::vector<Need>& needs) {
  if (archive.identity().incarnation != log.incarnation) return of_another_log("the archive");
  Need& need = needs.emplace_back();
  need.who = "the archive";
  for (const PartitionRef where : log.partitions()) need.from[where] = archive.line(where).end();
  return {};
}

Result<void> add_snapshot_needs(const std::string& dir, const LogIdentity& log,
                                std::vector<Need>& needs) {
  const auto all = kept_snapshots(dir);
  if (!all) return all.error();
  if (all->empty()) {
    return Error{ErrorCode::NotFound, "there is no snapshot in " + dir +
                                          ": once the topics are trimmed a node without a state "
                                          "begins with one, so take one first (`jari snapshot`)"};
  }
  for (const SnapshotKept& one : *all) {
    if (one.incarnation != to_text(log.incarnation)) return of_another_log(one.name);
    Need& need = needs.emplace_back();
    need.who = one.name;
    for (const auto& place : one.places) {
      const auto where = partition_of_log(log, place.topic, place.partition);
      if (where) need.from[*where] = place.next_offset;
    }
  }
  return {};
}

Error says_not_what_it_needs(const std::string& node) {
  return {ErrorCode::Unavailable,
          node +
              " does not say what its state on disk has (`durable` of /v1/operator/status), and "
              "after a crash it needs the rest; upgrade it first"};
}

Result<void> add_node_need(const TrimSettings& settings, const std::string& node,
                           const LogIdentity& log, std::vector<Need>& needs,
                           std::vector<NamedNode>& named) {
  ServerSettings server;
  server.server = node;
  server.token = settings.token;
  server.data = settings.data;
  auto client = connect(server, "trim", "reader");
  const auto answer = client.call(http::Method::Get, "/v1/operator/status");
  if (!answer) return answer.error();
  if (answer->status != 200) {
    return Error{ErrorCode::Unavailable, node + ": " + problem_text(*answer)};
  }
  const auto document = http::parse_json(answer->body);
  const auto partitions = document ? document->root().member("partitions") : std::nullopt;
  if (!partitions) return Error{ErrorCode::BadBytes, node + " gave no status of its partitions"};
  if (document->root().member("state_behind")) {
    return Error{ErrorCode::Unavailable,
                 node +
                     " does not write its state behind, so its next start needs what the topics "
                     "have; mend that first (ops/RUNBOOK.md)"};
  }
  const auto name = document->root().member("node");
  const auto its_log = document->root().member("log");
  if (!name || !name->text() || !its_log || !its_log->text()) {
    return Error{ErrorCode::Unavailable,
                 node +
                     " does not say which node it is, and of which log (`node` and `log` of "
                     "/v1/operator/status); upgrade it first"};
  }
  if (*its_log->text() != to_text(log.incarnation)) return of_another_log(node);
  NamedNode& one_named = named.emplace_back();
  one_named.address = node;
  one_named.name = *name->text();
  Need& need = needs.emplace_back();
  need.who = node;
  for (const auto& one : partitions->elements()) {
    const auto topic = one.member("topic");
    const auto partition = one.member("partition");
    const auto durable = one.member("durable");
    const auto owner = one.member("owner");
    if (owner && owner->text() && !owner->text()->empty()) one_named.owners.emplace(*owner->text());
    if (!topic || !topic->text() || !partition) continue;
    if (!durable || !durable->integer()) return says_not_what_it_needs(node);
    const auto number = static_cast<PartitionNo>(partition->integer().value_or(0));
    const auto where = partition_of_log(log, *topic->text(), number);
    if (where) need.from[*where] = static_cast<Offset>(*durable->integer() + 1);
  }
  return {};
}

/// What the nodes named have on disk, which is where they go on after a crash. Who owns a partition
/// runs, too, and must be among them.
Result<void> add_node_needs(const TrimSettings& settings, const LogIdentity& log,
                            std::vector<Need>& needs) {
  std::vector<NamedNode> named;
  for (const std::string& node : settings.nodes) {
    if (auto added = add_node_need(settings, node, log, needs, named); !added) return added;
  }
  return check_named(named);
}

void print_plan(const LogIdentity& log, const std::vector<TrimmedPartition>& plan) {
  std::printf("%-12s %9s %12s %12s %12s  %s\n", "topic", "partition", "begins", "will-begin", "end",
              "held by");
  for (const TrimmedPartition& one : plan) {
    std::printf("%-12s %9u %12llu %12llu %12llu  %s\n", log.topics[one.where.topic].name.c_str(),
                static_cast<unsigned>(one.where.partition),
                static_cast<unsigned long long>(one.ends.begin),
                static_cast<unsigned long long>(one.begin),
                static_cast<unsigned long long>(one.ends.end), one.held_by.c_str());
  }
}

/// What is about to go is read back from the archive first.
Result<std::vector<LogPlace>> archived(const Archive& archive,
                                       const std::vector<TrimmedPartition>& plan) {
  std::vector<LogPlace> begins;
  for (const TrimmedPartition& one : plan) {
    if (one.begin <= one.ends.begin) continue;
    auto verified = archive.verify({one.where, one.ends.begin}, one.begin);
    if (!verified) return verified.error();
    begins.push_back({one.where, one.begin});
  }
  return begins;
}

Result<void> trim(const TrimSettings& settings) {
  auto options = kafka_log_options(settings.cluster, settings.data);
  if (!options) return options.error();
  options->only_reads = true;
  const auto archive = Archive::open(settings.archive);
  if (!archive) return archive.error();
  // The needs before the ends: what is appended meanwhile is needed by nobody earlier.
  const LogIdentity& log = (*archive)->identity();
  std::vector<Need> needs;
  std::map<PartitionRef, LogEnds> ends;
  {
    const auto kafka = KafkaLog::open(*options);
    if (!kafka) return kafka.error();
    if (auto added = add_archive_need(**archive, (*kafka)->identity(), needs); !added) return added;
    for (const PartitionRef where : log.partitions()) ends[where] = (*kafka)->ends(where);
  }
  if (auto added = add_snapshot_needs(settings.snapshots, log, needs); !added) return added;
  if (auto added = add_node_needs(settings, log, needs); !added) return added;
  const auto plan = plan_trim(log, kSettingsPartition, ends, needs);
  print_plan(log, plan);
  const auto begins = archived(**archive, plan);
  if (!begins) return begins.error();
  if (settings.is_dry || begins->empty()) return {};
  std::fflush(stdout);
  const auto trimmed = trim_kafka_log(*options, *begins);
  if (!trimmed) return trimmed.error();
  std::cout << "trimmed " << begins->size() << " partitions\n";
  return {};
}

}  // namespace

void add_topics_trim(CLI::App& topics, int& exit_code) {
  CLI::App* command = topics.add_subcommand(
      "trim",
      "Deletes from the topics what the archive has and neither a snapshot that is kept nor a "
      "node\n"
      "needs, and prints a line for each partition with who holds the rest. What goes is read "
      "back\n"
      "from the archive first. Name every node that runs or is to come back with its state.");
  auto settings = std::make_shared<TrimSettings>();
  add_setting(*command, "data", settings->data, "The node's data directory, where keys are kept")
      ->required();
  add_kafka_settings(*command, settings->cluster);
  command->add_option("--archive", settings->archive, "What `jari archive` writes")->required();
  command->add_option("--snapshots", settings->snapshots, "Where `jari snapshot` keeps them")
      ->required();
  command
      ->add_option("--nodes", settings->nodes,
                   "The nodes, as http://HOST:PORT,…: each says what its state on disk has")
      ->delimiter(',')
      ->required();
  add_setting(*command, "token", settings->token, "A bearer token (else --data makes one)");
  command->add_flag("--dry-run", settings->is_dry, "Only prints");
  command->callback([settings, &exit_code] {
    const auto done = trim(*settings);
    exit_code = done ? 0 : say_why(done.error());
  });
}

}  // namespace jari::ops
