#include "engine/http/problem.h"

#include <random>
#include <string>

#include "engine/base/hash.h"
#include "engine/http/json_writer.h"

namespace jari::http {
namespace {

constexpr std::int64_t kRetryAfterDefault = 1;

bool says_when_to_retry(int status) {
  return status == 429 || status == 503;
}

std::optional<std::int64_t> retry_after(const Problem& problem) {
  if (problem.retry_after_seconds || !says_when_to_retry(problem.status)) {
    return problem.retry_after_seconds;
  }
  return kRetryAfterDefault;
}

}  // namespace

std::string title_of(std::string_view code) {
  std::string title{code};
  for (char& c : title) {
    if (c == '-') c = ' ';
  }
  if (!title.empty() && title.front() >= 'a' && title.front() <= 'z') {
    title.front() = static_cast<char>(title.front() - ('a' - 'A'));
  }
  return title;
}

std::string draw_request_id() {
  thread_local std::mt19937_64 random{[] {
    std::random_device device;
    return (std::uint64_t{device()} << 32) ^ device();
  }()};
  return to_text(Hash128{random(), random()});
}

void append_json(std::string& out, const Problem& problem) {
  JsonWriter json{out};
  json.begin_object();
  json.field("type", "urn:jari:problem:" + problem.code);
  json.field("title", title_of(problem.code));
  json.field("status", problem.status);
  json.field("detail", problem.detail);
  json.field("code", problem.code);
  json.field("request_id", problem.request_id.empty() ? draw_request_id() : problem.request_id);
  if (!problem.field.empty()) json.field("field", problem.field);
  json.field("retry_after_seconds", retry_after(problem));
  if (!problem.opens_at.empty()) json.field("opens_at", problem.opens_at);
  if (!problem.not_before.empty()) json.field("not_before", problem.not_before);
  if (!problem.not_after.empty()) json.field("not_after", problem.not_after);
  json.field("limit", problem.limit);
  json.end_object();
}

Response to_response(const Problem& problem) {
  Response response;
  response.status = problem.status;
  response.content_type = kProblemJson;
  append_json(response.body, problem);
  if (says_when_to_retry(problem.status)) {
    response.headers.add("Retry-After", *retry_after(problem));
  }
  return response;
}

}  // namespace jari::http
