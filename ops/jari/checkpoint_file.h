// ops/jari/checkpoint_file.h — checkpoints as files: read with whatever proves who signed them, and
// where the key that signs them is kept.
//
// Errors:  Io, BadBytes: the file cannot be read or is no checkpoint (or no key), wrong usage.
//          DigestMismatch, LogMismatch: it is one, altered or not signed with that key, refused.
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "consumers/proof/checkpoint.h"
#include "consumers/proof/note.h"

namespace jari::ops {

/// DIR/keys/checkpoint.pem.
[[nodiscard]] std::string checkpoint_key_file(const std::string& data);

struct CheckpointFile {
  std::string file;
  proof::Checkpoint checkpoint;
  std::vector<proof::SignedNote::Signature> signatures;  // as it has them, whoever made them
  std::string signed_by;  // the name of the key that signed it; empty: that was not asked
  std::string key_hash;   // SHA-256 of that key, hex
};
/// `public_key`: a file; empty: nobody asks who signed it. But one that names the key of the data
/// directory `own` must be signed with it; empty: there is none.
[[nodiscard]] Result<CheckpointFile> read_checkpoint_file(const std::string& file,
                                                          const std::string& public_key,
                                                          const std::string& own = {});

/// 2 where what was named is not what it should be, 1 where it is and was refused.
[[nodiscard]] int exit_code_of(const Error& error);

/// Adds --public-key.
CLI::Option* add_public_key(CLI::App& command, std::string& file);

}  // namespace jari::ops
