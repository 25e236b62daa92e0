// What is said where a word should have been a command and is none.

#include "ops/jari/commands.h"

namespace jari::ops {

std::string unknown_command(const CLI::App& app) {
  const CLI::App* at = &app;
  std::string path = app.get_name();
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    path += " " + at->get_name();
  }
  const bool has_commands =
      !at->get_subcommands([](const CLI::App* one) { return !one->get_name().empty(); }).empty();
  const auto words = at->remaining();
  if (!has_commands || words.empty() || words.front().starts_with('-')) return {};
  return path + " " + words.front() + ": no such command; " + path + " --help lists them";
}

}  // namespace jari::ops
