// jari import: a CSV file into the service, checked whole before anything is sent.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "engine/base/hash.h"
#include "engine/http/json_writer.h"
#include "engine/http/target.h"
#include "ops/jari/commands.h"
#include "ops/jari/connection.h"
#include "ops/jari/import_rows.h"

namespace jari::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPeopleInABatch = 1000;
constexpr std::size_t kProgressEvery = 500;
constexpr seconds kKeysAreKnownFor{24 * 3600};

struct ImportSettings {
  ServerSettings server;
  std::string kind;
  std::string file;
  std::string reason;
  std::string by = "jari-import";
  bool skip_bad = false;
  bool again = false;
};

struct Checked {
  ImportKind kind{};
  ColumnPlaces places;
  std::vector<CsvRow> rows;
  std::size_t bad = 0;
  std::string hash;  // of the file: its keys begin with it
};

Checked check(const ImportSettings& settings) {
  Checked checked;
  checked.kind = *parse_import_kind(settings.kind);
  std::ifstream in(settings.file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + settings.file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  checked.hash = to_text(hash128(bytes_of(settings.kind + text)));
  auto rows = read_csv(settings.file, text);
  if (!rows) throw std::runtime_error(rows.error().detail);
  if (rows->empty()) throw std::runtime_error(settings.file + ":1: the header is missing");
  auto places = places_of(checked.kind, rows->front());
  if (!places) throw std::runtime_error(settings.file + ":1: " + places.error().detail);
  checked.places = std::move(*places);
  for (std::size_t i = 1; i < rows->size(); ++i) {
    CsvRow& row = (*rows)[i];
    if (const auto why = wrong_with(checked.kind, checked.places, row)) {
      std::cerr << settings.file << ':' << row.line << ": " << *why << '\n';
      ++checked.bad;
    } else {
      checked.rows.push_back(std::move(row));
    }
  }
  return checked;
}

/// Remembers on this machine when a file was imported: keys are known to the service for a day
/// only.
fs::path memory_of(const ImportSettings& settings, const std::string& hash) {
  const char* home = std::getenv("HOME");
  const fs::path base = !settings.server.data.empty() ? fs::path(settings.server.data)
                        : home != nullptr             ? fs::path(home) / ".local/state/jari"
                                                      : fs::temp_directory_path() / "jari";
  return base / "imports" / hash;
}

class Import {
 public:
  Import(const ImportSettings& settings, const Checked& checked, std::string key_prefix)
      : settings_(settings),
        checked_(checked),
        key_prefix_(std::move(key_prefix)),
        client_(connect(settings.server, settings.by, "operator")) {}

  /// How many rows went in.
  std::size_t run() {
    std::size_t done = 0;
    while (done < checked_.rows.size()) {
      done += checked_.kind == ImportKind::Eligibility ? send_people(done) : send_row(done);
      if (done % kProgressEvery == 0 || done == checked_.rows.size()) {
        std::cerr << "\r" << done << " of " << checked_.rows.size() << std::flush;
      }
    }
    std::cerr << '\n';
    return done;
  }

 private:
  [[nodiscard]] std::string encoded(const CsvRow& row, std::string_view name) const {
    return http::percent_encode(value_of(checked_.kind, checked_.places, row, name));
  }

  std::size_t send_row(std::size_t at) {
    const CsvRow& row = checked_.rows[at];
    static constexpr std::array<std::string_view, 2> kInThePath{"site", "slot"};
    std::string body = "{";
    append_members(body, checked_.kind, checked_.places, row, kInThePath);
    body.append(body.size() > 1 ? ",\"reason\":" : "\"reason\":");
    http::append_json_text(body, settings_.reason);
    body.push_back('}');
    std::string target = "/v1/operator/sites/" + encoded(row, "site");
    if (checked_.kind == ImportKind::Slots) target += "/slots/" + encoded(row, "slot");
    if (checked_.kind == ImportKind::Stock) target += "/stock";
    const bool is_stock = checked_.kind == ImportKind::Stock;
    send(is_stock ? http::Method::Post : http::Method::Put, target, body, row);
    return 1;
  }

  /// As many people of one programme as one call takes.
  std::size_t send_people(std::size_t first) {
    static constexpr std::array<std::string_view, 1> kOnce{"programme"};
    const auto programme_of = [&](std::size_t at) {
      return value_of(checked_.kind, checked_.places, checked_.rows[at], "programme");
    };
    std::string body = "{\"programme\":";
    http::append_json_text(body, programme_of(first));
    body.append(",\"people\":[");
    std::size_t at = first;
    while (at < checked_.rows.size() && at - first < kPeopleInABatch &&
           programme_of(at) == programme_of(first)) {
      body.append(at == first ? "{" : ",{");
      append_members(body, checked_.kind, checked_.places, checked_.rows[at++], kOnce);
      body.push_back('}');
    }
    body.append("],\"reason\":");
    http::append_json_text(body, settings_.reason);
    body.push_back('}');
    send(http::Method::Post, "/v1/operator/eligibility", body, checked_.rows[first]);
    return at - first;
  }

  void send(http::Method method, const std::string& target, const std::string& body,
            const CsvRow& row) {
    const auto answer = client_.call(
        method, target, body,
        {{"Idempotency-Key", key_prefix_ + "-" + std::to_string(row.line)}, {"Prefer", "wait=30"}});
    const std::string where = settings_.file + ":" + std::to_string(row.line) + ": ";
    if (!answer) throw std::runtime_error(where + answer.error().detail);
    if (answer->status != 200) throw std::runtime_error(where + problem_text(*answer));
  }

  const ImportSettings& settings_;
  const Checked& checked_;
  std::string key_prefix_;
  http::Client client_;
};

int import(const ImportSettings& settings) {
  const Checked checked = check(settings);
  if (checked.bad > 0 && !settings.skip_bad) {
    std::cerr << "jari import: " << checked.bad
              << " bad rows, nothing was imported (--skip-bad imports the others)\n";
    return 1;
  }
  const fs::path memory = memory_of(settings, checked.hash);
  std::string key_prefix = checked.hash.substr(0, 24);
  Instant last;
  std::ifstream(memory) >> last.ms;
  if (settings.again) {
    key_prefix += "-" + std::to_string(wall_now().ms);
  } else if (last.ms != 0 && wall_now() - last > kKeysAreKnownFor) {
    std::cerr << "jari import: this file was imported at " << to_text(last)
              << ", and the service has forgotten its keys since: to import it once more, say "
                 "--again\n";
    return 1;
  }
  const std::size_t imported = Import(settings, checked, key_prefix).run();
  std::error_code ignored;  // without the memory only the question above is lost
  fs::create_directories(memory.parent_path(), ignored);
  if (last.ms == 0 || settings.again) std::ofstream(memory) << wall_now().ms;
  std::cout << "imported " << imported << ", skipped " << checked.bad << '\n';
  return 0;
}

}  // namespace

