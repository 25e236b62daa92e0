// jari checkpoint: what a log is like now, in a signed text that can be published.

#include <iostream>
#include <memory>

#include "consumers/proof/log_marks.h"
#include "engine/http/secret_file.h"
#include "ops/jari/checkpoint_file.h"
#include "ops/jari/commands.h"
#include "ops/jari/log_source.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

struct CheckpointSettings {
  LogSource source;
  std::string key_file;
  std::string name = "jari";
};

int say_of_checkpoint(const std::string& why, int exit_code) {
  std::cerr << "jari checkpoint: " << why << '\n';
  return exit_code;
}

std::string check_key_name(const std::string& name) {
  return proof::is_key_name(name) ? "" : "a key's name has no white space and no +";
}

std::string key_file_of(const CheckpointSettings& settings) {
  return settings.key_file.empty() ? checkpoint_key_file(settings.source.data) : settings.key_file;
}

Result<proof::NoteKey> read_key(const CheckpointSettings& settings) {
  const std::string file = key_file_of(settings);
  const auto pem = http::read_key_file(file);
  if (!pem && pem.error().code == ErrorCode::NotFound) {
    return Error{ErrorCode::NotFound,
                 "there is no key in " + file + "; `jari checkpoint key " +
                     (settings.key_file.empty() ? "--data " + settings.source.data
                                                : "--key " + settings.key_file) +
                     "` makes one"};
  }
  if (!pem) return pem.error();
  auto key = proof::NoteKey::from_pem(*pem, settings.name);
  if (!key) return Error{key.error().code, file + ": " + key.error().detail};
  return key;
}

bool has_a_key(const CheckpointSettings& settings) {
  return !settings.key_file.empty() || !settings.source.data.empty();
}

int print_checkpoint(const CheckpointSettings& settings) {
  if (!has_a_key(settings)) {
    return say_of_checkpoint("name the key that signs: --key FILE (with --data DIR: the one there)",
                             2);
  }
  const auto key = read_key(settings);
  if (!key) return say_of_checkpoint(key.error().detail, 1);
  auto beside = open_beside(settings.source);
  if (!beside) return say_of_checkpoint(beside.error().detail, 1);
  if (auto seen = beside->catch_up_durably(); !seen) {
    return say_of_checkpoint(seen.error().detail, 1);
  }
  const auto checkpoint = proof::make_checkpoint(*beside->log, wait_for_records);
  if (!checkpoint) return say_of_checkpoint(why_unread(settings.source, checkpoint.error()), 1);
  std::cout << key->sign(to_text(*checkpoint)) << std::flush;
  if (!std::cout) return say_of_checkpoint("it could not be written", 1);
  std::cerr << checkpoint->records() << " records, up to log time " << to_text(checkpoint->time)
            << '\n';
  return 0;
}

int make_key(const CheckpointSettings& settings) {
  if (!has_a_key(settings)) {
    return say_of_checkpoint("say where it is to be: --data DIR, or --key FILE", 2);
  }
  const std::string file = key_file_of(settings);
  const auto is_new = http::make_secret_file(file, proof::NoteKey::draw_pem());
  if (!is_new) return say_of_checkpoint(is_new.error().detail, 1);
  const auto key = read_key(settings);
  if (!key) return say_of_checkpoint(key.error().detail, 1);
  std::cout << proof::verifier_line(key->public_key()) << '\n' << key->public_pem() << std::flush;
  std::cerr << (*is_new ? "made " : "there already: ") << file
            << "; publish what is printed here, keep the file\n";
  return 0;
}

}  // namespace

void add_checkpoint(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "checkpoint",
      "Prints what the log is like now, signed: for each partition its size, its SHA-256 chain,\n"
      "the root of its Merkle tree (RFC 9162) and its newest digest. Publish it where nobody can\n"
      "take it back; `jari audit --checkpoint` proves later that the log still begins so, and\n"
      "`jari receipt` that one record is in it. A signed note (c2sp.org/signed-note), Ed25519.\n"
      "Reads the whole log, beside a running service.");
  auto settings = std::make_shared<CheckpointSettings>();
  command->require_subcommand(0, 1);
  command->fallthrough();
  add_log_source(*command, settings->source);
  command->add_option("--key", settings->key_file,
                      "A file with the private key, PEM; else DIR/keys/checkpoint.pem");
  command
      ->add_option("--name", settings->name,
                   "What the signature calls the key: who publishes, without spaces")
      ->capture_default_str()
      ->check(check_key_name);
  CLI::App* key = command->add_subcommand(
      "key",
      "Makes the key that signs, mode 0600, where there is none, and prints its public half: as\n"
      "a line NAME+ID+BASE64 for programs that read signed notes, then as PEM. Takes --data (or\n"
      "--key) and --name, as `jari checkpoint --help` says them.");
  key->fallthrough();
  key->callback([settings, &exit_code] { exit_code = make_key(*settings); });
  command->callback([settings, command, &exit_code] {
    if (!command->get_subcommands().empty()) return;
    require_log(settings->source);
    exit_code = print_checkpoint(*settings);
  });
}

}  // namespace jari::ops
