// ops/jari/import_memory.h — what is remembered of an import on the machine that ran it: whose it
// was, with which keys, how far it came.
//
// The service knows keys, not files: who sends a file for the second time under another name or
// with another reason has other requests. This is what notices it.
//
// Units:   lines of the file, from 1.
// Errors:  Result; a file that holds no memory counts as none.
// Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace jari::ops {

inline constexpr seconds kKeysAreKnownFor{24 * 3600};

struct ImportMemory {
  Instant at;  // when it began
  std::string by;
  std::string reason;
  std::string key;         // what its keys begin with
  std::string position;    // of the log it went into; empty where that is not known
  std::size_t line = 0;    // rows up to here have their answer
  bool has_ended = false;  // that was the last row
  std::map<std::size_t, std::uint32_t> refused;  // by line: how often, none of which added anything

  [[nodiscard]] bool is_in(std::size_t row) const { return row <= line && !refused.contains(row); }
  /// The key for the row, or the group that begins with it: another one once it was refused, since
  /// a refusal is remembered under its key.
  [[nodiscard]] std::string key_of(std::size_t row) const;
  bool operator==(const ImportMemory&) const = default;
};

[[nodiscard]] std::string to_json(const ImportMemory& memory);
[[nodiscard]] std::optional<ImportMemory> parse_import_memory(std::string_view json);

/// Replaces the file at once: a crash leaves the old one or the new one.
[[nodiscard]] Result<void> write_import_memory(const std::string& file, const ImportMemory& memory);

/// What is asked for now.
struct ImportWanted {
  Instant now;
  std::string by;
  std::string reason;
  std::string file_hash;
  bool again = false;
};
/// How to go on: a new import, or the last one where it stopped or ended. The Error says why the
/// file must not be sent, and what to do.
[[nodiscard]] Result<ImportMemory> plan_import(const std::optional<ImportMemory>& last,
                                               const ImportWanted& wanted);

}  // namespace jari::ops
