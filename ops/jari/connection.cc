#include "ops/jari/connection.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "engine/base/printable.h"
#include "engine/http/base64url.h"
#include "engine/http/json_reader.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

constexpr seconds kOwnTokenLives{3600};
constexpr int kTriesMax = 10;
constexpr std::int64_t kWaitSecondsMax = 30;  // for each of them

/// How long to wait before the same is asked again; nothing where the answer is final.
std::optional<seconds> wait_of(const http::ClientAnswer& answer) {
  if (answer.status != 202 && answer.status != 429 && answer.status != 503) return std::nullopt;
  const auto text = answer.header("Retry-After");
  std::int64_t wait = 0;
  if (!text) return std::nullopt;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), wait);
  if (read.ec != std::errc{} || wait < 0) return std::nullopt;
  return seconds{std::min(wait, kWaitSecondsMax)};
}

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

std::string signing_key_file(const ServerSettings& settings) {
  return settings.hs256_key.empty() ? hs256_key_file(settings.data) : settings.hs256_key;
}

Result<std::string> make_token(const std::string& file, const http::Claims& claims, seconds ttl) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed) && !failed) {
    return Error{ErrorCode::NotFound,
                 "there is no key " + file +
                     ": `jari serve --data` makes it at its first start, unless it is given "
                     "--hs256-key or --jwks; then ask whoever holds that key for a token"};
  }
  return http::issue_hs256(file, claims, wall_now(), ttl);
}

std::string asker(const ServerSettings& settings, const std::string& by) {
  if (settings.token.empty()) return by;
  const std::string_view token = settings.token;
  const std::size_t first = std::min(token.find('.'), token.size() - 1) + 1;
  const auto payload =
      http::base64url_decode(token.substr(first, token.find('.', first) - first)).value_or("");
  const auto document = http::parse_json(payload);
  const auto subject = document ? document->root().member("sub") : std::nullopt;
  return subject ? std::string(subject->text().value_or("")) : std::string{};
}

http::Client connect(const ServerSettings& settings, std::string_view subject,
                     std::string_view scope) {
  http::ClientOptions options;
  options.server = settings.server;
  options.token = settings.token;
  if (options.token.empty() && !(settings.data.empty() && settings.hs256_key.empty())) {
    http::Claims claims;
    claims.subject = subject;
    claims.scopes = {std::string(scope)};
    auto token = make_token(signing_key_file(settings), claims, kOwnTokenLives);
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

Result<http::ClientAnswer> ask_patiently(http::Client& client, http::Method method,
                                         std::string_view target, std::string_view body,
                                         const std::vector<http::ClientHeader>& headers) {
  for (int tries = 1;; ++tries) {
    auto answer = client.call(method, target, body, headers);
    if (!answer) return answer;
    const auto wait = wait_of(*answer);
    if (!wait || tries == kTriesMax) return answer;
    std::cerr << "the service says " << problem_text(*answer) << " Asking again in "
              << wait->count() << " s (" << tries << " of " << kTriesMax - 1 << ").\n";
    std::this_thread::sleep_for(*wait);
  }
}

std::string problem_member(const http::ClientAnswer& answer, std::string_view name) {
  const auto document = http::parse_json(answer.body);
  if (!document || !document->root().is_object()) return {};
  const auto value = document->root().member(name);
  return value ? std::string(value->text().value_or("")) : std::string{};
}

std::string problem_text(const http::ClientAnswer& answer) {
  std::string text = "HTTP " + std::to_string(answer.status);
  const std::string code = problem_member(answer, "code");
  if (code.empty()) return text + ": " + printable(answer.body);
  for (const std::string_view name : {"code", "detail", "field"}) {
    const std::string value = problem_member(answer, name);
    if (!value.empty()) text.append(": ").append(printable(value));
  }
  return text;
}

}  // namespace jari::ops
