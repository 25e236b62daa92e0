// engine/http/token.h — bearer tokens: JWT (RFC 7519) verified and issued.
//
// Takes HS256, RS256, ES256 and EdDSA (Ed25519), each with a key of its own kind only. Reads no
// clock: `now` is passed in. A token is never part of an error, a log line or a file.
//
// Errors:  BadArgument for a token that is not to be believed, with the reason; BadBytes or Io for
//          a key file.
// Threads: Keys may be shared (reload_if_changed by one thread at a time); a TokenVerifier belongs
// to
//          one thread; signers may be shared.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace jari::http {

inline constexpr std::string_view kAudience = "jari";
inline constexpr seconds kTokenLeeway{60};
inline constexpr std::size_t kTokenBytesMax = 8 * 1024;

struct Claims {
  std::string subject = {};              // `sub`, never empty
  std::vector<std::string> scopes = {};  // `scope`, split at spaces
  bool is_limited_to_sites = false;      // `sites` was there, though it may be empty
  std::vector<std::string> sites = {};
  std::string actor = {};   // `act.sub`; empty = none
  Instant expires_at = {};  // `exp`
  Instant not_before = {};  // `nbf`; 0 = none

  [[nodiscard]] bool has_scope(std::string_view scope) const;
  [[nodiscard]] bool may_touch(std::string_view site) const;  // true where not limited
};

struct KeyFiles {
  std::string hs256_file = {};  // one line: base64url of the key, at least 32 bytes; empty = none
  std::string jwks_file = {};   // RFC 7517: RSA, EC P-256 and Ed25519 keys; empty = none
};

class Keys {
 public:
  /// Fails where a file named cannot be read or holds no key that can be used, or none is named.
  [[nodiscard]] static Result<std::unique_ptr<Keys>> open(KeyFiles files);
  ~Keys();
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  /// Reads the files again if they look different: true = other keys hold from now on. A bad file
  /// leaves the keys as they are and is the error, once for each change of the file.
  [[nodiscard]] Result<bool> reload_if_changed();

 private:
  friend class TokenVerifier;
  struct Parts;
  explicit Keys(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// Verifies for one thread and remembers what it verified, so that a repeated token costs a hash.
class TokenVerifier {
 public:
  /// Remembers at most `remembered_max` tokens. `keys` must outlive it.
  explicit TokenVerifier(const Keys& keys, std::size_t remembered_max = 65'536);
  ~TokenVerifier();
  TokenVerifier(const TokenVerifier&) = delete;
  TokenVerifier& operator=(const TokenVerifier&) = delete;

  /// The claims, good until the next call.
  [[nodiscard]] Result<const Claims*> verify(std::string_view token, Instant now);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// `Bearer TOKEN` of an Authorization header (the word in any case), or empty.
[[nodiscard]] std::string_view bearer_token(std::string_view authorization);

/// Makes the file with a new random key, mode 0600, unless it is there. True = made.
[[nodiscard]] Result<bool> make_hs256_file(const std::string& file);
/// A token signed with the key of that file, good from `now` for `ttl`. Fields left empty are left
/// out; expires_at and not_before are not used.
[[nodiscard]] Result<std::string> issue_hs256(const std::string& file, const Claims& claims,
                                              Instant now, seconds ttl);

/// Signs what others must be able to verify: EdDSA with a key pair kept in a file (PEM, 0600).
class TokenSigner {
 public:
  /// Reads the file, or makes the pair and the file on the first start.
  [[nodiscard]] static Result<std::unique_ptr<TokenSigner>> open(const std::string& file);
  ~TokenSigner();
  TokenSigner(const TokenSigner&) = delete;
  TokenSigner& operator=(const TokenSigner&) = delete;

  /// A JWT with that payload, a JSON object. Takes some 60 µs.
  [[nodiscard]] std::string sign(std::string_view payload_json) const;
  /// The public half: `{"keys":[…]}`.
  [[nodiscard]] const std::string& jwks() const;

 private:
  struct Parts;
  explicit TokenSigner(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace jari::http
