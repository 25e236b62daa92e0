#define OPENSSL_SUPPRESS_DEPRECATED  // SHA256_Init and its like
#include "engine/base/hmac.h"

#include <openssl/sha.h>

#include "engine/base/check.h"

namespace jari {

struct HmacSha256::Contexts {
  SHA256_CTX inner;    // the key's inner block is hashed
  SHA256_CTX outer;    // the key's outer block is
  SHA256_CTX running;  // inner, and what was fed
};

HmacSha256::HmacSha256(Bytes key) : contexts_(std::make_unique<Contexts>()) {
  constexpr std::size_t kBlock = SHA256_CBLOCK;
  Sha256 hashed{};
  if (key.size() > kBlock) {
    hashed = sha256(key);
    key = hashed;
  }
  std::array<unsigned char, kBlock> block{};
  const auto begin = [&](SHA256_CTX& context, unsigned char pad) {
    block.fill(pad);
    for (std::size_t i = 0; i < key.size(); ++i) block[i] ^= std::to_integer<unsigned char>(key[i]);
    CHECK(SHA256_Init(&context) == 1 && SHA256_Update(&context, block.data(), kBlock) == 1);
  };
  begin(contexts_->inner, 0x36);
  begin(contexts_->outer, 0x5c);
  contexts_->running = contexts_->inner;
}
HmacSha256::~HmacSha256() = default;

void HmacSha256::feed(Bytes bytes) {
  CHECK(SHA256_Update(&contexts_->running, bytes.data(), bytes.size()) == 1);
}

Sha256 HmacSha256::finish() {
  Sha256 out{};
  auto* const raw_out = reinterpret_cast<unsigned char*>(out.data());
  SHA256_CTX outer = contexts_->outer;
  CHECK(SHA256_Final(raw_out, &contexts_->running) == 1 &&
        SHA256_Update(&outer, out.data(), out.size()) == 1 && SHA256_Final(raw_out, &outer) == 1);
  contexts_->running = contexts_->inner;
  return out;
}

}  // namespace jari
