// jari: the program. Each command is a file of its own beside this one.

#include <exception>
#include <iostream>

#include "ops/jari/commands.h"
#include "ops/jari/file_limit.h"
#include "ops/jari/settings.h"
#include "ops/jari/version.h"

int main(int argc, char** argv) {
  CLI::App app{
      "Jari keeps the line and the stock of a booking site on a log: who is next, who may book, "
      "what "
      "is left,\nand what an auditor can prove afterwards.\n\n"
      "Start with `jari serve --data DIR`, then `jari status --data DIR`. Every command has "
      "--help.\n"
      "Exit: 0 done, 1 it found something wrong or was refused, 2 wrong usage.",
      "jari"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(jari::ops::kVersionLine));
  app.footer(
      "Each setting has a flag, a line in the TOML file named by --config, and JARI_… in the\n"
      "environment (--person-rate, person_rate, JARI_PERSON_RATE). A flag wins over the "
      "environment, "
      "the\nenvironment over the file.");

  int exit_code = 0;
  jari::ops::raise_file_limit();  // whoever reads a log beside the service opens all of it
  for (const auto& add : jari::ops::kCommands) add(app, exit_code);
  jari::ops::add_config(app);
  try {
    jari::ops::take_config(app, argc, argv);
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    const bool is_help = wrong.get_exit_code() == 0;
    const std::string unknown = is_help ? "" : jari::ops::unknown_command(app);
    if (unknown.empty()) return app.exit(wrong) == 0 ? 0 : 2;
    std::cerr << unknown << '\n';
    return 2;
  } catch (const std::exception& failed) {
    std::cerr << "jari: " << failed.what() << '\n';
    return 1;
  }
  return exit_code;
}