void add_import(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "import",
      "Puts a CSV file into the service. The header names the fields:\n"
      "  sites        site,name,region,zone[,address,phone,latitude,longitude]\n"
      "  slots        site,slot,starts_at,length_seconds,capacity\n"
      "  stock        site,product,doses[,lost]\n"
      "  eligibility  programme,person,cohort[,doses_done,last_dose_on,last_product]\n"
      "The whole file is checked first. The same file again within 24 h adds nothing.");
  auto settings = std::make_shared<ImportSettings>();  // lives as long as the command line
  command->add_option("kind", settings->kind, "sites, slots, stock or eligibility")
      ->required()
      ->check(CLI::IsMember({"sites", "slots", "stock", "eligibility"}));
  command->add_option("file", settings->file, "The CSV file")->required();
  command->add_option("--reason", settings->reason, "Why: it stands in the log with your name")
      ->required();
  command->add_option("--by", settings->by, "Your name, where the token is made from --data")
      ->capture_default_str();
  command->add_flag("--skip-bad", settings->skip_bad, "Imports the rows that are right");
  command->add_flag("--again", settings->again, "Imports a file once more after its day");
  add_server_settings(*command, settings->server);
  command->callback([settings, &exit_code] { exit_code = import(*settings); });
}

}  // namespace jari::ops
