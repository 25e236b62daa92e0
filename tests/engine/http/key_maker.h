// tests/engine/http/key_maker.h — key pairs and tokens made with OpenSSL directly, and a folder of
// its own for each test.
//
// Shares no code with what it tests but base64url.
//
// Errors:  an OpenSSL or a disk that fails stops the test (CHECK).
// Threads: one.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace jari::http::testing {

/// A folder that goes with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(std::string_view name) const;
  /// Writes a file beside it and renames it over, as a careful operator does.
  std::string put(std::string_view name, std::string_view content) const;

 private:
  std::string path_;
};

[[nodiscard]] std::string content_of(const std::string& file);

struct KeyPair {
  std::string algorithm;             // RS256, ES256, EdDSA
  std::shared_ptr<evp_pkey_st> key;  // copied freely by tests
  std::string public_members;        // of its JWK: `"kty":…,` and what makes the key
  [[nodiscard]] std::string jwk(std::string_view more = "") const;  // more: `,"kid":"a"`
};
[[nodiscard]] KeyPair make_rsa(int bits = 2048);
[[nodiscard]] KeyPair make_p256();
[[nodiscard]] KeyPair make_ed25519();
[[nodiscard]] std::string jwks_of(std::string_view jwks);  // comma-separated
/// The public key as PEM, as an attacker would use it for a secret.
[[nodiscard]] std::string public_pem(const KeyPair& pair);

[[nodiscard]] std::string encoded(std::string_view text);
/// header.payload.signature, signed by the pair.
[[nodiscard]] std::string token_of(const KeyPair& pair, std::string_view header,
                                   std::string_view payload);
/// The same with HMAC-SHA256.
[[nodiscard]] std::string hs_token(std::string_view secret, std::string_view header,
                                   std::string_view payload);

}  // namespace jari::http::testing
