// jari load: a crowd against a service, with live figures.

#include <cstdio>
#include <iostream>
#include <memory>

#include "ops/jari/commands.h"
#include "ops/jari/settings.h"
#include "ops/jari/visitors.h"

namespace jari::ops {
namespace {

void print_line(const CrowdFigures& figures) {
  std::uint64_t refused = 0;
  for (const auto& [code, count] : figures.refusals) refused += count;
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::fprintf(
      stderr,
      "tickets %llu  admitted %llu  booked %llu  refused %llu  gave up %llu  requests %llu  "
      "p50 %.1f ms  p99 %.1f ms\n",
      number(figures.tickets), number(figures.admitted), number(figures.booked), number(refused),
      number(figures.gave_up), number(figures.requests), figures.p50_ms, figures.p99_ms);
}

int run(const CrowdSettings& settings) {
  if (settings.server.data.empty() && settings.server.hs256_key.empty()) {
    std::cerr << "jari load: each visitor needs a token of their own: name the key that signs them "
                 "with --hs256-key FILE, or --data DIR of the service on this machine\n";
    return 2;
  }
  std::cerr << "seed " << settings.seed << ": " << settings.people << " people within "
            << settings.seconds << " s\n";
  const auto figures = run_crowd(settings, print_line);
  if (!figures) {
    std::cerr << "jari load: " << figures.error().detail << '\n';
    return 1;
  }
  std::cout << "booked " << figures->booked << " of " << settings.people << '\n';
  for (const auto& [code, count] : figures->refusals) std::cout << code << ' ' << count << '\n';
  return 0;
}

}  // namespace

void add_load(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "load",
      "Visitors by the thousand against a service: each joins the line, waits, is admitted and "
      "books.\nMakes them eligible first, as the operator of --token or of its own making. Signs "
      "the "
      "visitors' tokens\nwith the service's HS256 key: in --data, or where --hs256-key says.");
  auto settings = std::make_shared<CrowdSettings>();
  add_server_settings(*command, settings->server);
  add_setting(*command, "hs256-key", settings->server.hs256_key,
              "File with the secret that signs tokens, as `jari serve` was given it");
  command->add_option("--people", settings->people, "How many")->capture_default_str();
  command->add_option("--seconds", settings->seconds, "For how long")->capture_default_str();
  command->add_option("--seed", settings->seed, "Draws who comes when")
      ->check(check_not_negative)
      ->capture_default_str();
  command->add_option("--programme", settings->programme, "What they book")->capture_default_str();
  command->add_option("--threads", settings->threads, "Connections")->capture_default_str();
  command->callback([settings, &exit_code] { exit_code = run(*settings); });
}

}  // namespace jari::ops
