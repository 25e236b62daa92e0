// tests/consumers/export/golden.h — what `jari export` prints of one record of each type, every
// field of which has something in it.
#pragma once

#include <map>
#include <string>

namespace jari {

/// By the record's name: its `body`.
[[nodiscard]] const std::map<std::string, std::string>& golden_bodies();

}  // namespace jari
