// engine/log/archive/archive_file.h — one file of an archive: read at a place, or written under
// another name until it is whole and on the disk.
//
// Private to engine/log/archive/.
//
// Errors:  Io and DiskFull with path and reason; NotFound; BadBytes where a file ends too early.
// Threads: one, but for read_at().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "engine/base/hash.h"
#include "engine/base/result.h"

namespace jari {

class ArchiveFile {
 public:
  /// Empty, whatever was there.
  [[nodiscard]] static Result<ArchiveFile> make(const std::string& path);
  [[nodiscard]] static Result<ArchiveFile> open(const std::string& path);
  ~ArchiveFile();
  ArchiveFile(ArchiveFile&& other) noexcept
      : path_(std::move(other.path_)), handle_(std::exchange(other.handle_, -1)) {}
  ArchiveFile(const ArchiveFile&) = delete;
  ArchiveFile& operator=(const ArchiveFile&) = delete;

  [[nodiscard]] Result<void> write_at(std::uint64_t at, Bytes bytes);
  [[nodiscard]] Result<void> read_at(std::uint64_t at, std::span<std::byte> into) const;
  [[nodiscard]] Result<std::uint64_t> size() const;
  /// On the disk, and from then on under this name in its directory. A file of that name gives way.
  [[nodiscard]] Result<void> finish_as(const std::string& path);
  /// False where another process has it locked; until this one is closed.
  [[nodiscard]] bool lock();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  ArchiveFile(std::string path, int handle) : path_(std::move(path)), handle_(handle) {}
  std::string path_;
  int handle_;
};

/// Whatever is named in it stays named there.
[[nodiscard]] Result<void> sync_archive_directory(const std::string& path);
/// Made where it is missing, for good.
[[nodiscard]] Result<void> make_archive_directory(const std::string& path);

}  // namespace jari
