// jari topics: makes the topics of a log in a Kafka cluster, and says what is wrong with them.

#include <filesystem>
#include <iostream>
#include <memory>

#include "consumers/model/topics.h"
#include "engine/http/keys.h"
#include "engine/log/kafka/kafka_topics.h"
#include "ops/jari/business.h"
#include "ops/jari/commands.h"
#include "ops/jari/connection.h"
#include "ops/jari/kafka.h"
#include "ops/jari/settings.h"
#include "ops/jari/topics_restore.h"
#include "ops/jari/topics_trim.h"

namespace jari::ops {
namespace {

struct TopicsSettings {
  std::string data;
  KafkaClusterSettings cluster;
  std::uint16_t partitions = 4;
  std::vector<std::string> partitions_of;  // NAME=N
};

int say_why(const Error& error) {
  std::cerr << "jari topics: " << error.detail << '\n';
  return error.code == ErrorCode::BadArgument ? 2 : 1;
}

std::size_t partitions_of(const LogIdentity& identity) {
  return identity.partitions().size();
}

/// The log to make, where there is none.
Result<LogIdentity> wanted(const TopicsSettings& settings) {
  LogIdentity identity = new_identity(settings.partitions, wall_now());
  for (const std::string& one : settings.partitions_of) {
    const auto equals = one.find('=');
    const std::string name = one.substr(0, equals);
    std::uint16_t count = 0;
    const bool has_count = equals != std::string::npos &&
                           CLI::detail::lexical_cast(one.substr(equals + 1), count) && count > 0 &&
                           one[equals + 1] != '-';
    bool is_known = false;
    for (auto& topic : identity.topics) {
      if (topic.name != name || name == kTopicNames[kProgrammesTopic]) continue;
      topic.partitions = count;
      is_known = true;
    }
    if (has_count && is_known) continue;
    return Error{ErrorCode::BadArgument,
                 "--partitions-of " + one +
                     ": must be TOPIC=N, of queue, bookings, inventory, sync or outcomes, N from 1 "
                     "(programmes has one)"};
  }
  return identity;
}

int create(const TopicsSettings& settings) {
  auto if_new = wanted(settings);
  if (!if_new) return say_why(if_new.error());
  const std::string file = kafka_seal_file(settings.cluster, settings.data);
  const bool has_key = std::filesystem::exists(file);
  const auto made_key = http::make_hs256_file(file);
  if (!made_key) return say_why(made_key.error());
  const auto options = kafka_log_options(settings.cluster, settings.data);
  if (!options) return say_why(options.error());
  const auto made = make_kafka_log(*options, *if_new);
  if (!made && made.error().code == ErrorCode::LogMismatch && !has_key) {
    std::cerr << file << " was made just now: where another `jari topics create` has made the log, "
              << "copy its key there instead\n";
  }
  if (!made) return say_why(made.error());
  const bool is_new = made->incarnation == if_new->incarnation;
  std::cout << (is_new ? "made " : "there already: ") << made->topics.size() << " topics, "
            << partitions_of(*made) << " partitions, incarnation " << to_text(made->incarnation)
            << '\n';
  std::cerr << "the cluster's key is in " << file << ": every node needs a copy\n";
  return 0;
}

int check(const TopicsSettings& settings) {
  const auto options = kafka_log_options(settings.cluster, settings.data);
  if (!options) return say_why(options.error());
  const auto wrong = look_at_kafka_log(*options);
  if (!wrong) return say_why(wrong.error());
  const auto forgetful = sinks_that_forget(*options);
  if (!forgetful) return say_why(forgetful.error());
  for (const std::string& line : *wrong) std::cout << line << '\n';
  for (const std::string& line : *forgetful) {
    std::cerr << "warning: " << line
              << ": what the brokers delete cannot be audited, reconciled or synced again without "
                 "an archive\n";
  }
  if (wrong->empty()) std::cout << "ok: " << options->topics.size() << " topics\n";
  return wrong->empty() ? 0 : 1;
}

}  // namespace

void add_topics(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "topics", "Makes, checks, trims or restores the topics of a log in Kafka.");
  command->require_subcommand(1);
  auto settings = std::make_shared<TopicsSettings>();  // lives as long as the command line
  CLI::App* creates = command->add_subcommand(
      "create",
      "Makes the topics that are missing, begins the log in them, and makes the cluster's key.\n"
      "What stands is kept as it is; one that was stopped is finished. Of several at once one "
      "makes\n"
      "the log, and the others say so. Prints which log it is.");
  CLI::App* checks = command->add_subcommand(
      "check",
      "Prints each setting that is not as it must be, `TOPIC: WHAT is X, must be Y` a line, and\n"
      "exits 1; a node does not start on such topics. Warns on stderr of sinks that forget.");
  for (CLI::App* one : {creates, checks}) {
    add_setting(*one, "data", settings->data, "The node's data directory, where keys are kept")
        ->required();
    add_kafka_settings(*one, settings->cluster);
  }
  add_setting(*creates, "partitions", settings->partitions,
              "Partitions of each topic (programmes has one); fixed once the log is made")
      ->check(CLI::Range(1, 1024));
  creates->add_option("--partitions-of", settings->partitions_of,
                      "TOPIC=N, for one topic: bookings=64");
  add_topics_trim(*command, exit_code);
  add_topics_restore(*command, exit_code);
  creates->callback([settings, &exit_code] { exit_code = create(*settings); });
  checks->callback([settings, &exit_code] { exit_code = check(*settings); });
}

}  // namespace jari::ops
