// ops/jari/connection.h — how a command reaches a running service: its address and a token.
//
// Errors:  what is wrong is thrown as std::runtime_error with what to do; main prints it, exit 1.
// Threads: one.
#pragma once

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "engine/base/time.h"
#include "engine/http/client.h"

namespace jari::ops {

struct ServerSettings {
  std::string server = "http://127.0.0.1:8080";
  std::string token;
  std::string data;  // with it, the command makes its own token
};

/// Adds --server, --token and --data.
void add_server_settings(CLI::App& command, ServerSettings& settings);

/// The files of a data directory.
[[nodiscard]] std::string hs256_key_file(const std::string& data);
[[nodiscard]] std::string admission_key_file(const std::string& data);

[[nodiscard]] Instant wall_now();

/// A client with a token: the one given, or one made for `subject` with `scope`.
[[nodiscard]] http::Client connect(const ServerSettings& settings, std::string_view subject,
                                   std::string_view scope);

/// The `title: detail` of a problem document, or the body where it is none.
[[nodiscard]] std::string problem_text(const http::ClientAnswer& answer);

}  // namespace jari::ops
