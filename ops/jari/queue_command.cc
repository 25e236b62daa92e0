// jari queue: an operator's hand on a queue.

#include <iostream>
#include <memory>

#include "engine/http/json_writer.h"
#include "engine/http/target.h"
#include "ops/jari/commands.h"
#include "ops/jari/connection.h"

namespace jari::ops {
namespace {

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

int send(const QueueChange& change) {
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
  auto client = connect(change.server, change.by, "operator");
  const std::string target = "/v1/operator/queues/" + http::percent_encode(change.queue);
  const auto answer = client.call(http::Method::Patch, target, body);
  if (!answer || answer->status != 200) {
    std::cerr << "jari queue: " << (answer ? problem_text(*answer) : answer.error().detail) << '\n';
    return 1;
  }
  std::cout << answer->body << '\n';
  return 0;
}

CLI::App* add_act(CLI::App& command, const std::shared_ptr<QueueChange>& change,
                  const std::string& name, const std::string& help) {
  CLI::App* act = command.add_subcommand(name, help);
  act->add_option("queue", change->queue, "The queue's id")->required();
  act->add_option("--reason", change->reason, "Why: it stands in the log with your name")
      ->required();
  act->add_option("--by", change->by, "Your name, where the token is made from --data")
      ->capture_default_str();
  add_server_settings(*act, change->server);
  return act;
}

void add_set(CLI::App& command, const std::shared_ptr<QueueChange>& change, int& exit_code) {
  CLI::App* set = add_act(command, change, "set", "Changes the settings named, leaves the rest");
  set->add_option("--rate", change->rate, "Admissions in a second; 0 = nobody");
  set->add_option("--inside-max", change->inside_max, "Most people inside at once");
  set->add_option("--session-seconds", change->session_seconds, "How long one may act");
  set->add_option("--opens-at", change->opens_at, "RFC 3339");
  set->add_option("--closes-at", change->closes_at, "RFC 3339");
  set->add_option("--message", change->message, "Shown to those who wait");
  set->callback([change, &exit_code] { exit_code = send(*change); });
}

}  // namespace

void add_queue(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("queue", "Opens, pauses, resumes, sets or closes a queue");
  command->require_subcommand(1);
  auto change = std::make_shared<QueueChange>();  // lives as long as the command line
  const auto now = [] { return to_text(wall_now()); };
  add_act(*command, change, "open", "Sets opens_at to now")->callback([=, &exit_code] {
    change->opens_at = now();
    exit_code = send(*change);
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
