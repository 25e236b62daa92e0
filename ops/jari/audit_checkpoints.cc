#include "ops/jari/audit_checkpoints.h"

#include <algorithm>
#include <iostream>

#include "engine/base/printable.h"
#include "ops/jari/progress.h"

namespace jari::ops {

void AuditCheckpoints::add_options(CLI::App& command) {
  auto* files = command.add_option(
      "--checkpoint", files_,
      "What `jari checkpoint` printed earlier: proves that the log still begins so. May be given\n"
      "more than once. Reads the log once more, as far as they go; not with --export");
  add_public_key(command, public_key_)->needs(files);
  files->allow_extra_args(false);
}

Result<void> AuditCheckpoints::read() {
  for (const std::string& file : files_) {
    auto one = read_checkpoint_file(file, public_key_);
    if (!one) return one.error();
    read_.push_back(std::move(*one));
  }
  return {};
}

Result<void> AuditCheckpoints::compare(Log& log) {
  if (read_.empty()) return {};
  const auto first = proof::first_incarnation(log, wait_for_records);
  if (!first) return first.error();
  std::vector<proof::Checkpoint> checkpoints;
  for (const CheckpointFile& one : read_) {
    if (auto is_of = proof::check_is_of(one.checkpoint, log.identity(), *first); !is_of) {
      return Error{is_of.error().code, one.file + ": " + is_of.error().detail};
    }
    checkpoints.push_back(one.checkpoint);
  }
  Progress progress("jari audit: up to the checkpoints");
  auto found = proof::differences(
      log, checkpoints, wait_for_records,
      [&](std::uint64_t read, std::uint64_t all) { progress.tell(read, read, all); });
  progress.finish();
  if (!found) return found.error();
  differences_ = std::move(*found);
  return {};
}

void AuditCheckpoints::add_to(audit::Report& report) const {
  if (read_.empty()) return;
  std::uint64_t partitions = 0;
  for (const CheckpointFile& one : read_) partitions += one.checkpoint.partitions.size();
  report.checked(audit::Rule::Checkpoint, partitions);
  for (const proof::Difference& one : differences_) {
    report.break_rule(audit::Rule::Checkpoint, {one.where, one.offset}, one.why);
  }
  for (std::size_t number = 0; number < read_.size(); ++number) {
    const CheckpointFile& one = read_[number];
    audit::Published published{one.checkpoint.time,
                               one.checkpoint.records(),
                               to_hex(Bytes(proof::hash_of(one.checkpoint))),
                               {},
                               one.signed_by,
                               one.key_hash,
                               is_extended(number)};
    for (const auto& signature : one.signatures) {
      published.signatures.push_back({signature.name, to_hex(bytes_of(signature.key_id))});
    }
    report.add_checkpoint(std::move(published));
  }
}

bool AuditCheckpoints::is_extended(std::size_t number) const {
  return std::none_of(differences_.begin(), differences_.end(),
                      [&](const auto& one) { return one.checkpoint == number; });
}

void AuditCheckpoints::say() const {
  for (std::size_t number = 0; number < read_.size(); ++number) {
    const CheckpointFile& one = read_[number];
    if (is_extended(number)) {
      std::cout << "ok: extends the checkpoint of " << to_text(one.checkpoint.time) << ", "
                << one.checkpoint.records() << " records";
      if (!one.signed_by.empty()) std::cout << ", signed by " << printable(one.signed_by);
      std::cout << '\n';
    }
    if (one.signed_by.empty()) {
      std::cerr << one.file << ": who signed it was not looked at (--public-key)\n";
    }
  }
}

}  // namespace jari::ops
