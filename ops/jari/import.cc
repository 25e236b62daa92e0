// jari import: a CSV file into the service, checked whole before anything is sent.

#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "engine/base/hash.h"
#include "ops/jari/commands.h"
#include "ops/jari/connection.h"
#include "ops/jari/import_memory.h"
#include "ops/jari/import_rows.h"
#include "ops/jari/settings.h"
#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRemembersEvery = 500;  // rows; a crash sends so many again, to no effect

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
  ImportRows rows;
  std::size_t bad = 0;
  std::string hash;  // of the file
};

/// Names what is wrong with the file on stderr. Nothing where it cannot be read at all.
std::optional<Checked> check(const ImportSettings& settings) {
  const auto refused = [](const std::string& why) {
    std::cerr << why << "\njari import: nothing was imported\n";
    return std::nullopt;
  };
  const auto text = read_text_file(settings.file);
  if (!text) return refused(text.error().detail);
  Checked checked;
  checked.hash = to_text(hash128(bytes_of(settings.kind + *text)));
  checked.rows.kind = *parse_import_kind(settings.kind);
  checked.rows.reason = settings.reason;
  auto rows = read_csv(settings.file, *text);
  if (!rows) return refused(rows.error().detail);
  if (rows->empty()) return refused(settings.file + ":1: the header is missing");
  auto places = places_of(checked.rows.kind, rows->front());
  if (!places) return refused(settings.file + ":1: " + places.error().detail);
  checked.rows.places = std::move(*places);
  for (std::size_t i = 1; i < rows->size(); ++i) {
    CsvRow& row = (*rows)[i];
    if (const auto why = wrong_with(checked.rows, row)) {
      std::cerr << settings.file << ':' << row.line << ": " << *why << '\n';
      ++checked.bad;
    } else {
      checked.rows.rows.push_back(std::move(row));
    }
  }
  return checked;
}

/// Beside the service's own files; of a service elsewhere, by its address.
std::string memory_file(const ServerSettings& server, const std::string& hash) {
  if (!server.data.empty()) return server.data + "/imports/" + hash;
  const char* home = std::getenv("HOME");
  const fs::path base =
      home != nullptr ? fs::path(home) / ".local/state/jari" : fs::temp_directory_path() / "jari";
  return base / "imports" / to_text(hash128(bytes_of(server.server))) / hash;
}

/// The log position of now. A service that is not there, or refuses, is noticed before anything is
/// remembered. Of `last`: empty where its log is another one, so that the memory is of no use.
Result<std::string> position_of(http::Client& client, const std::string& last) {
  std::vector<http::ClientHeader> headers;
  if (!last.empty()) headers.push_back({"Jari-Position", last});
  const auto answer =
      ask_patiently(client, http::Method::Get, "/v1/sites?limit=1", std::string_view{}, headers);
  if (!answer) return answer.error();
  if (answer->status == 400 && !last.empty()) return std::string{};
  if (answer->status != 200) return Error{ErrorCode::Unavailable, problem_text(*answer)};
  return std::string(answer->header("Jari-Position").value_or(""));
}

class Import {
 public:
  Import(const ImportSettings& settings, const ImportRows& file, http::Client& client,
         ImportMemory memory, std::string memory_file)
      : settings_(settings),
        file_(file),
        client_(client),
        memory_(std::move(memory)),
        memory_file_(std::move(memory_file)) {}

  [[nodiscard]] std::size_t imported() const { return imported_; }
  [[nodiscard]] std::size_t refused() const { return refused_; }

  /// False where it stopped before the end.
  bool run() {
    remember();  // before the first row: who else sends the file meanwhile is told
    const auto& rows = file_.rows;
    for (std::size_t at = 0; at < rows.size() && !has_stopped_;) {
      const RowGroup group = group_from(at);
      at += std::max<std::size_t>(1, group.size());
      if (group.empty()) continue;
      send(group);
      tell(at);
    }
    memory_.has_ended = memory_.has_ended || !has_stopped_;
    remember();
    return !has_stopped_;
  }

