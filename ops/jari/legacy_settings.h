// ops/jari/legacy_settings.h — the TOML file that says where the old database is, which column of
// its table shows what, and how much it can bear.
//
// Errors:  BadArgument with the file, and the line where there is one.
// Threads: any.
#pragma once

#include <string>
#include <string_view>

#include "consumers/legacy/mapping.h"
#include "consumers/legacy/pace.h"

namespace jari::ops {

struct LegacySettings {
  std::string database;  // as libpq takes it; empty: its own environment and files say
  legacy::Mapping mapping;
  legacy::PaceSettings pace;
};

[[nodiscard]] Result<LegacySettings> read_legacy_settings(const std::string& file);
/// `name` stands in for a file in what is said.
[[nodiscard]] Result<LegacySettings> parse_legacy_settings(std::string_view toml,
                                                           const std::string& name);

}  // namespace jari::ops
