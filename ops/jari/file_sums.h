// ops/jari/file_sums.h — the SHA-256 of a directory's files, as `sha256sum` writes and checks them.
//
// Finds damage, not forgers: whoever may write there may write the sums, too.
//
// Errors:  Io with the file; BadBytes names the file that is another, missing or too many.
// Threads: any.
#pragma once

#include <map>
#include <string>

#include "engine/base/result.h"

namespace jari::ops {

/// By the name of the file, below the directory.
using FileSums = std::map<std::string, std::string>;

/// Of every file below `dir`, as lower-case hex.
[[nodiscard]] Result<FileSums> sums_of(const std::string& dir);
[[nodiscard]] Result<std::string> sum_of(const std::string& file);

/// `HEX  NAME` a line.
[[nodiscard]] std::string to_text(const FileSums& sums);
/// As to_text() wrote it; BadBytes names `file` where it is not.
[[nodiscard]] Result<FileSums> read_sums(const std::string& file);

/// Whether these are the same files. Says which is not, as a file of `dir`.
[[nodiscard]] Result<void> compare_sums(const FileSums& wanted, const FileSums& found,
                                        const std::string& dir);

}  // namespace jari::ops
