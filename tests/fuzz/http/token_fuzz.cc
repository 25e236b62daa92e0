// Any bytes as a token: none is believed, since none is signed with a key that nobody knows. The
// bytes are also tried as a set of keys.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "engine/http/keys.h"
#include "engine/http/token.h"

namespace {

std::unique_ptr<jari::http::Keys> make_keys() {
  const std::string file =
      "/tmp/jari-token-fuzz-" + std::to_string(reinterpret_cast<std::uintptr_t>(&file));
  CHECK(jari::http::make_hs256_file(file).has_value());
  auto keys = jari::http::Keys::open({.hs256_file = file});
  CHECK(keys.has_value());
  return std::move(*keys);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace jari::http;
  static const std::unique_ptr<Keys> keys = make_keys();
  static TokenVerifier verifier{*keys};
  const std::string_view text{reinterpret_cast<const char*>(bytes), size};
  CHECK(!verifier.verify(text, jari::Instant{1'626'087'600'000}).has_value());
  static_cast<void>(parse_jwks(text).has_value());
  static_cast<void>(parse_secret(text).has_value());
  return 0;
}
