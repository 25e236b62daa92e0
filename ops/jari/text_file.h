// ops/jari/text_file.h — a whole file as text.
//
// Errors:  Io with the file and why it cannot be read: a directory cannot either.
// Threads: any.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace jari::ops {

[[nodiscard]] Result<std::string> read_text_file(const std::string& file);

}  // namespace jari::ops
