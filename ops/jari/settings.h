// ops/jari/settings.h — where a setting comes from: flag, environment, file, default, in that
// order; and what an argument of a command must be.
//
// Errors:  throws (CLI::ConfigError) for a file that cannot be read or says what is no setting,
//          with its line; what an argument must be is said by CLI11. Both are wrong usage: exit 2.
// Threads: before any other thread starts.
#pragma once

#include <concepts>
#include <string>

#include <CLI/CLI.hpp>

namespace jari::ops {

// What an argument must be; an empty text where it is that.
[[nodiscard]] std::string check_id(const std::string& text);
[[nodiscard]] std::string check_reason(const std::string& text);
/// The name of somebody who acts, as a token may carry it.
[[nodiscard]] std::string check_name(const std::string& text);
/// CLI11 itself would take -1 for the greatest number there is.
[[nodiscard]] std::string check_not_negative(const std::string& text);

/// Adds --NAME, which JARI_NAME in the environment sets too.
template <class Value>
CLI::Option* add_setting(CLI::App& command, const std::string& name, Value& value,
                         const std::string& help) {
  std::string variable = "JARI_" + name;
  for (char& c : variable) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  CLI::Option* option = command.add_option("--" + name, value, help)->envname(variable);
  if constexpr (std::unsigned_integral<Value>) option->check(check_not_negative);
  return option->capture_default_str();
}

/// Adds --config to the program and to each of its commands: it may stand before or after them.
/// Once all commands have been added.
void add_config(CLI::App& app);

/// Reads the file that --config (or JARI_CONFIG) names: each of its lines stands in for a variable
/// of the environment that is not set. Only what some command of `app` has as a setting may stand
/// there.
void take_config(const CLI::App& app, int argc, const char* const* argv);

}  // namespace jari::ops
