#include "ops/jari/connection.h"

#include <chrono>
#include <stdexcept>

#include "engine/http/json_reader.h"
#include "engine/http/token.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

constexpr seconds kOwnTokenLives{3600};

}  // namespace

void add_server_settings(CLI::App& command, ServerSettings& settings) {
  add_setting(command, "server", settings.server, "The service, as http://HOST:PORT");
  add_setting(command, "token", settings.token, "A bearer token (else --data makes one)");
  add_setting(command, "data", settings.data,
              "The service's data directory on this machine, to make a token from its key");
}

std::string hs256_key_file(const std::string& data) {
  return data + "/keys/hs256.key";
}
std::string admission_key_file(const std::string& data) {
  return data + "/keys/admission.pem";
}

Instant wall_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<milliseconds>(now).count()};
}

http::Client connect(const ServerSettings& settings, std::string_view subject,
                     std::string_view scope) {
  http::ClientOptions options;
  options.server = settings.server;
  options.token = settings.token;
  if (options.token.empty() && !settings.data.empty()) {
    http::Claims claims;
    claims.subject = subject;
    claims.scopes = {std::string(scope)};
    auto token =
        http::issue_hs256(hs256_key_file(settings.data), claims, wall_now(), kOwnTokenLives);
    if (!token) throw std::runtime_error(token.error().detail);
    options.token = std::move(*token);
  }
  if (options.token.empty()) {
    throw std::runtime_error(
        "this command needs a token: give --token (or JARI_TOKEN), or --data DIR on the machine "
        "where the service runs");
  }
  auto client = http::Client::make(std::move(options));
  if (!client) throw std::runtime_error(client.error().detail);
  return std::move(*client);
}

std::string problem_text(const http::ClientAnswer& answer) {
  const auto document = http::parse_json(answer.body);
  std::string text = "HTTP " + std::to_string(answer.status);
  if (!document || !document->root().is_object()) return text + ": " + answer.body;
  for (const char* name : {"code", "detail", "field"}) {
    const auto value = document->root().member(name);
    if (value && value->text()) text.append(": ").append(*value->text());
  }
  return text;
}

}  // namespace jari::ops
