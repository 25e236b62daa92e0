#include "tests/engine/http/key_maker.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "engine/base/check.h"
#include "engine/http/base64url.h"

namespace jari::http::testing {
namespace {

std::string text_of_bytes(const unsigned char* bytes, std::size_t length) {
  return {reinterpret_cast<const char*>(bytes), length};
}

std::string number_member(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  std::vector<unsigned char> bytes(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, bytes.data());
  BN_free(number);
  return encoded(text_of_bytes(bytes.data(), bytes.size()));
}

std::string raw_of_der(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* const both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  CHECK(both != nullptr);
  std::array<unsigned char, 64> raw{};
  BN_bn2binpad(ECDSA_SIG_get0_r(both), raw.data(), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(both), raw.data() + 32, 32);
  ECDSA_SIG_free(both);
  return text_of_bytes(raw.data(), raw.size());
}

std::shared_ptr<evp_pkey_st> shared(EVP_PKEY* key) {
  CHECK(key != nullptr);
  return {key, [](EVP_PKEY* old) { EVP_PKEY_free(old); }};
}

}  // namespace

Folder::Folder() {
  std::string name = std::filesystem::temp_directory_path() / "jari-http-XXXXXX";
  CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}
Folder::~Folder() {
  std::filesystem::remove_all(path_);
}
std::string Folder::file(std::string_view name) const {
  return path_ + "/" + std::string{name};
}

std::string Folder::put(std::string_view name, std::string_view content) const {
  const std::string draft = file(name) + ".draft";
  std::ofstream{draft} << content;
  std::filesystem::rename(draft, file(name));
  return file(name);
}

std::string content_of(const std::string& file) {
  std::ostringstream out;
  out << std::ifstream{file}.rdbuf();
  return out.str();
}

std::string KeyPair::jwk(std::string_view more) const {
  return "{" + public_members + std::string{more} + "}";
}

KeyPair make_rsa(int bits) {
  const auto key =
      shared(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)));
  return {"RS256", key,
          R"("kty":"RSA","n":")" + number_member(key.get(), OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
              number_member(key.get(), OSSL_PKEY_PARAM_RSA_E) + "\""};
}

KeyPair make_p256() {
  const auto key = shared(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  std::array<unsigned char, 65> point{};
  std::size_t length = 0;
  CHECK(EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                        point.size(), &length) == 1 &&
        length == point.size());
  return {"ES256", key,
          R"("kty":"EC","crv":"P-256","x":")" + encoded(text_of_bytes(point.data() + 1, 32)) +
              R"(","y":")" + encoded(text_of_bytes(point.data() + 33, 32)) + "\""};
}

KeyPair make_ed25519() {
  const auto key = shared(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  std::array<unsigned char, 32> bytes{};
  std::size_t length = bytes.size();
  CHECK(EVP_PKEY_get_raw_public_key(key.get(), bytes.data(), &length) == 1);
  return {
      "EdDSA", key,
      R"("kty":"OKP","crv":"Ed25519","x":")" + encoded(text_of_bytes(bytes.data(), length)) + "\""};
}

std::string jwks_of(std::string_view jwks) {
  return R"({"keys":[)" + std::string{jwks} + "]}";
}

std::string public_pem(const KeyPair& pair) {
  BIO* const bio = BIO_new(BIO_s_mem());
  CHECK(PEM_write_bio_PUBKEY(bio, pair.key.get()) == 1);
  std::array<char, 2048> text{};
  const int length = BIO_read(bio, text.data(), static_cast<int>(text.size()));
  BIO_free(bio);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string encoded(std::string_view text) {
  return base64url_encode(bytes_of(text));
}

std::string token_of(const KeyPair& pair, std::string_view header, std::string_view payload) {
  const std::string text = encoded(header) + "." + encoded(payload);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const EVP_MD* const digest = pair.algorithm == "EdDSA" ? nullptr : EVP_sha256();
  CHECK(EVP_DigestSignInit(context, nullptr, digest, nullptr, pair.key.get()) == 1);
  std::array<unsigned char, 1024> bytes{};
  std::size_t length = bytes.size();
  CHECK(EVP_DigestSign(context, bytes.data(), &length,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
  EVP_MD_CTX_free(context);
  std::string signature = text_of_bytes(bytes.data(), length);
  if (pair.algorithm == "ES256") signature = raw_of_der(signature);
  return text + "." + encoded(signature);
}

std::string hs_token(std::string_view secret, std::string_view header, std::string_view payload) {
  const std::string text = encoded(header) + "." + encoded(payload);
  std::array<unsigned char, 32> mac{};
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &length);
  return text + "." + encoded(text_of_bytes(mac.data(), length));
}

}  // namespace jari::http::testing
