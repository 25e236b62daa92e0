// ops/jari/connection.h — how a command reaches a running service: its address and a token.
//
// Errors:  what is wrong is thrown as std::runtime_error with what to do; main prints it, exit 1.
// Threads: one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "engine/base/time.h"
#include "engine/http/client.h"
#include "engine/http/token.h"

namespace jari::ops {

struct ServerSettings {
  std::string server = "http://127.0.0.1:8080";
  std::string token;
  std::string data;       // with it, the command makes its own token
  std::string hs256_key;  // a file: makes it with that key
};

/// Adds --server, --token and --data.
void add_server_settings(CLI::App& command, ServerSettings& settings);

/// The files of a data directory.
[[nodiscard]] std::string hs256_key_file(const std::string& data);
[[nodiscard]] std::string admission_key_file(const std::string& data);

[[nodiscard]] Instant wall_now();

/// The key that a command signs with: the file named, or the one in the data directory.
[[nodiscard]] std::string signing_key_file(const ServerSettings& settings);
/// A token signed with the key in `file`. Without that key the Error says where tokens come from.
[[nodiscard]] Result<std::string> make_token(const std::string& file, const http::Claims& claims,
                                             seconds ttl);

/// Who asks, as the log will have it: `by`, or the subject of the token that is given.
[[nodiscard]] std::string asker(const ServerSettings& settings, const std::string& by);

/// A client with a token: the one given, or one made for `subject` with `scope`.
[[nodiscard]] http::Client connect(const ServerSettings& settings, std::string_view subject,
                                   std::string_view scope);

/// Asks; where the answer is "not now" (429, 503) or "not yet" (202) and says for how long, waits
/// that long and asks the same again, a bounded number of times. Says so on stderr.
[[nodiscard]] Result<http::ClientAnswer> ask_patiently(
    http::Client& client, http::Method method, std::string_view target, std::string_view body,
    const std::vector<http::ClientHeader>& headers);

/// A text that stands in a problem document; empty where there is none.
[[nodiscard]] std::string problem_member(const http::ClientAnswer& answer, std::string_view name);
/// The `code: detail` of a problem document, or the body where it is none.
[[nodiscard]] std::string problem_text(const http::ClientAnswer& answer);

}  // namespace jari::ops
