// engine/http/base64url.h — base64url without padding (RFC 4648, 5), as tokens and keys use it.
//
// Errors:  decoding gives nothing for another alphabet, padding, or bits left over that are not 0:
//          one text for each bytes, so that a changed token cannot pass as the same one.
// Threads: pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/hash.h"

namespace jari::http {

[[nodiscard]] std::string base64url_encode(Bytes bytes);
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace jari::http
