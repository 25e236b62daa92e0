// jari topics restore: what topics of a log in Kafka have lost is put back from its archive.

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "consumers/model/topics.h"
#include "ops/jari/commands.h"
#include "ops/jari/kafka.h"
#include "ops/jari/log_refill.h"
#include "ops/jari/settings.h"
#include "ops/jari/topics_restore.h"

namespace jari::ops {
namespace {

struct RestoreSettings {
  std::string data;
  KafkaClusterSettings cluster;
  std::string archive;
  std::vector<std::string> topics;  // none: all of them, as far as they belong together
};

Result<void> restore(const RestoreSettings& settings) {
  const auto options = kafka_log_options(settings.cluster, settings.data);
  if (!options) return options.error();
  const auto archive = Archive::open(settings.archive);
  if (!archive) return archive.error();
  if ((*archive)->writers() != LogWriters::Many) {
    return Error{ErrorCode::LogMismatch,
                 "the archive in " + settings.archive +
                     " is of an embedded log, whose records no node on Kafka can go on with"};
  }
  auto refill = LogRefill::open(*options, **archive);
  if (!refill) return std::move(refill).error();
  const LogIdentity& log = (*archive)->identity();
  std::uint64_t all = 0;
  for (const PartitionRef where : log.partitions()) {
    const std::string& topic = log.topics[where.topic].name;
    const auto& named = settings.topics;
    if (!named.empty() && std::find(named.begin(), named.end(), topic) == named.end()) continue;
    const Offset until = named.empty() ? (*archive)->ends()[where] : (*archive)->line(where).end();
    const auto records = (*refill)->refill(where, until);
    if (!records) return records.error();
    std::cout << topic << ' ' << where.partition << ' ' << until << ' ' << *records << " restored"
              << std::endl;
    all += *records;
  }
  std::cout << "ok: " << all << " records restored\n";
  return {};
}

}  // namespace

void add_topics_restore(CLI::App& topics, int& exit_code) {
  CLI::App* command = topics.add_subcommand(
      "restore",
      "Puts back into the topics what the archive has and they have lost: the same records at the\n"
      "same offsets, sealed again. Makes topics that are missing. Stop all nodes first. Appends\n"
      "only, and only where what stands there is as the archive has it; what was stopped is gone\n"
      "on with. Prints `topic partition offset N restored` a line.");
  auto settings = std::make_shared<RestoreSettings>();
  add_setting(*command, "data", settings->data,
              "A node's data directory, where the log's key is kept")
      ->required();
  add_kafka_settings(*command, settings->cluster);
  command->add_option("--archive", settings->archive, "What `jari archive` wrote")->required();
  command
      ->add_option("--topics", settings->topics,
                   "These topics alone, to the archive's last record of each; else all, as far as\n"
                   "they belong together")
      ->delimiter(',')
      ->check(CLI::IsMember(std::vector<std::string>{kTopicNames.begin(), kTopicNames.end()}));
  command->callback([settings, &exit_code] {
    const auto done = restore(*settings);
    if (!done) std::cerr << "jari topics restore: " << done.error().detail << '\n';
    exit_code = done ? 0 : done.error().code == ErrorCode::BadArgument ? 2 : 1;
  });
}

}  // namespace jari::ops
