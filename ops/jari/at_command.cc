// jari at: the state as it was at a time or an offset, shown by the routes of the service.

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "engine/http/client.h"
#include "engine/http/json_reader.h"
#include "ops/jari/business.h"
#include "ops/jari/commands.h"
#include "ops/jari/connection.h"
#include "ops/jari/log_source.h"
#include "ops/jari/past_service.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kProgressEvery = 1'000'000;

struct AtSettings {
  LogSource source;
  std::string time;
  std::optional<Offset> offset;
  std::string listen = "127.0.0.1:0";
  std::string hs256_key;
  std::string jwks;
  std::vector<std::string> get;
  std::string person;
  std::string token;
};

int complain(const std::string& why, int exit_code) {
  std::cerr << "jari at: " << why << '\n';
  return exit_code;
}

/// A key for our own questions, where there is none: made for as long as they last.
class PassingKey {
 public:
  PassingKey() = default;
  PassingKey(const PassingKey&) = delete;
  PassingKey& operator=(const PassingKey&) = delete;
  ~PassingKey() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  [[nodiscard]] Result<std::string> make() {
    std::string folder = (fs::temp_directory_path() / "jari-at-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) {
      return Error{ErrorCode::Io, "cannot make a folder for a key in " + folder};
    }
    folder_ = folder;
    const std::string file = folder_ + "/hs256.key";
    if (auto made = http::make_hs256_file(file); !made) return made.error();
    return file;
  }

 private:
  std::string folder_;
};

/// The time that a document is true at; empty: it does not say.
std::string as_of_in(const std::string& document) {
  const auto json = http::parse_json(document);
  if (!json || !json->root().is_object()) return {};
  const auto as_of = json->root().member("as_of");
  return as_of ? std::string(as_of->text().value_or("")) : std::string{};
}

class At {
 public:
  explicit At(const AtSettings& settings) : settings_(settings) {}

  int run() {
    auto limit = limit_asked_for();
    if (!limit) return complain(limit.error().detail, 2);
    if (!settings_.get.empty() && !are_paths_good()) return 2;
    auto opened = open_beside(settings_.source);
    if (!opened) return complain(opened.error().detail, 1);
    Log& log = *opened->log;
    if (limit->time && *limit->time < log.identity().begins) {
      return complain("the log begins at " + to_text(log.identity().begins) + ", not before", 1);
    }
    auto partitions = replay(log, kSettingsPartition, known_versions(), make_consumer, *limit,
                             [](std::uint64_t records) {
                               if (records % kProgressEvery != 0) return;
                               std::cerr << "read " << records << " records\n";
                             });
    if (!partitions) return complain(why_unread(settings_.source, partitions.error()), 1);
    const bool is_good = say_what_differs(log.identity(), *partitions);
    say_where_it_ends(log, *partitions, *limit);
    ReplayedEngine engine(log, std::move(*partitions));
    const int exit_code = settings_.get.empty() ? serve(engine) : print(engine);
    return is_good || settings_.get.empty() ? exit_code : std::max(exit_code, 1);
  }

 private:
  [[nodiscard]] Result<ReplayLimit> limit_asked_for() const {
    ReplayLimit limit;
    limit.offset = settings_.offset;
    if (settings_.time.empty()) return limit;
    limit.time = parse_instant(settings_.time);
    if (limit.time) return limit;
    return Error{ErrorCode::BadArgument,
                 "--time is no time such as 2021-07-12T11:00:00Z: " + settings_.time};
  }

  [[nodiscard]] bool are_paths_good() const {
    for (const std::string& path : settings_.get) {
      if (!path.starts_with('/')) {
        complain("--get takes a path of the API, which begins with /: " + path, 2);
        return false;
      }
      if (path.substr(0, path.find('?')).ends_with("/events")) {
        complain("a stream of events has no end: ask for the queue itself: " + path, 2);
        return false;
      }
    }
    return true;
  }

  static bool say_what_differs(const LogIdentity& identity,
                               const std::vector<ReplayedPartition>& partitions) {
    bool is_good = true;
    for (const ReplayedPartition& one : partitions) {
      if (!one.differs) continue;
      is_good = false;
      complain(identity.topics[one.where.topic].name + "/" + std::to_string(one.where.partition) +
                   ": " + *one.differs,
               1);
    }
    return is_good;
  }

  static void say_where_it_ends(const Log& log, const std::vector<ReplayedPartition>& partitions,
                                const ReplayLimit& limit) {
    Instant newest;
    Instant oldest = kNever;
    bool has_offset = false;
    for (const ReplayedPartition& one : partitions) {
      newest = std::max(newest, one.partition->time().now);
      oldest = std::min(oldest, one.partition->time().now);
      has_offset = has_offset || (limit.offset && log.end(one.where) > *limit.offset);
    }
    const bool is_beyond =
        limit.time ? *limit.time > newest && is_all(log, partitions) : !has_offset;
    std::cerr << "jari at: the state as of ";
    // Offsets of partitions have nothing to do with each other, nor have their times then.
    if (limit.offset && oldest != newest) {
      std::cerr << to_text(oldest) << " to " << to_text(newest)
                << ", each partition at its own time";
    } else {
      std::cerr << to_text(newest);
    }
    std::cerr << (is_beyond ? ", where the log ends: it says nothing later" : "") << '\n';
  }

