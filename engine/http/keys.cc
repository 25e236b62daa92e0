#include "engine/http/keys.h"

#include <array>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "engine/base/check.h"
#include "engine/http/base64url.h"

namespace jari::http {
namespace {

constexpr std::size_t kEs256Bytes = 64;
constexpr std::size_t kEd25519Bytes = 64;

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestPointer = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// JWT has r and s side by side (RFC 7518, 3.4); OpenSSL wants them as DER.
std::string der_of(std::string_view signature) {
  struct FreeSignature {
    void operator()(ECDSA_SIG* made) const { ECDSA_SIG_free(made); }
  };
  const std::unique_ptr<ECDSA_SIG, FreeSignature> made{ECDSA_SIG_new()};
  constexpr int kHalf = kEs256Bytes / 2;
  BIGNUM* const r = BN_bin2bn(raw(signature), kHalf, nullptr);
  BIGNUM* const s = BN_bin2bn(raw(signature.substr(kHalf)), kHalf, nullptr);
  CHECK(made != nullptr && r != nullptr && s != nullptr);
  CHECK(ECDSA_SIG_set0(made.get(), r, s) == 1);
  std::array<unsigned char, 80> out{};
  unsigned char* at = out.data();
  const int length = i2d_ECDSA_SIG(made.get(), &at);
  CHECK(length > 0 && static_cast<std::size_t>(length) <= out.size());
  return {reinterpret_cast<const char*>(out.data()), static_cast<std::size_t>(length)};
}

bool is_good_for(const VerifyKey& key, std::string_view text, std::string_view signature) {
  std::string der;
  if (key.algorithm == Algorithm::ES256) {
    if (signature.size() != kEs256Bytes) return false;
    der = der_of(signature);
    signature = der;
  }
  if (key.algorithm == Algorithm::EdDSA && signature.size() != kEd25519Bytes) return false;
  const DigestPointer context{EVP_MD_CTX_new()};
  CHECK(context != nullptr);
  const char* const digest = key.algorithm == Algorithm::EdDSA ? nullptr : "SHA256";
  const bool is_ready = EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr,
                                                key.public_key.get(), nullptr) == 1;
  const bool is_good = is_ready && EVP_DigestVerify(context.get(), raw(signature), signature.size(),
                                                    raw(text), text.size()) == 1;
  if (!is_good) ERR_clear_error();
  return is_good;
}

}  // namespace

void FreeKey::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}
void FreeMac::operator()(evp_mac_ctx_st* context) const {
  EVP_MAC_CTX_free(context);
}

std::optional<Algorithm> algorithm_named(std::string_view name) {
  for (const Algorithm one :
       {Algorithm::HS256, Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA}) {
    if (to_text(one) == name) return one;
  }
  return std::nullopt;
}

std::string_view to_text(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::HS256:
      return "HS256";
    case Algorithm::RS256:
      return "RS256";
    case Algorithm::ES256:
      return "ES256";
    case Algorithm::EdDSA:
      return "EdDSA";
  }
  return {};
}

Result<VerifyKey> parse_secret(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  auto secret = base64url_decode(line);
  if (!secret) {
    return Error{ErrorCode::BadBytes, "it is not one line of base64url without padding"};
  }
  if (secret->size() < kSecretBytesMin) {
    return Error{ErrorCode::BadBytes, "the key has " + std::to_string(secret->size()) +
                                          " bytes; HS256 needs at least 32"};
  }
  VerifyKey key;
  key.algorithm = Algorithm::HS256;
  key.secret = std::move(*secret);
  return key;
}

MacPointer make_mac(std::string_view secret) {
  static EVP_MAC* const method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  MacPointer context{EVP_MAC_CTX_new(method)};
  CHECK(context != nullptr);
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 2> settings{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_end()};
  CHECK(EVP_MAC_init(context.get(), raw(secret), secret.size(), settings.data()) == 1);
  return context;
}

Sha256 mac_of(evp_mac_ctx_st& context, std::string_view text) {
  Sha256 mac{};
  std::size_t length = 0;
  CHECK(EVP_MAC_init(&context, nullptr, 0, nullptr) == 1);
  CHECK(EVP_MAC_update(&context, raw(text), text.size()) == 1);
  CHECK(EVP_MAC_final(&context, reinterpret_cast<unsigned char*>(mac.data()), &length,
                      mac.size()) == 1);
  CHECK(length == mac.size());
  return mac;
}

Signatures::Signatures(const KeySet& keys) : keys_(keys) {
  for (const VerifyKey& key : keys_.keys) {
    macs_.push_back(key.algorithm == Algorithm::HS256 ? make_mac(key.secret) : nullptr);
  }
}

bool Signatures::is_good(std::size_t key, std::string_view text, std::string_view signature) {
  if (keys_.keys[key].algorithm != Algorithm::HS256) {
    return is_good_for(keys_.keys[key], text, signature);
  }
  const Sha256 expected = mac_of(*macs_[key], text);
  return signature.size() == expected.size() &&
         CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
}

}  // namespace jari::http
