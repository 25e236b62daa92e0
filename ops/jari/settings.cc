#include "ops/jari/settings.h"

#include <cstdlib>
#include <optional>
#include <set>
#include <string_view>

#include <toml++/toml.h>

#include "consumers/api/asking.h"
#include "consumers/model/ids.h"
#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

constexpr std::string_view kFlag = "--config";
constexpr std::string_view kVariable = "JARI_CONFIG";

std::optional<std::string> file_named(int argc, const char* const* argv) {
  std::optional<std::string> file;
  const auto name = [&](std::string_view given) {
    if (file) throw CLI::ConfigError("--config is given twice: name one file");
    file = given;
  };
  for (int i = 1; i < argc && std::string_view{argv[i]} != "--"; ++i) {
    const std::string_view word = argv[i];
    if (word == kFlag && i + 1 < argc) {
      name(argv[++i]);
    } else if (word.starts_with(kFlag) && word.substr(kFlag.size()).starts_with('=')) {
      name(word.substr(kFlag.size() + 1));
    }
  }
  if (file) return file;
  const char* variable = std::getenv(kVariable.data());
  if (variable == nullptr || *variable == '\0') return std::nullopt;
  return variable;
}

/// The variables of all settings that a command, or one below it, has.
void collect(const CLI::App& app, std::set<std::string>& variables) {
  for (const CLI::Option* option : app.get_options()) variables.insert(option->get_envname());
  for (const CLI::App* command : app.get_subcommands({})) collect(*command, variables);
}

class SettingsFile {
 public:
  SettingsFile(const CLI::App& app, std::string file) : file_(std::move(file)) {
    collect(app, known_);
    known_.erase("");
  }

  void read() {
    const auto text = read_text_file(file_);
    if (!text) throw CLI::ConfigError("--config: " + text.error().detail);
    toml::table settings;
    try {
      settings = toml::parse(*text, file_);
    } catch (const toml::parse_error& wrong) {
      throw CLI::ConfigError(at(wrong.source()) + std::string(wrong.description()));
    }
    for (const auto& [key, value] : settings) take(key, value);
  }

 private:
  [[nodiscard]] std::string at(const toml::source_region& where) const {
    return file_ + ":" + std::to_string(where.begin.line) + ": ";
  }

  void take(const toml::key& key, const toml::node& value) {
    const std::string name{key.str()};
    const std::string where = at(key.source()) + name + ": ";
    if (value.is_table() || value.is_array_of_tables()) {
      throw CLI::ConfigError(where + "a table; settings stand without one, NAME = VALUE a line");
    }
    std::string variable = "JARI_";
    for (const char c : name) variable += c == '-' ? '_' : static_cast<char>(std::toupper(c));
    if (!known_.contains(variable)) {
      throw CLI::ConfigError(where + "no such setting; `jari COMMAND --help` lists those of each");
    }
    if (!taken_.insert(variable).second) throw CLI::ConfigError(where + "stands there twice");
    const std::string text = text_of(value, where);
    const char* set = std::getenv(variable.c_str());
    if (set == nullptr || *set == '\0') ::setenv(variable.c_str(), text.c_str(), 1);
  }

  static std::string text_of(const toml::node& value, const std::string& where) {
    if (value.is_string()) return *value.value<std::string>();
    if (value.is_boolean()) return *value.value<bool>() ? "true" : "false";
    if (value.is_integer()) return std::to_string(*value.value<std::int64_t>());
    if (const auto* list = value.as_array(); list != nullptr) {
      std::string joined;
      for (const auto& one : *list) joined += (joined.empty() ? "" : ",") + text_of(one, where);
      return joined;
    }
    throw CLI::ConfigError(where + "must be a text, a whole number, true or false, or a list");
  }

  std::string file_;
  std::set<std::string> known_;
  std::set<std::string> taken_;
};

}  // namespace

std::string check_id(const std::string& text) {
  return is_id(text) ? "" : "must be 1 to 64 of A-Z a-z 0-9 . _ : -";
}

std::string check_reason(const std::string& text) {
  const bool is_good = http::is_utf8(text) && api::fits(text, api::kReasonLimits);
  return is_good ? "" : "must be a text of 1 to 200 characters, none of them a control character";
}

std::string check_name(const std::string& text) {
  const bool is_good = http::is_utf8(text) && api::is_operator_name(text);
  return is_good ? "" : "must be a text of 1 to 256 bytes without a control character";
}

std::string check_not_negative(const std::string& text) {
  return text.starts_with('-') ? "must be 0 or more" : "";
}

void add_config(CLI::App& app) {
  app.add_option_function<std::string>(
      std::string(kFlag), [](const std::string&) {},  // take_config reads it before
      "TOML file with settings, a line each: NAME = VALUE (JARI_CONFIG names it too)");
  for (CLI::App* command : app.get_subcommands({})) {
    if (!command->get_name().empty()) add_config(*command);
  }
}

void take_config(const CLI::App& app, int argc, const char* const* argv) {
  if (auto file = file_named(argc, argv)) SettingsFile(app, std::move(*file)).read();
}

}  // namespace jari::ops
