// jari queue: an operator's hand on a queue.

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>

#include "engine/http/json_writer.h"
#include "engine/http/target.h"
#include "ops/jari/commands.h"
#include "ops/jari/connection.h"
#include "ops/jari/queue_document.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

constexpr std::array kSettings{"--rate",     "--inside-max", "--session-seconds",
                               "--opens-at", "--closes-at",  "--message"};

struct QueueChange {
  ServerSettings server;
  std::string queue;
  std::string reason;
  std::string by = "jari-queue";
  std::optional<std::uint32_t> rate;
  std::optional<std::uint32_t> inside_max;
  std::optional<std::uint32_t> session_seconds;
  std::optional<std::string> opens_at;
  std::optional<std::string> closes_at;
  std::optional<std::string> message;
  std::optional<bool> paused;
};

int refused(const std::string& why) {
  std::cerr << "jari queue: " << why << '\n';
  return 1;
}

std::string body_of(const QueueChange& change) {
  std::string body;
  http::JsonWriter json(body);
  json.begin_object()
      .field("rate_per_second", change.rate)
      .field("inside_max", change.inside_max)
      .field("session_seconds", change.session_seconds)
      .field("opens_at", change.opens_at)
      .field("closes_at", change.closes_at)
      .field("message", change.message)
      .field("paused", change.paused)
      .field("reason", change.reason)
      .end_object();
  return body;
}

/// Of a queue that was to be opened: whether it stays closed; says what stands in the way.
bool stays_closed(const QueueChange& change, const http::ClientAnswer& shown) {
  const std::string state = problem_member(shown, "state");
  if (state == "paused") {
    std::cerr << "jari queue: " << change.queue << " is open but paused: `jari queue resume "
              << change.queue << "` lets people in\n";
  }
  if (state != "closed") return false;
  std::cerr << "jari queue: " << change.queue << " stays closed: its closes_at, "
            << problem_member(shown, "closes_at") << ", is past. `jari queue set " << change.queue
            << " --closes-at TIME --reason WHY` (TIME as 2021-07-12T18:00:00Z) sets a later one\n";
  return true;
}

int send(const QueueChange& change, bool opens = false) {
  auto client = connect(change.server, change.by, "operator");
  const std::string path = "/queues/" + http::percent_encode(change.queue);
  const auto changed =
      ask_patiently(client, http::Method::Patch, "/v1/operator" + path, body_of(change), {});
  if (!changed) return refused(changed.error().detail);
  if (changed->status != 200) return refused(problem_text(*changed));
  const std::string position{changed->header("Jari-Position").value_or("")};
  const auto shown = ask_patiently(client, http::Method::Get, "/v1" + path, std::string_view{},
                                   {{"Jari-Position", position}});
  if (!shown || shown->status != 200) {
    return refused("the queue was changed, but cannot be shown: " +
                   (shown ? problem_text(*shown) : shown.error().detail));
  }
  const auto document = join_queue_documents(shown->body, changed->body);
  if (!document) return refused(document.error().detail);
  std::cout << *document << '\n';
  return opens && stays_closed(change, *shown) ? 1 : 0;
}

CLI::App* add_act(CLI::App& command, const std::shared_ptr<QueueChange>& change,
                  const std::string& name, const std::string& help) {
  CLI::App* act = command.add_subcommand(name, help);
  act->add_option("queue", change->queue, "The queue's id")->required()->check(check_id);
  act->add_option("--reason", change->reason, "Why: it stands in the log with your name")
      ->required()
      ->check(check_reason);
  act->add_option("--by", change->by, "Your name, where the token is made from --data")
      ->check(check_name)
      ->capture_default_str();
  add_server_settings(*act, change->server);
  return act;
}

void add_set(CLI::App& command, const std::shared_ptr<QueueChange>& change, int& exit_code) {
  CLI::App* set = add_act(command, change, "set", "Changes the settings named, leaves the rest");
  set->add_option("--rate", change->rate, "Admissions in a second; 0 = nobody");
  set->add_option("--inside-max", change->inside_max, "Most people inside at once");
  set->add_option("--session-seconds", change->session_seconds, "How long one may act");
  set->add_option("--opens-at", change->opens_at, "When it opens, as 2021-07-12T11:00:00Z");
  set->add_option("--closes-at", change->closes_at, "When it closes, in the same form");
  set->add_option("--message", change->message, "Shown to those who wait");
  set->callback([change, set, &exit_code] {
    const auto is_given = [&](const char* name) { return set->count(name) > 0; };
    if (std::none_of(kSettings.begin(), kSettings.end(), is_given)) {
      throw CLI::RequiredError("something to set, such as --rate,");
    }
    exit_code = send(*change);
  });
}

}  // namespace

void add_queue(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "queue", "Opens, pauses, resumes, sets or closes a queue; prints it as one line of JSON");
  command->require_subcommand(1);
  auto change = std::make_shared<QueueChange>();  // lives as long as the command line
  const auto now = [] { return to_text(wall_now()); };
  add_act(*command, change, "open", "Sets opens_at to now")->callback([=, &exit_code] {
    change->opens_at = now();
    exit_code = send(*change, true);
  });
  add_act(*command, change, "close", "Sets closes_at to now")->callback([=, &exit_code] {
    change->closes_at = now();
    exit_code = send(*change);
  });
  add_act(*command, change, "pause", "Admits nobody until it is resumed")
      ->callback([=, &exit_code] {
        change->paused = true;
        exit_code = send(*change);
      });
  add_act(*command, change, "resume", "Admits again")->callback([=, &exit_code] {
    change->paused = false;
    exit_code = send(*change);
  });
  add_set(*command, change, exit_code);
}

}  // namespace jari::ops
