#include "ops/jari/synced_file.h"

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace jari::ops {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr mode_t kMode = 0644;  // less what the umask forbids

Error failed(const char* doing, const std::string& path, int why) {
  const bool is_full = why == ENOSPC || why == EDQUOT;
  return {is_full ? ErrorCode::DiskFull : ErrorCode::Io,
          std::string("cannot ") + doing + ' ' + path + ": " + std::strerror(why) +
              (is_full ? "; make room there, then run it again"
                       : "; see that it is mounted and may be used")};
}

/// Open until it is closed, or goes.
class File {
 public:
  File(std::string path, int flags)
      : path_(std::move(path)), descriptor_(::open(path_.c_str(), flags | O_CLOEXEC, kMode)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  /// None at the end.
  Result<std::size_t> read(std::vector<char>& piece) {
    ssize_t got = -1;
    do got = ::read(descriptor_, piece.data(), piece.size());
    while (got < 0 && errno == EINTR);
    if (got < 0) return failed("read", path_, errno);
    return static_cast<std::size_t>(got);
  }
  Result<void> write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed("write", path_, errno);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }
  /// A mounted store may send all of it only now, and say only now that it could not.
  Result<void> finish() {
    if (::fsync(descriptor_) != 0) return failed("sync", path_, errno);
    ::posix_fadvise(descriptor_, 0, 0,
                    POSIX_FADV_DONTNEED);  // what is read back is not our memory's
    if (::close(std::exchange(descriptor_, -1)) != 0) return failed("write", path_, errno);
    return {};
  }

 private:
  std::string path_;
  int descriptor_;
};

constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL;

}  // namespace

Result<void> write_synced(const std::string& file, std::string_view text) {
  File out(file, kNew);
  if (!out.is_open()) return failed("make", file, errno);
  if (auto written = out.write(text); !written) return written;
  return out.finish();
}

Result<void> copy_synced(const std::string& from, const std::string& file) {
  File in(from, O_RDONLY);
  if (!in.is_open()) return failed("read", from, errno);
  File out(file, kNew);
  if (!out.is_open()) return failed("make", file, errno);
  std::vector<char> piece(kPieceBytes);
  while (true) {
    const auto got = in.read(piece);
    if (!got) return got.error();
    if (*got == 0) return out.finish();
    if (auto written = out.write({piece.data(), *got}); !written) return written;
  }
}

Result<void> sync_directory(const std::string& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return failed("open", path, errno);
  const int why = ::fsync(directory) == 0 ? 0 : errno;
  ::close(directory);
  // An object store has names without directories: there is nothing to be synced.
  const bool is_unknown = why == EINVAL || why == ENOSYS || why == EOPNOTSUPP;
  if (why == 0 || is_unknown) return {};
  return failed("sync", path, why);
}

}  // namespace jari::ops
