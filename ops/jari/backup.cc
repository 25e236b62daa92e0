// jari backup: a consistent copy of the log and the keys, made while the service runs.

#include <filesystem>
#include <iostream>
#include <memory>

#include "engine/log/embedded/embedded_log.h"
#include "ops/jari/business.h"
#include "ops/jari/commands.h"
#include "ops/jari/connection.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

namespace fs = std::filesystem;

void copy_keys(const std::string& data, const std::string& into) {
  const fs::path from = fs::path(data) / "keys";
  if (!fs::exists(from)) return;
  fs::create_directories(fs::path(into) / "keys");
  fs::permissions(fs::path(into) / "keys", fs::perms::owner_all);
  for (const auto& file : fs::directory_iterator(from)) {
    const fs::path copy = fs::path(into) / "keys" / file.path().filename();
    fs::copy_file(file.path(), copy);
    fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write);
  }
}

int back_up(const std::string& data, const std::string& into) {
  if (fs::exists(into) && !(fs::is_directory(into) && fs::is_empty(into))) {
    std::cerr << "jari backup: " << into << " is not empty: name a directory that does not exist\n";
    return 1;
  }
  auto log = EmbeddedLog::open_beside(data);
  if (!log) {
    std::cerr << "jari backup: " << log.error().detail << '\n';
    return 1;
  }
  fs::create_directories(into);
  const Hash128 incarnation = random_hash();
  if (auto copied = (*log)->copy_into(into, incarnation, wall_now()); !copied) {
    std::cerr << "jari backup: " << copied.error().detail << '\n';
    return 1;
  }
  copy_keys(data, into);
  std::cout << "backed up into " << into << ": incarnation " << to_text(incarnation)
            << ", a copy of " << to_text((*log)->identity().incarnation) << '\n';
  return 0;
}

/// What, where and why, of what the library only calls a file system's error.
int back_up_or_say_why(const std::string& data, const std::string& into) try {
  return back_up(data, into);
} catch (const fs::filesystem_error& failed) {
  const fs::path& where = failed.path2().empty() ? failed.path1() : failed.path2();
  std::cerr << "jari backup: cannot copy " << data << " into " << into << ": " << where.string()
            << ": " << failed.code().message()
            << "; name a new directory on a disk that can be written\n";
  return 1;
}

}  // namespace

void add_backup(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "backup",
      "Copies the log and the keys into a new directory while the service runs; `serve --data` "
      "starts\nfrom the copy, and makes its state again from the log.");
  auto data = std::make_shared<std::string>();
  auto into = std::make_shared<std::string>();
  add_setting(*command, "data", *data, "The data directory to copy")->required();
  command->add_option("--into", *into, "The new directory")->required();
  command->callback([data, into, &exit_code] { exit_code = back_up_or_say_why(*data, *into); });
}

}  // namespace jari::ops
