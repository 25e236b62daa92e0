// consumers/proof/ed25519.h — Ed25519 (RFC 8032) by OpenSSL: keys in PEM, signatures of bytes.
//
// Private to consumers/proof/.
//
// Errors:  nothing for a text that holds no such key; an OpenSSL that cannot sign is a CHECK.
// Threads: a PrivateKey belongs to one thread.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/hash.h"

struct evp_pkey_st;

namespace jari::proof::ed25519 {

using PublicBytes = std::array<std::byte, 32>;
using Signature = std::array<std::byte, 64>;

struct FreeKey {
  void operator()(evp_pkey_st* key) const;
};
using PrivateKey = std::unique_ptr<evp_pkey_st, FreeKey>;

[[nodiscard]] std::string draw_pem();
[[nodiscard]] std::optional<PrivateKey> private_key_in(std::string_view pem);
[[nodiscard]] std::optional<PublicBytes> public_key_in(std::string_view pem);

[[nodiscard]] PublicBytes public_half(const PrivateKey& key);
[[nodiscard]] std::string public_pem(const PrivateKey& key);
[[nodiscard]] Signature sign(const PrivateKey& key, Bytes bytes);
[[nodiscard]] bool is_signed(const PublicBytes& key, Bytes bytes, Bytes signature);

}  // namespace jari::proof::ed25519