 private:
  /// The rows of the next call: none where the first is in already.
  [[nodiscard]] RowGroup group_from(std::size_t first) const {
    RowGroup group;
    const bool is_batch = file_.kind == ImportKind::Eligibility;
    const auto programme_of = [&](const CsvRow& row) { return value_of(file_, row, "programme"); };
    for (std::size_t at = first; at < file_.rows.size(); ++at) {
      const CsvRow& row = file_.rows[at];
      if (memory_.is_in(row.line) || group.size() == (is_batch ? kPeopleInABatch : 1) ||
          programme_of(row) != programme_of(file_.rows[first])) {
        break;
      }
      group.push_back(&row);
    }
    return group;
  }

  /// Until its rows are in, or named and left out, or it has to stop.
  void send(RowGroup group) {
    const std::size_t last = group.back()->line;
    while (!group.empty() && !has_stopped_) {
      const auto answer = ask(group);
      if (!answer) {
        stop(*group.front(), answer.error().detail);
      } else if (answer->status == 200) {
        imported_ += group.size();
        for (const CsvRow* row : group) memory_.refused.erase(row->line);
        group.clear();
      } else {
        refuse(group, *answer);
      }
    }
    if (!has_stopped_) memory_.line = std::max(memory_.line, last);
  }

  Result<http::ClientAnswer> ask(const RowGroup& group) {
    const ImportCall call = call_for(file_, group);
    std::vector<http::ClientHeader> headers{{"Prefer", "wait=30"}};
    if (call.method == http::Method::Post) {  // a PUT of the same is the same, and keys count
      std::string key = memory_.key_of(group.front()->line);
      // A batch that was refused is sent without some of its rows.
      if (file_.kind == ImportKind::Eligibility) {
        key += "-" + to_text(hash128(bytes_of(call.body))).substr(0, 8);
      }
      headers.push_back({"Idempotency-Key", std::move(key)});
    }
    return ask_patiently(client_, call.method, call.target, call.body, headers);
  }

  /// Names the row that was refused, or all of them, and takes it out of the group where bad rows
  /// are to be skipped.
  void refuse(RowGroup& group, const http::ClientAnswer& answer) {
    std::string field = problem_member(answer, "field");
    const auto found = field_of_row(field, group.size());
    const CsvRow& row = *group[found ? found->row : 0];
    if (found) field = found->field;
    const std::string code = problem_member(answer, "code");
    std::string why = code.empty() ? problem_text(answer) : problem_member(answer, "detail");
    if (!found && group.size() > 1) {
      why += " (and so for the " + std::to_string(group.size() - 1) + " rows that go with it)";
    }
    why = (field.empty() ? code : field) + ": " + why;
    const bool is_of_the_row = answer.status == 400 || answer.status == 404 || answer.status == 409;
    if (!is_of_the_row) return stop(row, problem_text(answer));
    for (const CsvRow* one : group) {
      if (!found || one == &row) ++memory_.refused[one->line];
    }
    if (!settings_.skip_bad) return stop(row, why);
    say(row, why);
    refused_ += found ? 1 : group.size();
    if (found) {
      group.erase(group.begin() + static_cast<std::ptrdiff_t>(found->row));
    } else {
      group.clear();
    }
  }

  void say(const CsvRow& row, const std::string& why) const {
    std::cerr << settings_.file << ':' << row.line << ": " << why << '\n';
  }

  void stop(const CsvRow& row, const std::string& why) {
    say(row, why);
    std::cerr << "jari import: stopped there; the same file again"
              << (settings_.again ? ", without --again," : "") << " goes on where it stopped"
              << (settings_.skip_bad ? "\n" : " (--skip-bad leaves out what is refused)\n");
    has_stopped_ = true;
  }

