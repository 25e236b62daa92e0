// jari barrier: asks for the next version of the logic, once all nodes run a program that knows it.

#include <future>
#include <iostream>
#include <memory>

#include "engine/log/kafka/kafka_log.h"
#include "engine/record/envelope.h"
#include "engine/record/flat_write.h"
#include "ops/jari/business.h"
#include "ops/jari/commands.h"
#include "ops/jari/kafka.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

struct BarrierSettings {
  std::string data;
  KafkaClusterSettings cluster;
  std::uint16_t version = 0;
  std::string by = "operator";
  std::string reason;
};

int say_why(const Error& error) {
  std::cerr << "jari barrier: " << error.detail << '\n';
  return error.code == ErrorCode::BadArgument ? 2 : 1;
}

LogBatch barrier_of(const BarrierSettings& settings) {
  flat::Builder body;
  flat::Builder builder;
  Envelope envelope;
  envelope.kind = RecordKind::Barrier;
  envelope.body = flat::write_root(body, Barrier{settings.version, BarrierStep::Read});
  Asked asked;
  asked.role = Role::Operator;
  asked.by = settings.by;
  asked.reason = settings.reason;
  envelope.asked = asked;
  LogBatch batch;
  LogSection& section = batch.sections.emplace_back();
  section.where = kSettingsPartition;
  section.base_offset = kAnyOffset;
  section.add(write_envelope(builder, envelope));
  return batch;
}

int ask(const BarrierSettings& settings) {
  const KnownVersions known = known_versions();
  if (settings.version <= known.from || settings.version > known.to) {
    return say_why({ErrorCode::BadArgument, "this program knows versions " +
                                                std::to_string(known.from) + " to " +
                                                std::to_string(known.to) +
                                                " of the logic, and a log begins with the first"});
  }
  const auto options = kafka_log_options(settings.cluster, settings.data);
  if (!options) return say_why(options.error());
  auto log = KafkaLog::open(*options);
  if (!log) return say_why(log.error());
  std::promise<Result<void>> answer;
  (*log)->append(barrier_of(settings),
                 [&](Result<void> result) { answer.set_value(std::move(result)); });
  const auto stands = answer.get_future().get();
  if (!stands) return say_why(stands.error());
  std::cout << "asked for version " << settings.version << '\n';
  return 0;
}

}  // namespace

void add_barrier(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "barrier",
      "Asks for a version of the logic, on a log in Kafka: once every partition can read it, it "
      "is\n"
      "written. All nodes must run a program that knows it (`jari version`): one that does not\n"
      "parks, partition by partition, and an owner of programmes/0 that does not refuses it.");
  auto settings = std::make_shared<BarrierSettings>();  // lives as long as the command line
  add_setting(*command, "data", settings->data, "A node's data directory, where keys are kept")
      ->required();
  add_kafka_settings(*command, settings->cluster);
  command->add_option("--version", settings->version, "Which")->required();
  command->add_option("--by", settings->by, "Who asks")->check(check_name)->capture_default_str();
  command->add_option("--reason", settings->reason, "Why")->check(check_reason)->required();
  command->callback([settings, &exit_code] { exit_code = ask(*settings); });
}

}  // namespace jari::ops
