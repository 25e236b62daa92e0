// engine/http/secret_file.h — small files that hold keys: read whole, made once, mode 0600.
//
// What stands in one is never part of an error.
//
// Errors:  NotFound, Io or DiskFull, with the file's name.
// Threads: pure but for the disk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace jari::http {

inline constexpr std::size_t kKeyFileBytesMax = 1024 * 1024;

[[nodiscard]] Result<std::string> read_key_file(const std::string& file);

/// Makes the file, whole or not at all, and its folder if that is missing; durable on return.
/// False: there was one already, and it stands.
[[nodiscard]] Result<bool> make_secret_file(const std::string& file, std::string_view content);

/// Tells one state of a file from another without reading it.
struct FileStamp {
  std::int64_t changed_ns = -1;  // -1: there is no file
  std::int64_t bytes = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileStamp&) const = default;
};
[[nodiscard]] FileStamp stamp_of(const std::string& file);

}  // namespace jari::http
