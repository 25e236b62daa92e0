// jari token: a bearer token made from a data directory's own key.

#include <iostream>
#include <memory>

#include "ops/jari/commands.h"
#include "ops/jari/connection.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

struct TokenSettings {
  std::string data;
  std::string person;
  std::string operator_name;
  std::string reader;
  std::vector<std::string> sites;
  std::int64_t ttl = 3600;
};

int print_token(const TokenSettings& settings) {
  http::Claims claims;
  if (!settings.person.empty()) {
    claims.subject = settings.person;
    claims.scopes = {"person"};
  } else if (!settings.operator_name.empty()) {
    claims.subject = settings.operator_name;
    claims.scopes = {"operator"};
  } else {
    claims.subject = settings.reader;
    claims.scopes = {"reader"};
  }
  claims.is_limited_to_sites = !settings.sites.empty();
  claims.sites = settings.sites;
  const auto token = make_token(hs256_key_file(settings.data), claims, seconds{settings.ttl});
  if (!token) {
    std::cerr << "jari token: " << token.error().detail << '\n';
    return 1;
  }
  std::cout << *token << '\n';
  return 0;
}

}  // namespace

void add_token(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "token", "Prints a bearer token, signed with the key that `serve` made in DIR/keys");
  auto settings = std::make_shared<TokenSettings>();  // lives as long as the command line
  add_setting(*command, "data", settings->data, "The data directory of the service")->required();
  auto* who = command->add_option_group("who", "For whom (one of them)");
  who->add_option("--person", settings->person, "A person's reference: may act for themselves")
      ->check(check_id);
  who->add_option("--operator", settings->operator_name, "An operator's name: may change things")
      ->check(check_name);
  who->add_option("--reader", settings->reader, "An operator's name: may only look")
      ->check(check_name);
  who->require_option(1);
  command->add_option("--sites", settings->sites, "Limits an operator to these sites")
      ->delimiter(',')
      ->check(check_id);
  command->add_option("--ttl", settings->ttl, "Seconds that the token is good for")
      ->capture_default_str()
      ->check(CLI::Range(1, 31'536'000));
  command->callback([settings, &exit_code] { exit_code = print_token(*settings); });
}

}  // namespace jari::ops
