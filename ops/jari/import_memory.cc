#include "ops/jari/import_memory.h"

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "engine/http/json_reader.h"
#include "engine/http/json_writer.h"

namespace jari::ops {
namespace {

constexpr std::size_t kKeyBeginsWithChars = 24;  // of the file's hash: ids have at most 64

std::string text_in(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  return value ? std::string(value->text().value_or("")) : std::string{};
}

std::int64_t number_in(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  return value ? value->integer().value_or(0) : 0;
}

std::string how_far(const ImportMemory& memory) {
  if (memory.has_ended) return {};
  return memory.line == 0 ? ", and stopped before its first row had an answer"
                          : ", and stopped after line " + std::to_string(memory.line);
}

}  // namespace

std::string ImportMemory::key_of(std::size_t row) const {
  const auto times = refused.find(row);
  std::string made = key + "-" + std::to_string(row);
  if (times != refused.end()) made += "-" + std::to_string(times->second);
  return made;
}

std::string to_json(const ImportMemory& memory) {
  std::string text;
  http::JsonWriter json(text);
  json.begin_object()
      .field("at", memory.at.ms)
      .field("by", memory.by)
      .field("reason", memory.reason)
      .field("key", memory.key)
      .field("position", memory.position)
      .field("line", memory.line)
      .field("has_ended", memory.has_ended);
  json.key("refused").begin_object();
  for (const auto& [line, times] : memory.refused) json.field(std::to_string(line), times);
  json.end_object().end_object();
  return text;
}

std::optional<ImportMemory> parse_import_memory(std::string_view text) {
  const auto document = http::parse_json(text);
  if (!document || !document->root().is_object()) return std::nullopt;
  const http::JsonValue root = document->root();
  ImportMemory memory;
  memory.at.ms = number_in(root, "at");
  memory.by = text_in(root, "by");
  memory.reason = text_in(root, "reason");
  memory.key = text_in(root, "key");
  memory.position = text_in(root, "position");
  memory.line = static_cast<std::size_t>(number_in(root, "line"));
  const auto ended = root.member("has_ended");
  memory.has_ended = ended && ended->boolean().value_or(false);
  if (memory.at.ms <= 0 || memory.key.empty()) return std::nullopt;
  const auto refused = root.member("refused");
  if (!refused) return memory;
  for (const auto [name, times] : refused->members()) {
    std::size_t line = 0;
    std::from_chars(name.data(), name.data() + name.size(), line);
    memory.refused[line] = static_cast<std::uint32_t>(times.integer().value_or(0));
  }
  return memory;
}

Result<void> write_import_memory(const std::string& file, const ImportMemory& memory) {
  const std::string fresh = file + ".new";
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), failed);
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  namespace fs = std::filesystem;  // who and why is nobody else's business
  fs::permissions(fresh, fs::perms::owner_read | fs::perms::owner_write, failed);
  out << to_json(memory);
  out.close();
  if (out) std::filesystem::rename(fresh, file, failed);
  if (out && !failed) return {};
  const std::string why = failed ? failed.message() : "it cannot be written";
  return Error{ErrorCode::Io, "cannot remember this import in " + file + ": " + why +
                                  "; name the service's --data, or set HOME to a directory that "
                                  "can be written"};
}

Result<ImportMemory> plan_import(const std::optional<ImportMemory>& last,
                                 const ImportWanted& wanted) {
  ImportMemory fresh;
  fresh.at = wanted.now;
  fresh.by = wanted.by;
  fresh.reason = wanted.reason;
  fresh.key = wanted.file_hash.substr(0, kKeyBeginsWithChars);
  if (wanted.again) {
    fresh.key += "-" + std::to_string(wanted.now.ms);
    return fresh;
  }
  if (!last) return fresh;
  const std::string was = "this file was imported by " + last->by + " at " + to_text(last->at) +
                          " (reason: " + last->reason + ")" + how_far(*last);
  if (wanted.now - last->at > kKeysAreKnownFor) {
    const std::string_view rest =
        last->has_ended ? "" : "put the rows after that line into a file of their own, or ";
    return Error{ErrorCode::BadArgument,
                 was + ", and the service has forgotten its keys since: " + std::string(rest) +
                     "say --again to import all of it "
                     "once more"};
  }
  if (last->by != wanted.by || last->reason != wanted.reason) {
    return Error{ErrorCode::BadArgument,
                 was +
                     "; under another name or with another reason its rows would count twice: "
                     "repeat it as it was, or say --again to import all of it once more"};
  }
  return *last;
}

}  // namespace jari::ops
