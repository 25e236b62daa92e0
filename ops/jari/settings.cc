#include "ops/jari/settings.h"

#include <cstdlib>
#include <string_view>

#include <toml++/toml.h>

namespace jari::ops {
namespace {

std::string file_named(int argc, const char* const* argv) {
  constexpr std::string_view kFlag = "--config";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == kFlag && i + 1 < argc) return argv[i + 1];
    if (word.starts_with(kFlag) && word.size() > kFlag.size() && word[kFlag.size()] == '=') {
      return std::string(word.substr(kFlag.size() + 1));
    }
  }
  const char* variable = std::getenv("JARI_CONFIG");
  return variable == nullptr ? "" : variable;
}

std::string text_of(const toml::node& value) {
  if (const auto text = value.value<std::string>(); value.is_string()) return *text;
  if (const auto flag = value.value<bool>(); value.is_boolean()) return *flag ? "true" : "false";
  if (const auto number = value.value<std::int64_t>(); value.is_integer()) {
    return std::to_string(*number);
  }
  if (const auto* list = value.as_array(); list != nullptr) {
    std::string joined;
    for (const auto& one : *list) joined += (joined.empty() ? "" : ",") + text_of(one);
    return joined;
  }
  throw CLI::ConfigError("a setting must be a text, a whole number, true or false, or a list");
}

}  // namespace

void take_config(int argc, const char* const* argv) {
  const std::string file = file_named(argc, argv);
  if (file.empty()) return;
  toml::table settings;
  try {
    settings = toml::parse_file(file);
  } catch (const toml::parse_error& wrong) {
    throw CLI::ConfigError(file + ":" + std::to_string(wrong.source().begin.line) + ": " +
                           std::string(wrong.description()));
  }
  for (const auto& [key, value] : settings) {
    std::string variable = "JARI_";
    for (const char c : key.str()) {
      variable += c == '-' ? '_' : static_cast<char>(std::toupper(c));
    }
    ::setenv(variable.c_str(), text_of(value).c_str(), 0);
  }
}

}  // namespace jari::ops
