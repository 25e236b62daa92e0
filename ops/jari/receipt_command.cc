// jari receipt: one record with the proof that a published checkpoint covers it.

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "consumers/proof/receipts.h"
#include "engine/base/printable.h"
#include "ops/jari/checkpoint_file.h"
#include "ops/jari/commands.h"
#include "ops/jari/log_source.h"
#include "ops/jari/settings.h"
#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

namespace fs = std::filesystem;

struct ReceiptSettings {
  LogSource source;
  std::string checkpoint;
  std::string public_key;
  std::string appointment;
  std::vector<std::string> ticket;  // queue, number
  std::string request;
  std::string person;
  std::string every_into;  // a directory
  std::string receipt;     // a file
};

int say_of_receipt(const std::string& why, int exit_code) {
  std::cerr << "jari receipt: " << why << '\n';
  return exit_code;
}

std::optional<proof::WantedReceipt> wanted_by(const ReceiptSettings& settings) {
  if (!settings.every_into.empty()) return proof::EveryAppointment{};
  if (!settings.appointment.empty()) return proof::OneAppointment{settings.appointment};
  if (!settings.request.empty()) return proof::OneRequest{settings.request, settings.person};
  const std::string& number = settings.ticket.at(1);
  std::uint64_t ticket = 0;
  const char* const end = number.data() + number.size();
  const auto read = std::from_chars(number.data(), end, ticket);
  if (read.ec != std::errc{} || read.ptr != end || ticket == 0) return std::nullopt;
  return proof::OneTicket{settings.ticket.at(0), ticket};
}

Result<void> write_receipt(const std::string& file, const proof::Receipt& receipt) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << proof::to_json(receipt) << '\n';
  out.close();
  if (out) return {};
  return Error{ErrorCode::Io, "cannot write " + file};
}

int make_all(const ReceiptSettings& settings, const proof::WantedReceipt& wanted,
             const proof::Checkpoint& checkpoint, Log& log) {
  const bool is_every = !settings.every_into.empty();
  std::error_code failed;
  if (is_every) fs::create_directories(settings.every_into, failed);
  if (failed) return say_of_receipt(settings.every_into + ": " + failed.message(), 1);
  const auto made = proof::make_receipts(
      log, checkpoint, wanted, wait_for_records,
      [&](const std::string& name, const proof::Receipt& receipt) -> Result<void> {
        if (is_every) return write_receipt(settings.every_into + "/" + name + ".json", receipt);
        std::cout << proof::to_json(receipt) << '\n';
        return {};
      });
  if (!made) return say_of_receipt(why_unread(settings.source, made.error()), 1);
  if (is_every) std::cout << settings.every_into << ": " << *made << " receipts\n";
  return std::cout.flush() ? 0 : say_of_receipt("it could not be written", 1);
}

int make(const ReceiptSettings& settings) {
  const auto wanted = wanted_by(settings);
  if (!wanted) return say_of_receipt("the number of a ticket is a whole number above 0", 2);
  const auto checkpoint =
      read_checkpoint_file(settings.checkpoint, settings.public_key, settings.source.data);
  if (!checkpoint) {
    return say_of_receipt(checkpoint.error().detail, exit_code_of(checkpoint.error()));
  }
  if (checkpoint->signed_by.empty()) {
    std::cerr << settings.checkpoint
              << ": who signed it was not looked at (--public-key); whoever verifies the receipt "
                 "needs the checkpoint as it was published\n";
  }
  auto beside = open_beside(settings.source);
  if (!beside) return say_of_receipt(beside.error().detail, 1);
  return make_all(settings, *wanted, checkpoint->checkpoint, *beside->log);
}

int verify(const ReceiptSettings& settings) {
  const auto checkpoint = read_checkpoint_file(settings.checkpoint, settings.public_key);
  if (!checkpoint) {
    return say_of_receipt(checkpoint.error().detail, exit_code_of(checkpoint.error()));
  }
  const auto text = read_text_file(settings.receipt);
  if (!text) return say_of_receipt(text.error().detail, 2);
  const auto receipt = proof::parse_receipt(*text);
  if (!receipt) return say_of_receipt(settings.receipt + ": " + receipt.error().detail, 2);
  if (const auto fits = proof::verify(*receipt, checkpoint->checkpoint); !fits) {
    return say_of_receipt(settings.receipt + ": " + printable(fits.error().detail), 1);
  }
  const std::string words = proof::words_of(*receipt, checkpoint->checkpoint);
  std::cout << "ok: " << words << "The checkpoint is signed by " << checkpoint->signed_by
            << ", with the key that was named.\n";
  return 0;
}

void add_make(CLI::App& receipt, int& exit_code) {
  CLI::App* command = receipt.add_subcommand(
      "make",
      "Prints a receipt as a line of JSON: an appointment as its newest version below the\n"
      "checkpoint has it, a ticket as it was given, or what was decided of a request; with its\n"
      "place in the log and the proof that the checkpoint covers it. Beside a running service.");
  auto settings = std::make_shared<ReceiptSettings>();
  add_log_source(*command, settings->source);
  command->add_option("--checkpoint", settings->checkpoint, "What `jari checkpoint` printed")
      ->required();
  add_public_key(*command, settings->public_key);
  auto* of = command->add_option_group("of", "Of what (one of them)");
  of->add_option("--appointment", settings->appointment, "An appointment")->check(check_id);
  of->add_option("--ticket", settings->ticket, "A ticket of a queue, by its number")
      ->type_name("QUEUE NUMBER")
      ->expected(2);
  auto* request =
      of->add_option("--request", settings->request, "A request, by its Idempotency-Key");
  of->add_option("--all-appointments", settings->every_into,
                 "All appointments, each as DIR/APPOINTMENT.json, in one reading of the log");
  of->require_option(1);
  command->add_option("--person", settings->person, "With --request: whose, where several have it")
      ->check(check_id)
      ->needs(request);
  command->callback([settings, &exit_code] {
    require_log(settings->source);
    exit_code = make(*settings);
  });
}

void add_verify(CLI::App& receipt, int& exit_code) {
  CLI::App* command = receipt.add_subcommand(
      "verify",
      "Says in words what a receipt proves, and exits 0; exit 1 where it does not fit the\n"
      "checkpoint, or that is not signed with the key. Needs no log and no service.");
  auto settings = std::make_shared<ReceiptSettings>();
  command->add_option("receipt", settings->receipt, "What `jari receipt make` printed, in a file")
      ->required();
  command->add_option("--checkpoint", settings->checkpoint, "The checkpoint that was published")
      ->required();
  add_public_key(*command, settings->public_key)->required();
  command->callback([settings, &exit_code] { exit_code = verify(*settings); });
}

}  // namespace

void add_receipt(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "receipt",
      "A receipt of a booking, a ticket or a request that anybody can check against a published\n"
      "checkpoint, without the log.");
  command->require_subcommand(1);
  add_make(*command, exit_code);
  add_verify(*command, exit_code);
}

}  // namespace jari::ops
