// Any bytes as JSON: what is accepted has canonical bytes that read back as themselves.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "engine/http/json_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace jari::http;
  const auto parsed = parse_json({reinterpret_cast<const char*>(bytes), size});
  if (!parsed) return 0;
  const std::string once = canonical(parsed->root());
  const auto again = parse_json(once);
  CHECK(again.has_value());
  CHECK(canonical(again->root()) == once);
  return 0;
}
