// ops/jari/settings.h — where a setting comes from: flag, environment, file, default, in that
// order.
//
// Errors:  throws (CLI::ConfigError) for a file that cannot be read, with its line.
// Threads: before any other thread starts.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace jari::ops {

/// Adds --NAME, which JARI_NAME in the environment sets too.
template <class Value>
CLI::Option* add_setting(CLI::App& command, const std::string& name, Value& value,
                         const std::string& help) {
  std::string variable = "JARI_" + name;
  for (char& c : variable) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return command.add_option("--" + name, value, help)->envname(variable)->capture_default_str();
}

/// Reads the file that --config (or JARI_CONFIG) names: each of its lines stands in for a variable
/// of the environment that is not set.
void take_config(int argc, const char* const* argv);

}  // namespace jari::ops
