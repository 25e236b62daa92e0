#include "consumers/legacy/postgres_login.h"

#include <algorithm>
#include <optional>
#include <string>

namespace jari::legacy {
namespace {

constexpr std::string_view kTry = "connection to server ";  // begins a line for each server
constexpr std::string_view kFailed = " failed: ";
constexpr std::string_view kSeverity = ":  ";     // behind it, in the server's language
constexpr std::string_view kSource = "LOCATION";  // a line of the server's own source
constexpr std::string_view kWrongPassword = "28P01";
constexpr std::string_view kWrongSyntax = "42601";
constexpr std::size_t kStateLength = 5;
constexpr std::string_view kMend =
    ": see `database` of the file, --legacy-database, ~/.pgpass and PGPASSWORD";

/// Where the server's own text begins in a line, behind the severity; npos: it has none.
std::size_t answer_at(std::string_view line) {
  if (!line.starts_with(kTry)) return std::string_view::npos;
  const std::size_t failed = line.find(kFailed);
  if (failed == std::string_view::npos) return failed;
  const std::size_t severity = line.find(kSeverity, failed + kFailed.size());
  return severity == std::string_view::npos ? severity : severity + kSeverity.size();
}

std::optional<std::string_view> state_at(std::string_view line, std::size_t at) {
  const std::string_view state = line.substr(at, kStateLength);
  const bool is_state =
      state.size() == kStateLength && line.substr(at + kStateLength).starts_with(": ") &&
      std::all_of(state.begin(), state.end(),
                  [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
  return is_state ? std::optional{state} : std::nullopt;
}

template <class Visit>
void for_each_line(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool is_of_settings(std::string_view state) {
  return state.starts_with("28") || state.starts_with("3D") || state.starts_with("42");
}

}  // namespace

bool is_answer(std::string_view said) {
  bool is_one = false;
  for_each_line(said, [&](std::string_view line) {
    is_one = is_one || answer_at(line) != std::string_view::npos;
  });
  return is_one;
}

PostgresError login_error(std::string_view said, bool lacks_password) {
  PostgresError error;
  bool is_first = true;
  for_each_line(said, [&](std::string_view line) {
    if (line.starts_with(kSource)) return;
    const std::size_t at = answer_at(line);
    const auto state = at == std::string_view::npos ? std::nullopt : state_at(line, at);
    if (line.starts_with(kTry)) {
      if (is_first) error.state = state.value_or("");
      if (!is_first && error.state != state.value_or("")) error.state.clear();
      is_first = false;
    }
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (!error.text.empty() && !line.empty()) error.text += ' ';
    if (!state) {
      error.text += line;
      return;
    }
    error.text += line.substr(0, at);
    error.text += line.substr(at + kStateLength + std::string_view{": "}.size());
  });
  if (error.text.empty()) error.text = "no connection";
  if (lacks_password) error.state = kWrongPassword;
  // libpq's own, of what it was given: it has asked nobody.
  if (said.starts_with("invalid ") || said.starts_with("missing ")) error.state = kWrongSyntax;
  if (is_of_settings(error.state)) error.remedy = kMend;
  return error;
}

}  // namespace jari::legacy
