// ops/jari/openapi.h — schemas/openapi.yaml as JSON, built into the program.
//
// Errors:  none.
// Threads: pure.
#pragma once

#include <string>

namespace jari::ops {

[[nodiscard]] std::string openapi_json();

}  // namespace jari::ops
