// engine/log/archive/archived_log.h — ArchivedLog: what was archived of a log, read as that log;
// and behind it what the log itself still has.
//
// Takes no records. Alone, it ends where its partitions belong together (Archive::ends); with the
// log behind it, where that ends. Each partition is read in its order, one after the other, also
// of a log of one writer, which gives them in the order of its commits.
//
// Errors:  as Archive and the log have them; BadArgument for an append.
// Threads: as Log says.
#pragma once

#include <memory>

#include "engine/log/archive/archive.h"

namespace jari {

class ArchivedLog final : public Log {
 public:
  /// `live`: the log that it is of; LogMismatch where it is another.
  [[nodiscard]] static Result<std::unique_ptr<ArchivedLog>> open(
      const std::string& dir, std::unique_ptr<Log> live = nullptr);

  [[nodiscard]] const LogIdentity& identity() const override { return archive_->identity(); }
  [[nodiscard]] LogWriters writers() const override { return archive_->writers(); }
  void append(LogBatch batch, Done done) override;
  void flush() override {}
  [[nodiscard]] Offset end(PartitionRef where) const override { return ends(where).end; }
  [[nodiscard]] LogEnds ends(PartitionRef where) const override;
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override;

 private:
  ArchivedLog(std::unique_ptr<Archive> archive, std::unique_ptr<Log> live)
      : archive_(std::move(archive)), live_(std::move(live)) {}
  [[nodiscard]] Result<void> read_live(std::span<const LogPlace> from, const Visit& visit);

  std::unique_ptr<Archive> archive_;
  std::unique_ptr<Log> live_;
};

}  // namespace jari
