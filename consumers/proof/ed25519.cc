#include "consumers/proof/ed25519.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "engine/base/check.h"

namespace jari::proof::ed25519 {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPointer = std::unique_ptr<BIO, FreeBio>;
struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestPointer = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

const unsigned char* raw(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

BioPointer reading(std::string_view text) {
  BioPointer bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  CHECK(bio != nullptr);
  return bio;
}

std::string written_in(BIO* bio) {
  std::array<char, 1024> text{};
  const int length = BIO_read(bio, text.data(), static_cast<int>(text.size()));
  CHECK(length > 0 && static_cast<std::size_t>(length) < text.size());
  return {text.data(), static_cast<std::size_t>(length)};
}

/// A password that a key in a file may have: none, and nobody is asked for one.
int no_password(char*, int, int, void*) {
  return -1;
}

std::optional<PrivateKey> if_ed25519(EVP_PKEY* read) {
  PrivateKey key{read};
  ERR_clear_error();
  if (key == nullptr || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) return std::nullopt;
  return key;
}

}  // namespace

void FreeKey::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

std::string draw_pem() {
  const PrivateKey key{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
  const BioPointer bio{BIO_new(BIO_s_secmem())};
  CHECK(key != nullptr && bio != nullptr);
  CHECK(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) == 1);
  return written_in(bio.get());
}

std::optional<PrivateKey> private_key_in(std::string_view pem) {
  return if_ed25519(PEM_read_bio_PrivateKey(reading(pem).get(), nullptr, no_password, nullptr));
}

std::optional<PublicBytes> public_key_in(std::string_view pem) {
  const auto key =
      if_ed25519(PEM_read_bio_PUBKEY(reading(pem).get(), nullptr, no_password, nullptr));
  if (!key) return std::nullopt;
  return public_half(*key);
}

PublicBytes public_half(const PrivateKey& key) {
  PublicBytes bytes{};
  std::size_t length = bytes.size();
  CHECK(EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                    &length) == 1);
  return bytes;
}

std::string public_pem(const PrivateKey& key) {
  const BioPointer bio{BIO_new(BIO_s_mem())};
  CHECK(bio != nullptr && PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1);
  return written_in(bio.get());
}

Signature sign(const PrivateKey& key, Bytes bytes) {
  const DigestPointer context{EVP_MD_CTX_new()};
  Signature signature{};
  std::size_t length = signature.size();
  CHECK(context != nullptr);
  CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                       raw(bytes), bytes.size()) == 1);
  return signature;
}

bool is_signed(const PublicBytes& key, Bytes bytes, Bytes signature) {
  const PrivateKey read{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(key), key.size())};
  const DigestPointer context{EVP_MD_CTX_new()};
  CHECK(context != nullptr);
  const bool is_good =
      read != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, read.get()) == 1 &&
      EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(bytes), bytes.size()) ==
          1;
  if (!is_good) ERR_clear_error();
  return is_good;
}

}  // namespace jari::proof::ed25519
