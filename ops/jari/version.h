// ops/jari/version.h — which program this is.
//
// Errors:  none.
// Threads: constants.
#pragma once

#include <string_view>

namespace jari::ops {

inline constexpr std::string_view kVersionLine = "jari 0.1.0";

}  // namespace jari::ops