  void remember() {
    const auto written = write_import_memory(memory_file_, memory_);
    if (!written) throw std::runtime_error(written.error().detail);
    remembered_ = imported_ + refused_;
  }

  /// How far it is, once a second and at the end.
  void tell(std::size_t done) {
    if (imported_ + refused_ >= remembered_ + kRemembersEvery) remember();
    const auto now = std::chrono::steady_clock::now();
    if (has_stopped_ || (now - told_ < std::chrono::seconds{1} && done < file_.rows.size())) return;
    told_ = now;
    std::cerr << done << " of " << file_.rows.size() << '\n';
  }

  const ImportSettings& settings_;
  const ImportRows& file_;
  http::Client& client_;
  ImportMemory memory_;
  std::string memory_file_;
  std::size_t imported_ = 0;
  std::size_t refused_ = 0;
  std::size_t remembered_ = 0;
  bool has_stopped_ = false;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

int refused(const std::string& why) {
  std::cerr << "jari import: " << why << '\n';
  return 1;
}

int import(const ImportSettings& settings) {
  const auto checked = check(settings);
  if (!checked) return 1;
  if (checked->bad > 0 && !settings.skip_bad) {
    return refused(std::to_string(checked->bad) + (checked->bad == 1 ? " bad row" : " bad rows") +
                   ", nothing was imported (--skip-bad imports the others)");
  }
  auto client = connect(settings.server, settings.by, "operator");
  const auto here = position_of(client, "");
  if (!here) return refused(here.error().detail);
  const std::string file = memory_file(settings.server, checked->hash);
  const auto known = read_text_file(file);
  auto last = parse_import_memory(known ? *known : std::string{});
  if (last && !last->position.empty()) {
    const auto then = position_of(client, last->position);
    if (!then) return refused(then.error().detail);
    if (then->empty()) last.reset();  // it went into another log
  }
  auto memory = plan_import(last, {wall_now(), asker(settings.server, settings.by), settings.reason,
                                   checked->hash, settings.again});
  if (!memory) return refused(memory.error().detail);
  const bool is_repeat = memory->has_ended;
  if (memory->position.empty()) memory->position = *here;
  Import run(settings, checked->rows, client, *memory, file);
  const bool has_ended = run.run();
  if (is_repeat && run.imported() == 0 && run.refused() == 0) {
    std::cerr << "jari import: nothing was added: this file was imported by " << memory->by
              << " at " << to_text(memory->at) << " (--again imports it once more)\n";
  }
  std::cout << "imported " << run.imported() << ", skipped " << checked->bad + run.refused()
            << '\n';
  return has_ended ? 0 : 1;
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
      "The whole file is checked first, and nothing sent where a row is wrong: FILE:LINE: field: "
      "why.\n"
      "What only the service can refuse (a site it does not have) stops it there. The same file "
      "again\n"
      "within 24 h, by the same person and for the same reason, goes on where it stopped, and "
      "adds\n"
      "nothing where it was done. Ends with `imported N, skipped M`.");
  auto settings = std::make_shared<ImportSettings>();  // lives as long as the command line
  command->add_option("kind", settings->kind, "sites, slots, stock or eligibility")
      ->required()
      ->check(CLI::IsMember({"sites", "slots", "stock", "eligibility"}));
  command->add_option("file", settings->file, "The CSV file")->required();
  command->add_option("--reason", settings->reason, "Why: it stands in the log with your name")
      ->required()
      ->check(check_reason);
  command->add_option("--by", settings->by, "Your name, where the token is made from --data")
      ->check(check_name)
      ->capture_default_str();
  command->add_flag("--skip-bad", settings->skip_bad,
                    "Names the rows that are wrong or refused, and imports the others");
  command->add_flag("--again", settings->again,
                    "Imports all of a file once more, though it was imported before");
  add_server_settings(*command, settings->server);
  command->callback([settings, &exit_code] { exit_code = import(*settings); });
}

}  // namespace jari::ops
