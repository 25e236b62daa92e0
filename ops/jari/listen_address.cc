#include "ops/jari/listen_address.h"

#include <charconv>

namespace jari::ops {

Result<ListenAddress> parse_listen_address(const std::string& flag, const std::string& text) {
  const std::size_t colon = text.rfind(':');
  ListenAddress address;
  if (colon != std::string::npos) {
    address.host = text.substr(0, colon);
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + colon + 1, end, address.port);
    if (read.ec == std::errc{} && read.ptr == end && !address.host.empty()) {
      if (address.host.front() == '[') {
        address.host = address.host.substr(1, address.host.size() - 2);
      }
      return address;
    }
  }
  return Error{ErrorCode::BadArgument, flag + " is not HOST:PORT: " + text};
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

std::string url_of(const ListenAddress& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + address.host + "]" : address.host;
  return "http://" + host + ":" + std::to_string(address.port);
}

}  // namespace jari::ops
