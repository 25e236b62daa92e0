#include "engine/http/secret_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jari::http {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int opened) : opened_(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (opened_ >= 0) ::close(opened_);
  }
  [[nodiscard]] int get() const { return opened_; }
  [[nodiscard]] bool is_open() const { return opened_ >= 0; }

 private:
  int opened_;
};

Error fault(const std::string& what, const std::string& file, int why) {
  const ErrorCode code = why == ENOENT   ? ErrorCode::NotFound
                         : why == ENOSPC ? ErrorCode::DiskFull
                                         : ErrorCode::Io;
  return {code, "cannot " + what + " " + file + ": " + std::strerror(why)};
}

/// Writes all of it and waits for the disk; 0 or errno.
int write_durably(int to, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(to, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(to) == 0 ? 0 : errno;
}

}  // namespace

Result<std::string> read_key_file(const std::string& file) {
  const Descriptor from{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!from.is_open()) return fault("read", file, errno);
  std::string content;
  std::array<char, 4096> piece{};
  for (;;) {
    const auto got = ::read(from.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fault("read", file, errno);
    if (got == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(got));
    if (content.size() > kKeyFileBytesMax) {
      return Error{ErrorCode::BadBytes, file + " is larger than 1 MiB: it cannot be a key file"};
    }
  }
}

Result<bool> make_secret_file(const std::string& file, std::string_view content) {
  const std::filesystem::path path{file};
  const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return fault("make the folder", folder, failed.value());
  const std::string draft = file + "." + std::to_string(::getpid()) + ".new";
  {
    const Descriptor to{::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!to.is_open()) return fault("make", draft, errno);
    if (const int why = write_durably(to.get(), content); why != 0) {
      ::unlink(draft.c_str());
      return fault("write", draft, why);
    }
  }
  // link, not rename: a file that is there already is never replaced.
  const int why = ::link(draft.c_str(), file.c_str()) == 0 ? 0 : errno;
  ::unlink(draft.c_str());
  if (why == EEXIST) return false;
  if (why != 0) return fault("make", file, why);
  const Descriptor holder{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!holder.is_open() || ::fsync(holder.get()) != 0) return fault("sync", folder, errno);
  return true;
}

FileStamp stamp_of(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return {};
  constexpr std::int64_t kNsASecond = 1'000'000'000;
  return {.changed_ns = found.st_mtim.tv_sec * kNsASecond + found.st_mtim.tv_nsec,
          .bytes = found.st_size,
          .inode = found.st_ino};
}

}  // namespace jari::http
