#include "ops/jari/checkpoint_file.h"

#include "engine/base/printable.h"
#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

Error of_file(const std::string& file, const Error& error) {
  return {error.code, file + ": " + error.detail};
}

Result<std::string> signer_of(const proof::SignedNote& note, const std::string& public_key) {
  const auto text = read_text_file(public_key);
  if (!text) return text.error();
  const auto key = proof::parse_public_key(*text);
  if (!key) return of_file(public_key, key.error());
  switch (proof::signing_of(note, *key)) {
    case proof::Signing::Good:
      break;
    case proof::Signing::Wrong:
      return Error{ErrorCode::DigestMismatch,
                   "its signature is not of this text: one of them was altered"};
    case proof::Signing::Absent:
      return Error{ErrorCode::LogMismatch, "it is not signed with the key of " + public_key +
                                               " but by " +
                                               printable(note.signatures.front().name)};
  }
  for (const auto& one : note.signatures) {
    if (proof::signing_of({note.text, {one}}, *key) == proof::Signing::Good) return one.name;
  }
  return std::string{};
}

}  // namespace

std::string checkpoint_key_file(const std::string& data) {
  return data + "/keys/checkpoint.pem";
}

Result<CheckpointFile> read_checkpoint_file(const std::string& file,
                                            const std::string& public_key) {
  const auto text = read_text_file(file);
  if (!text) return text.error();
  const auto note = proof::parse_note(*text);
  if (!note) return of_file(file, note.error());
  auto checkpoint = proof::parse_checkpoint(note->text);
  if (!checkpoint) return of_file(file, checkpoint.error());
  CheckpointFile read{file, std::move(*checkpoint), {}};
  if (public_key.empty()) return read;
  auto signer = signer_of(*note, public_key);
  if (!signer) return of_file(file, signer.error());
  read.signed_by = std::move(*signer);
  return read;
}

int exit_code_of(const Error& error) {
  return error.code == ErrorCode::BadBytes || error.code == ErrorCode::Io ? 2 : 1;
}

CLI::Option* add_public_key(CLI::App& command, std::string& file) {
  return command.add_option("--public-key", file,
                            "Who must have signed the checkpoint: a file with what `jari "
                            "checkpoint key` printed");
}

}  // namespace jari::ops
