// ops/jari/audit_checkpoints.h — the published checkpoints that an audit holds its log against.
//
// Errors:  as checkpoint_file.h, and LogMismatch for a checkpoint of another log. That the log no
//          longer extends one is a line of the report.
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "consumers/audit/report.h"
#include "consumers/proof/log_marks.h"
#include "ops/jari/checkpoint_file.h"
#include "ops/jari/log_source.h"

namespace jari::ops {

class AuditCheckpoints {
 public:
  /// Adds --checkpoint and --public-key. It must stay where it is then.
  void add_options(CLI::App& command);
  [[nodiscard]] bool is_empty() const { return files_.empty(); }
  /// Reads the files.
  [[nodiscard]] Result<void> read();
  /// Reads the log once more, as far as they go, and shows on stderr how far it is. Nothing where
  /// none is named.
  [[nodiscard]] Result<void> compare(Log& log);
  void add_to(audit::Report& report) const;
  /// What they prove, on stdout; whether somebody has signed them, on stderr.
  void say() const;

 private:
  [[nodiscard]] bool is_extended(std::size_t number) const;

  std::vector<std::string> files_;
  std::string public_key_;
  std::vector<CheckpointFile> read_;
  std::vector<proof::Difference> differences_;
};

}  // namespace jari::ops
