// consumers/proof/note.h — a text with signatures below it that anybody can check: the C2SP *signed
// note* (https://c2sp.org/signed-note), with Ed25519.
//
// The text, a blank line, and a line `— NAME BASE64` for each signature: 4 bytes that tell the key
// (SHA-256 of NAME, a newline, 0x01 and the public key), then the signature of the text, with the
// newline that ends it. Signatures of other keys are passed over.
//
// Units:   an Ed25519 public key is 32 bytes, a signature 64.
// Errors:  BadBytes for what is no note or no key; what a signature proves is said by is_signed_by.
// Threads: plain values; a NoteKey belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/result.h"

namespace jari::proof {

inline constexpr std::size_t kNoteBytesMax = std::size_t{4} << 20;
inline constexpr std::size_t kPublicKeyBytes = 32;
inline constexpr std::size_t kSignatureBytes = 64;

/// Not empty, no white space, no `+`: a name as a note's line has it.
[[nodiscard]] bool is_key_name(std::string_view name);

/// RFC 4648, 4: with padding. One text for each bytes.
[[nodiscard]] std::string to_base64(Bytes bytes);
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

struct SignedNote {
  struct Signature {
    std::string name;
    std::string key_id;  // 4 bytes
    std::string bytes;
  };
  std::string text;  // ends with a newline
  std::vector<Signature> signatures;
};
[[nodiscard]] Result<SignedNote> parse_note(std::string_view note);

struct PublicKey {
  std::string name;  // empty: whatever name the note gives it
  std::array<std::byte, kPublicKeyBytes> bytes{};
};
/// PEM, or a line `NAME+ID+BASE64` as other programs for notes take it; lines before either are
/// passed over.
[[nodiscard]] Result<PublicKey> parse_public_key(std::string_view text);

enum class Signing : std::uint8_t { Good = 1, Wrong = 2, Absent = 3 };
/// Absent: no signature there is of this key.
[[nodiscard]] Signing signing_of(const SignedNote& note, const PublicKey& key);

/// A key that signs.
class NoteKey {
 public:
  /// A new one, as PEM (PKCS #8).
  [[nodiscard]] static std::string draw_pem();
  [[nodiscard]] static Result<NoteKey> from_pem(std::string_view pem, std::string name);
  ~NoteKey();
  NoteKey(NoteKey&& other) noexcept;
  NoteKey& operator=(NoteKey&&) = delete;

  /// The note: `text`, which ends with a newline, and its signature.
  [[nodiscard]] std::string sign(std::string_view text) const;
  [[nodiscard]] PublicKey public_key() const;
  [[nodiscard]] std::string public_pem() const;

 private:
  struct Parts;
  explicit NoteKey(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// `NAME+ID+BASE64`.
[[nodiscard]] std::string verifier_line(const PublicKey& key);

}  // namespace jari::proof
