#include <array>
#include <memory>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/http/base64url.h"
#include "engine/http/json_writer.h"
#include "engine/http/keys.h"
#include "engine/http/token.h"

namespace jari::http {
namespace {

constexpr std::size_t kPublicBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPointer = std::unique_ptr<BIO, FreeBio>;

std::string pem_of(EVP_PKEY* key) {
  const BioPointer bio{BIO_new(BIO_s_secmem())};
  CHECK(bio != nullptr);
  CHECK(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::array<char, 1024> text{};
  const int length = BIO_read(bio.get(), text.data(), static_cast<int>(text.size()));
  CHECK(length > 0 && static_cast<std::size_t>(length) < text.size());
  return {text.data(), static_cast<std::size_t>(length)};
}

KeyPointer key_of(const std::string& pem) {
  const BioPointer bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  CHECK(bio != nullptr);
  KeyPointer key{PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)};
  if (key == nullptr) ERR_clear_error();
  return key;
}

std::string public_half(EVP_PKEY* key) {
  std::array<std::byte, kPublicBytes> bytes{};
  std::size_t length = bytes.size();
  CHECK(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(bytes.data()), &length) ==
        1);
  return base64url_encode(bytes);
}

/// RFC 7638: the hash of the members that make the key, in their order.
std::string thumbprint(const std::string& x) {
  return base64url_encode(sha256(bytes_of(R"({"crv":"Ed25519","kty":"OKP","x":")" + x + R"("})")));
}

}  // namespace

struct TokenSigner::Parts {
  KeyPointer key;
  std::string head;  // encoded, with its dot
  std::string jwks;
};

TokenSigner::TokenSigner(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TokenSigner::~TokenSigner() = default;

Result<std::unique_ptr<TokenSigner>> TokenSigner::open(const std::string& file) {
  auto pem = read_key_file(file);
  if (!pem && pem.error().code == ErrorCode::NotFound) {
    const KeyPointer made{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
    CHECK(made != nullptr);
    const auto is_new = make_secret_file(file, pem_of(made.get()));
    if (!is_new) return is_new.error();
    pem = read_key_file(file);  // ours, or that of whoever was quicker
  }
  if (!pem) return pem.error();
  auto parts = std::make_unique<Parts>();
  parts->key = key_of(*pem);
  if (parts->key == nullptr || EVP_PKEY_get_id(parts->key.get()) != EVP_PKEY_ED25519) {
    return Error{ErrorCode::BadBytes,
                 file +
                     " is not an Ed25519 private key in PEM; put the right one back, or remove "
                     "it to have a new one made"};
  }
  const std::string x = public_half(parts->key.get());
  const std::string id = thumbprint(x);
  parts->head = base64url_encode(bytes_of(R"({"alg":"EdDSA","typ":"JWT","kid":")" + id + R"("})"));
  parts->head.push_back('.');
  JsonWriter json{parts->jwks};
  json.begin_object().key("keys").begin_array().begin_object();
  json.field("kty", "OKP").field("crv", "Ed25519").field("x", x);
  json.field("kid", id).field("use", "sig").field("alg", "EdDSA");
  json.end_object().end_array().end_object();
  return std::unique_ptr<TokenSigner>{new TokenSigner{std::move(parts)}};
}

std::string TokenSigner::sign(std::string_view payload_json) const {
  struct FreeDigest {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::string token = parts_->head + base64url_encode(bytes_of(payload_json));
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context{EVP_MD_CTX_new()};
  std::array<std::byte, kSignatureBytes> signature{};
  std::size_t length = signature.size();
  CHECK(context != nullptr);
  CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, parts_->key.get()) == 1);
  CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                       reinterpret_cast<const unsigned char*>(token.data()), token.size()) == 1);
  return token + "." + base64url_encode(signature);
}

const std::string& TokenSigner::jwks() const {
  return parts_->jwks;
}

}  // namespace jari::http
