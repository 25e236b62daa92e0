#include "engine/log/archive/archive_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jari {
namespace {

Error failed(const char* doing, const std::string& path, int why) {
  const bool is_full = why == ENOSPC || why == EDQUOT;
  return {is_full         ? ErrorCode::DiskFull
          : why == ENOENT ? ErrorCode::NotFound
                          : ErrorCode::Io,
          std::string("cannot ") + doing + " " + path + ": " + std::strerror(why) +
              (is_full ? "; make room on that disk, then run it again: it goes on where it ended"
                       : "; see that the disk is there and may be used")};
}

}  // namespace

Result<ArchiveFile> ArchiveFile::make(const std::string& path) {
  const int handle = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (handle < 0) return failed("make", path, errno);
  return ArchiveFile(path, handle);
}

Result<ArchiveFile> ArchiveFile::open(const std::string& path) {
  const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) return failed("open", path, errno);
  return ArchiveFile(path, handle);
}

ArchiveFile::~ArchiveFile() {
  if (handle_ >= 0) ::close(handle_);
}

Result<void> ArchiveFile::write_at(std::uint64_t at, Bytes bytes) {
  while (!bytes.empty()) {
    const auto written =
        ::pwrite(handle_, bytes.data(), bytes.size(), static_cast<std::int64_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write", path_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<void> ArchiveFile::read_at(std::uint64_t at, std::span<std::byte> into) const {
  while (!into.empty()) {
    const auto count = ::pread(handle_, into.data(), into.size(), static_cast<std::int64_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", path_, errno);
    if (count == 0) return Error{ErrorCode::BadBytes, "it ends too early"};
    into = into.subspan(static_cast<std::size_t>(count));
    at += static_cast<std::uint64_t>(count);
  }
  return {};
}

Result<std::uint64_t> ArchiveFile::size() const {
  struct stat found {};
  if (::fstat(handle_, &found) != 0) return failed("look at", path_, errno);
  return static_cast<std::uint64_t>(found.st_size);
}

bool ArchiveFile::lock() {
  return ::flock(handle_, LOCK_EX | LOCK_NB) == 0;
}

Result<void> ArchiveFile::finish_as(const std::string& path) {
  if (::fsync(handle_) != 0) return failed("sync", path_, errno);
  if (::rename(path_.c_str(), path.c_str()) != 0) return failed("rename", path_, errno);
  path_ = path;
  return sync_archive_directory(std::filesystem::path(path).parent_path());
}

Result<void> sync_archive_directory(const std::string& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = directory >= 0 && ::fsync(directory) == 0;
  const int why = errno;
  if (directory >= 0) ::close(directory);
  if (is_synced) return {};
  return failed("sync the directory", path, why);
}

Result<void> make_archive_directory(const std::string& path) {
  std::error_code why;
  const bool is_made = std::filesystem::create_directories(path, why);
  if (why) return failed("make the directory", path, why.value());
  if (!is_made) return {};
  const auto parent = std::filesystem::absolute(path, why).parent_path();
  return sync_archive_directory(parent);
}

}  // namespace jari
