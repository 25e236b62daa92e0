#include "engine/log/simulated/simulated_log.h"
#include "tests/engine/log/archive_world.h"
#include "tests/engine/log/log_conformance.h"

namespace jari {
namespace {

/// What is read comes from the archive and then from the log; what is appended goes to the log.
class ReadThroughArchive final : public Log {
 public:
  ReadThroughArchive(const std::string& dir, Log& live) : dir_(dir), live_(live) { archive(); }
  void archive() {
    must_archive(dir_, live_, 4'096);
    archived_ = open_archive(dir_, &live_);
  }
  [[nodiscard]] const LogIdentity& identity() const override { return archived_->identity(); }
  [[nodiscard]] LogWriters writers() const override { return archived_->writers(); }
  void append(LogBatch batch, Done done) override {
    live_.append(std::move(batch), std::move(done));
  }
  void flush() override { live_.flush(); }
  [[nodiscard]] Offset end(PartitionRef where) const override { return archived_->end(where); }
  [[nodiscard]] LogEnds ends(PartitionRef where) const override { return archived_->ends(where); }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override {
    return archived_->read(from, visit);
  }

 private:
  std::string dir_;
  Log& live_;
  std::unique_ptr<ArchivedLog> archived_;
};

/// Half of the log is archived now and then, the rest is read from the log.
template <bool archives_all>
class ArchiveHarness final : public LogHarness {
 public:
  explicit ArchiveHarness(const LogIdentity& identity)
      : live_(identity, {.seed = 42, .delay_steps_max = 7, .mixes_partitions = false}),
        log_(directory_ / "archive", live_) {}
  Log& log() override { return log_; }
  [[nodiscard]] bool has_threads() const override { return false; }
  void settle() override {
    if (!archives_all && ++settled_ % 2 == 0) log_.archive();
    live_.settle();
    if (archives_all) log_.archive();
  }
  void reopen() override {
    live_.settle();
    log_.archive();
  }
  void crash() override {
    live_.crash();
    log_.archive();
  }

 private:
  TemporaryDirectory directory_;
  SimulatedLog live_;
  ReadThroughArchive log_;
  int settled_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Archive, LogConformance,
                         ::testing::Values(log_kind<ArchiveHarness<true>>("Whole"),
                                           log_kind<ArchiveHarness<false>>("WithTheTailInTheLog")),
                         name_of);

}  // namespace
}  // namespace jari
