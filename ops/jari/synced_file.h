// ops/jari/synced_file.h — files that are on the disk, or in the bucket, once they are written.
//
// A file is made, written from its front to its end, synced and closed: all that an object store
// mounted as a file system knows. What is there already is not written over.
//
// Errors:  Io and DiskFull with the file, why, and what to do.
// Threads: any.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace jari::ops {

[[nodiscard]] Result<void> write_synced(const std::string& file, std::string_view text);
/// The bytes of `from`, as a file of its own. Read next, they come from where they were written.
[[nodiscard]] Result<void> copy_synced(const std::string& from, const std::string& file);

/// What is named in it stays named there, where the file system knows of such a thing.
[[nodiscard]] Result<void> sync_directory(const std::string& path);

}  // namespace jari::ops
