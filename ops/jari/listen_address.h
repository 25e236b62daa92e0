// ops/jari/listen_address.h — HOST:PORT of a setting that says where to listen.
//
// Errors:  BadArgument with the flag and what was given.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/result.h"

namespace jari::ops {

struct ListenAddress {
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 0;
};

[[nodiscard]] Result<ListenAddress> parse_listen_address(const std::string& flag,
                                                         const std::string& text);
[[nodiscard]] bool is_loopback(const std::string& host);
/// `http://HOST:PORT`.
[[nodiscard]] std::string url_of(const ListenAddress& address);

}  // namespace jari::ops
