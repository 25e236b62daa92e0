#include "ops/jari/checkpoint_file.h"

#include "engine/base/printable.h"
#include "engine/http/secret_file.h"
#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

Error of_file(const std::string& file, const Error& error) {
  return {error.code, file + ": " + error.detail};
}

Result<proof::PublicKey> read_public_key(const std::string& file) {
  const auto text = read_text_file(file);
  if (!text) return text.error();
  auto key = proof::parse_public_key(*text);
  if (!key) return of_file(file, key.error());
  return key;
}

/// Whatever name a checkpoint gives it.
Result<proof::PublicKey> own_public_key(const std::string& data) {
  const auto pem = http::read_key_file(checkpoint_key_file(data));
  if (!pem) return pem.error();
  const auto key = proof::NoteKey::from_pem(*pem, "own");
  if (!key) return key.error();
  return proof::PublicKey{{}, key->public_key().bytes};
}

Result<std::string> signer_of(const proof::SignedNote& note, const proof::PublicKey& key,
                              const std::string& public_key) {
  switch (proof::signing_of(note, key)) {
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
    if (proof::signing_of({note.text, {one}}, key) == proof::Signing::Good) return one.name;
  }
  return std::string{};
}

}  // namespace

std::string checkpoint_key_file(const std::string& data) {
  return data + "/keys/checkpoint.pem";
}

Result<CheckpointFile> read_checkpoint_file(const std::string& file, const std::string& public_key,
                                            const std::string& own) {
  const auto text = read_text_file(file);
  if (!text) return text.error();
  const auto note = proof::parse_note(*text);
  if (!note) return of_file(file, note.error());
  auto checkpoint = proof::parse_checkpoint(note->text);
  if (!checkpoint) return of_file(file, checkpoint.error());
  CheckpointFile read{file, std::move(*checkpoint), note->signatures, {}, {}};
  const bool is_asked = !public_key.empty();
  if (!is_asked && own.empty()) return read;
  const auto key = is_asked ? read_public_key(public_key) : own_public_key(own);
  if (!key && !is_asked) return read;  // it has none, or none that we may read
  if (!key) return of_file(file, key.error());
  auto signer = signer_of(*note, *key, public_key);
  const bool is_anothers = !signer && signer.error().code == ErrorCode::LogMismatch;
  if (is_anothers && !is_asked) return read;
  if (!signer) return of_file(file, signer.error());
  read.signed_by = std::move(*signer);
  read.key_hash = to_hex(Bytes(sha256(key->bytes)));
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
