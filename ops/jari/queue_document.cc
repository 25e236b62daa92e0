#include "ops/jari/queue_document.h"

#include "engine/http/json_reader.h"
#include "engine/http/json_writer.h"

namespace jari::ops {

Result<std::string> join_queue_documents(std::string_view everybody, std::string_view operators) {
  const auto shown = http::parse_json(everybody);
  const auto settings = http::parse_json(operators);
  if (!shown || !shown->root().is_object() || !settings || !settings->root().is_object()) {
    return Error{ErrorCode::BadBytes, "what the service says of the queue is no JSON object"};
  }
  std::string line;
  http::JsonWriter json(line);
  json.begin_object();
  for (const auto [name, value] : shown->root().members()) {
    json.raw_field(name, http::canonical(value));
  }
  for (const auto [name, value] : settings->root().members()) {
    if (!shown->root().member(name)) json.raw_field(name, http::canonical(value));
  }
  json.end_object();
  return line;
}

}  // namespace jari::ops
