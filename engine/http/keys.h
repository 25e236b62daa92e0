// engine/http/keys.h — KeySet: the keys that tokens are verified with, and how one signature is.
//
// A key knows its algorithm; a token only chooses among the keys of the one it names.
//
// Errors:  BadBytes for a file that holds no key that can be used.
// Threads: a KeySet is read-only and shared; a Signatures belongs to one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/http/secret_file.h"
#include "engine/http/token.h"

struct evp_pkey_st;
struct evp_mac_ctx_st;

namespace jari::http {

inline constexpr std::size_t kSecretBytesMin = 32;  // RFC 7518, 3.2
inline constexpr int kRsaBitsMin = 2048;            // RFC 7518, 3.3

enum class Algorithm : std::uint8_t { HS256 = 1, RS256, ES256, EdDSA };
[[nodiscard]] std::optional<Algorithm> algorithm_named(std::string_view name);
[[nodiscard]] std::string_view to_text(Algorithm algorithm);

struct FreeKey {
  void operator()(evp_pkey_st* key) const;
};
struct FreeMac {
  void operator()(evp_mac_ctx_st* context) const;
};
using KeyPointer = std::unique_ptr<evp_pkey_st, FreeKey>;
using MacPointer = std::unique_ptr<evp_mac_ctx_st, FreeMac>;

struct VerifyKey {
  Algorithm algorithm{};
  std::string id;         // `kid`; may be empty
  std::string secret;     // HS256
  KeyPointer public_key;  // the others
};

struct KeySet {
  std::vector<VerifyKey> keys;
};

/// One line: base64url of the key's bytes.
[[nodiscard]] Result<VerifyKey> parse_secret(std::string_view line);
/// Keys of other kinds, uses or algorithms are left out.
[[nodiscard]] Result<std::vector<VerifyKey>> parse_jwks(std::string_view json);

/// HMAC-SHA256 with a key set up once.
[[nodiscard]] MacPointer make_mac(std::string_view secret);
[[nodiscard]] Sha256 mac_of(evp_mac_ctx_st& context, std::string_view text);

/// Checks signatures with contexts kept from call to call.
class Signatures {
 public:
  explicit Signatures(const KeySet& keys);
  /// `key` is an index of the set.
  [[nodiscard]] bool is_good(std::size_t key, std::string_view text, std::string_view signature);

 private:
  const KeySet& keys_;
  std::vector<MacPointer> macs_;
};

struct Keys::Parts {
  KeyFiles files;
  FileStamp hs256_seen;
  FileStamp jwks_seen;
  std::mutex mutex;                       // of `set`
  std::shared_ptr<const KeySet> set;      // each verifier is another owner
  std::atomic<std::uint64_t> generation;  // counts the sets, so that most calls need no lock
};

}  // namespace jari::http
