#include <memory>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "engine/base/check.h"
#include "engine/http/base64url.h"
#include "engine/http/json_reader.h"
#include "engine/http/keys.h"

namespace jari::http {
namespace {

constexpr std::size_t kP256Bytes = 32;

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* made) const {
    Free(made);
  }
};
using Builder = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string_view text_member(const JsonValue& jwk, std::string_view name) {
  const auto value = jwk.member(name);
  return value ? value->text().value_or(std::string_view{}) : std::string_view{};
}

std::string bytes_member(const JsonValue& jwk, std::string_view name) {
  return base64url_decode(text_member(jwk, name)).value_or(std::string{});
}

KeyPointer key_from(const char* kind, OSSL_PARAM_BLD* builder) {
  const Params params{OSSL_PARAM_BLD_to_param(builder)};
  const Context context{EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr)};
  EVP_PKEY* made = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  KeyPointer key{made};
  const Context check{EVP_PKEY_CTX_new_from_pkey(nullptr, made, nullptr)};
  if (check == nullptr || EVP_PKEY_public_check(check.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return key;
}

KeyPointer rsa_key(const JsonValue& jwk) {
  const std::string modulus = bytes_member(jwk, "n");
  const std::string exponent = bytes_member(jwk, "e");
  if (modulus.empty() || exponent.empty()) return nullptr;
  const Builder builder{OSSL_PARAM_BLD_new()};
  const Number n{BN_bin2bn(raw(modulus), static_cast<int>(modulus.size()), nullptr)};
  const Number e{BN_bin2bn(raw(exponent), static_cast<int>(exponent.size()), nullptr)};
  CHECK(builder != nullptr && n != nullptr && e != nullptr);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  KeyPointer key = key_from("RSA", builder.get());
  if (key != nullptr && EVP_PKEY_get_bits(key.get()) < kRsaBitsMin) return nullptr;
  return key;
}

KeyPointer p256_key(const JsonValue& jwk) {
  const std::string x = bytes_member(jwk, "x");
  const std::string y = bytes_member(jwk, "y");
  if (text_member(jwk, "crv") != "P-256" || x.size() != kP256Bytes || y.size() != kP256Bytes) {
    return nullptr;
  }
  const std::string point = '\x04' + x + y;  // SEC 1, uncompressed
  const Builder builder{OSSL_PARAM_BLD_new()};
  CHECK(builder != nullptr);
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return key_from("EC", builder.get());
}

KeyPointer ed25519_key(const JsonValue& jwk) {
  const std::string x = bytes_member(jwk, "x");
  if (text_member(jwk, "crv") != "Ed25519") return nullptr;
  KeyPointer key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(x), x.size())};
  if (key == nullptr) ERR_clear_error();
  return key;
}

/// A key that can verify, or one with no public_key.
VerifyKey read_key(const JsonValue& jwk) {
  VerifyKey key;
  const std::string_view use = text_member(jwk, "use");
  const std::string_view kind = text_member(jwk, "kty");
  if (!use.empty() && use != "sig") return key;
  if (kind == "RSA") {
    key.algorithm = Algorithm::RS256;
    key.public_key = rsa_key(jwk);
  } else if (kind == "EC") {
    key.algorithm = Algorithm::ES256;
    key.public_key = p256_key(jwk);
  } else if (kind == "OKP") {
    key.algorithm = Algorithm::EdDSA;
    key.public_key = ed25519_key(jwk);
  }
  const std::string_view named = text_member(jwk, "alg");
  if (key.public_key != nullptr && !named.empty() && named != to_text(key.algorithm)) {
    key.public_key.reset();
  }
  key.id = text_member(jwk, "kid");
  return key;
}

}  // namespace

Result<std::vector<VerifyKey>> parse_jwks(std::string_view json) {
  const auto document = parse_json(json);
  if (!document) return document.error();
  const auto listed = document->root().member("keys");
  if (!listed || !listed->is_array()) {
    return Error{ErrorCode::BadBytes, "it has no array \"keys\", as RFC 7517 wants it"};
  }
  std::vector<VerifyKey> keys;
  for (const JsonValue jwk : listed->elements()) {
    if (VerifyKey key = read_key(jwk); key.public_key != nullptr) keys.push_back(std::move(key));
  }
  if (keys.empty() && listed->size() > 0) {
    return Error{ErrorCode::BadBytes,
                 "none of its keys is a public RSA key of 2048 bits or more, P-256 or Ed25519"};
  }
  return keys;
}

}  // namespace jari::http