  static bool is_all(const Log& log, const std::vector<ReplayedPartition>& partitions) {
    return std::all_of(partitions.begin(), partitions.end(), [&](const ReplayedPartition& one) {
      return one.next_offset >= log.end(one.where);
    });
  }

  /// The files named, or what `serve` made in the data directory.
  [[nodiscard]] std::optional<PastSettings> keys() const {
    PastSettings past;
    past.listen = settings_.listen;
    past.keys = {settings_.hs256_key, settings_.jwks};
    if (!settings_.hs256_key.empty() || !settings_.jwks.empty()) return past;
    std::error_code failed;
    past.keys.hs256_file = hs256_key_file(settings_.source.data);
    past.is_for_this_machine_only = true;
    const bool is_there =
        !settings_.source.data.empty() && fs::exists(past.keys.hs256_file, failed);
    return is_there ? std::optional{past} : std::nullopt;
  }

  int serve(ReplayedEngine& engine) const {
    const auto past = keys();
    if (!past) {
      return complain(
          "no key to verify tokens with: give --hs256-key or --jwks, or --data with the keys that "
          "`jari serve` made; --get needs none",
          1);
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    auto service = PastService::start(engine, *past);
    if (!service) {
      return complain(service.error().detail,
                      service.error().code == ErrorCode::BadArgument ? 2 : 1);
    }
    std::cout << "listening on " << (*service)->address() << std::endl;
    int signal = 0;
    ::sigwait(&signals, &signal);
    return 0;
  }

  int print(ReplayedEngine& engine) const {
    PassingKey own;
    auto past = keys();
    if (!past) {
      const auto made = own.make();
      if (!made) return complain(made.error().detail, 1);
      past.emplace();
      past->keys.hs256_file = *made;
    }
    past->listen = "127.0.0.1:0";
    auto service = PastService::start(engine, *past);
    if (!service) return complain(service.error().detail, 1);
    auto token = token_for(*past);
    if (!token) return complain(token.error().detail, 1);
    http::ClientOptions options;
    options.server = (*service)->address();
    options.token = *token;
    auto client = http::Client::make(std::move(options));
    if (!client) return complain(client.error().detail, 1);
    int exit_code = 0;
    for (const std::string& path : settings_.get) {
      exit_code = std::max(exit_code, print_answer(*client, path));
    }
    return exit_code;
  }

  /// Whoever reads the log may see all of it: as a reader, or as the person who is named.
  [[nodiscard]] Result<std::string> token_for(const PastSettings& past) const {
    if (!settings_.token.empty() || past.keys.hs256_file.empty()) return settings_.token;
    http::Claims claims;
    claims.subject = settings_.person.empty() ? "at" : settings_.person;
    claims.scopes = {settings_.person.empty() ? "reader" : "person"};
    return make_token(past.keys.hs256_file, claims, seconds{3600});
  }

  int print_answer(http::Client& client, const std::string& path) const {
    const auto answer = client.call(http::Method::Get, path);
    if (!answer) return complain(path + ": " + answer.error().detail, 1);
    if (answer->status != 200) return complain(path + ": " + problem_text(*answer), 1);
    std::cout << answer->body << '\n';
    const std::string as_of = settings_.offset ? as_of_in(answer->body) : std::string{};
    if (!as_of.empty()) (void)complain(path + " is as of " + as_of, 0);
    return std::cout.flush() ? 0 : 1;
  }

  const AtSettings& settings_;
};

void add_at_settings(CLI::App& command, AtSettings& settings) {
  auto* when = command.add_option_group("when", "Up to where (one of them)");
  when->add_option("--time", settings.time, "Log time, RFC 3339: 2021-07-12T11:00:00Z");
  when->add_option("--offset", settings.offset, "The last offset of each partition")
      ->check(check_not_negative);
  when->require_option(1);
  add_log_source(command, settings.source);
  command
      .add_option("--get", settings.get,
                  "Prints what GET of this path answered and ends; again for another one")
      ->allow_extra_args(false);
  command.add_option("--person", settings.person, "With --get: asked as this person")
      ->check(check_id);
  command.add_option("--token", settings.token, "With --get: asked with this token");
  command.add_option("--listen", settings.listen, "HOST:PORT; port 0 picks one")
      ->capture_default_str();
  add_setting(command, "hs256-key", settings.hs256_key,
              "File with the secret that signs tokens (one line, base64url)");
  add_setting(command, "jwks", settings.jwks, "File with the public keys of who signs tokens");
}

}  // namespace

void add_at(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "at",
      "The state as it was at a time or an offset, made again in memory from the log alone, and\n"
      "shown by the routes of the service; whatever would change something is answered 405.\n"
      "  jari at --time 2021-07-12T11:00:00Z --data DIR --get /v1/queues/demo\n"
      "prints the document and ends; --get may stand several times. Without it: serves, prints\n"
      "`listening on http://HOST:PORT` once it is ready, and ends on SIGTERM or Ctrl-C. Tokens "
      "are\n"
      "those of the service, judged by today's clock. Works beside a running service.\n"
      "Exit 1, with --get, where an answer is not 200 or a digest in the log is not ours.");
  auto settings = std::make_shared<AtSettings>();
  add_at_settings(*command, *settings);
  command->callback([settings, &exit_code] {
    require_log(settings->source);
    exit_code = At(*settings).run();
  });
}

}  // namespace jari::ops
