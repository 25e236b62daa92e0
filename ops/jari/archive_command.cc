// jari archive: writes what a log has into files that outlast it.

#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <thread>

#include "engine/log/archive/archiver.h"
#include "ops/jari/commands.h"
#include "ops/jari/log_source.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kBetweenLooks{100};
constexpr std::chrono::seconds kWholeWithin{30};

struct ArchiveSettings {
  LogSource source;
  std::string into;
  bool checks = false;
  bool follows = false;
  std::uint32_t segment_mb = 64;
  std::uint32_t every_seconds = 600;
};

std::atomic<bool> is_stopping{false};  // set by a signal

int say_why(const Error& error) {
  std::cerr << "jari archive: " << error.detail << '\n';
  return 1;
}

/// What the disk has, read whole, and each partition's chain made once more.
int check(const ArchiveSettings& settings) {
  const auto archive = Archive::open(settings.into);
  if (!archive) return say_why(archive.error());
  const LogIdentity& identity = (*archive)->identity();
  std::uint64_t records = 0;
  for (const PartitionRef where : identity.partitions()) {
    const Archive::Line& line = (*archive)->line(where);
    const auto verified = (*archive)->verify({where, 0}, line.end());
    if (!verified) return say_why(verified.error());
    records += line.end();
    std::cout << identity.topics[where.topic].name << ' ' << where.partition << ' ' << line.end()
              << ' ' << to_hex(line.chain) << '\n';
  }
  std::cout << "ok: " << records << " records of log " << to_text(identity.incarnation) << '\n';
  return 0;
}

class Run {
 public:
  Run(const ArchiveSettings& settings, LogBeside& beside, Archiver& archiver)
      : settings_(settings), beside_(beside), archiver_(archiver) {}

  /// Takes all that the log has, and what that names as its cause.
  Result<void> take_all() {
    const auto until = Clock::now() + kWholeWithin;
    while (!is_stopping) {
      auto taken = take();
      if (!taken) return std::move(taken).error();
      if (archiver_.is_whole() || (*taken == 0 && Clock::now() > until)) break;
      if (*taken == 0) std::this_thread::sleep_for(kBetweenLooks);
    }
    return close();
  }

  Result<void> follow() {
    auto closes_at = Clock::now() + std::chrono::seconds{settings_.every_seconds};
    while (!is_stopping) {
      const auto taken = take();
      if (!taken) {  // the log may be gone: what was taken of it is finished, and may be put back
        if (auto closed = close(); !closed) return closed;
        return taken.error();
      }
      if (Clock::now() >= closes_at && archiver_.is_whole()) {
        if (auto closed = close(); !closed) return closed;
        closes_at = Clock::now() + std::chrono::seconds{settings_.every_seconds};
      }
      if (*taken == 0) std::this_thread::sleep_for(kBetweenLooks);
    }
    return close();
  }

 private:
  /// A log that does not answer for a while is asked again, where it is followed.
  Result<std::uint64_t> take() {
    if (auto seen = beside_.catch_up_durably(); !seen) return seen.error();
    auto taken = archiver_.advance();
    const bool is_silent = !taken && taken.error().code == ErrorCode::Unavailable;
    if (!is_silent || !settings_.follows) return taken;
    if (!was_silent_) std::cerr << "jari archive: " << taken.error().detail << "; asking again\n";
    was_silent_ = true;
    return std::uint64_t{0};
  }

  Result<void> close() {
    was_silent_ = false;
    const auto records = archiver_.close();
    if (!records) return records.error();
    std::uint64_t all = 0;
    for (const PartitionRef where : archiver_.archive().identity().partitions()) {
      all += archiver_.archive().line(where).end();
    }
    std::cout << settings_.into << ": " << *records << " records more, " << all << " in all"
              << std::endl;
    return {};
  }

  const ArchiveSettings& settings_;
  LogBeside& beside_;
  Archiver& archiver_;
  bool was_silent_ = false;
};

int archive(const ArchiveSettings& settings) {
  for (const int number : {SIGTERM, SIGINT}) {
    std::signal(number, [](int) { is_stopping = true; });
  }
  auto beside = open_beside(settings.source);
  if (!beside) return say_why(beside.error());
  ArchiverOptions options;
  options.segment_bytes = std::uint64_t{settings.segment_mb} << 20;
  auto archiver = Archiver::open(settings.into, *beside->log, options);
  if (!archiver) return say_why(archiver.error());
  Run run(settings, *beside, **archiver);
  const auto done = settings.follows ? run.follow() : run.take_all();
  return done ? 0 : say_why(done.error());
}

}  // namespace

void add_archive(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "archive",
      "Writes the records of a log into files that `jari audit`, `replay` and `export` read with\n"
      "--archive, so that Kafka need not keep them for ever (`jari topics trim`). Runs beside the\n"
      "service, goes on where the last run ended, and changes nothing that it has finished.");
  auto settings = std::make_shared<ArchiveSettings>();
  add_setting(*command, "data", settings->source.data,
              "The data directory; with --kafka-brokers: where the keys are, unless "
              "--kafka-seal-key names them");
  add_kafka_settings(*command, settings->source.kafka);
  command->add_option("--into", settings->into, "The archive's directory; made where it is missing")
      ->required();
  auto* follow = command->add_flag("--follow", settings->follows,
                                   "Goes on until it is stopped (SIGTERM finishes what is begun)");
  command->add_option("--segment-mb", settings->segment_mb, "A file holds so much of records")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--every", settings->every_seconds,
                   "With --follow: files are finished, and found by readers, every so many seconds")
      ->capture_default_str()
      ->check(CLI::Range(1, 86'400));
  command
      ->add_flag("--check", settings->checks,
                 "Instead: reads the whole archive and prints `topic partition end chain`; exit 1 "
                 "where something is not as it was written")
      ->excludes(follow);
  command->callback([settings, &exit_code] {
    if (!settings->checks) require_log(settings->source, "--data or --kafka-brokers");
    exit_code = settings->checks ? check(*settings) : archive(*settings);
  });
}

}  // namespace jari::ops
