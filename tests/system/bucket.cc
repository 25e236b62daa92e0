// Put before a program with LD_PRELOAD: the directory JARI_BUCKET, and all below it, is as an
// object store that is mounted as a file system. A file is written from its front to its end and
// never again, nor opened to be read and written, as a mapping needs it; nothing is renamed, linked
// or locked, and no directory is synced. With JARI_BUCKET_STEP=N the program gets the signal
// JARI_BUCKET_SIGNAL once it has made its Nth change there: a directory made, a file made, one
// closed that was written, a name removed. With JARI_FREE_MB=N every disk has so much free. For
// snapshot_test.py.

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

constexpr std::size_t kPathMax = 4096;

/// -1 and errno, as the C library answers.
long refuse(int why = EOPNOTSUPP) {
  errno = why;
  return -1;
}

/// Of an open file, or of the current directory.
std::string path_of(int file) {
  std::string path(kPathMax, '\0');
  const std::string link =
      file == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/" + std::to_string(file);
  const long size = ::syscall(SYS_readlinkat, AT_FDCWD, link.c_str(), path.data(), path.size());
  path.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return path;
}

bool is_in_bucket(const std::string& path) {
  const char* const bucket = std::getenv("JARI_BUCKET");
  if (bucket == nullptr) return false;
  const std::string root(bucket);
  return path == root || path.compare(0, root.size() + 1, root + '/') == 0;
}
bool is_in_bucket(int file) {
  const int before = errno;
  const bool is_in = is_in_bucket(path_of(file));
  errno = before;
  return is_in;
}
bool is_in_bucket(int directory, const char* path) {
  if (path == nullptr || *path == '/') return path != nullptr && is_in_bucket(std::string(path));
  return is_in_bucket(path_of(directory) + '/' + path);
}

long number(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? 0 : std::strtol(text, nullptr, 10);
}

/// Hands `done` on, after a change in the bucket where it says that there was one.
long step(long done, bool is_in) {
  static std::atomic<long> steps{0};
  if (is_in && done >= 0 && ++steps == number("JARI_BUCKET_STEP")) {
    ::raise(static_cast<int>(number("JARI_BUCKET_SIGNAL")));
  }
  return done;
}

struct stat about(int file) {
  struct stat found {};
  ::fstat(file, &found);
  return found;
}
bool is_written(int file) {
  const long flags = ::syscall(SYS_fcntl, file, F_GETFL);
  return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && S_ISREG(about(file).st_mode);
}
/// Whether what is written next lies behind all that was.
bool is_at_end(int file) {
  return ::syscall(SYS_lseek, file, 0, SEEK_CUR) == about(file).st_size;
}

long open_file(int directory, const char* path, int flags, unsigned mode) {
  const bool is_in = is_in_bucket(directory, path);
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  if (is_in && writes) {
    const bool exists = ::syscall(SYS_faccessat, directory, path, F_OK) == 0;
    const bool is_anew = !exists || (flags & (O_TRUNC | O_EXCL)) != 0;
    if ((flags & O_APPEND) != 0 || (flags & O_ACCMODE) == O_RDWR || !is_anew) {
      return refuse();
    }
  }
  return step(::syscall(SYS_openat, directory, path, flags, mode), is_in && writes);
}

unsigned mode_of(int flags, va_list more) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, unsigned) : 0;
}

long control(int file, int what, void* how) {
  const bool locks =
      what == F_SETLK || what == F_SETLKW || what == F_OFD_SETLK || what == F_OFD_SETLKW;
  if (locks && is_in_bucket(file)) return refuse();
  return ::syscall(SYS_fcntl, file, what, how);
}

long sync_file(long call, int file) {
  if (S_ISDIR(about(file).st_mode) && is_in_bucket(file)) return refuse(EINVAL);
  return ::syscall(call, file);
}

long remove_name(int directory, const char* path, int flags) {
  const bool is_in = is_in_bucket(directory, path);
  return step(::syscall(SYS_unlinkat, directory, path, flags), is_in);
}

long move(int from_in, const char* from, int to_in, const char* to, unsigned flags) {
  if (is_in_bucket(from_in, from) || is_in_bucket(to_in, to)) return refuse();
  return ::syscall(SYS_renameat2, from_in, from, to_in, to, flags);
}

long link_name(int from_in, const char* from, int to_in, const char* to, int flags) {
  if (is_in_bucket(from_in, from) || is_in_bucket(to_in, to)) return refuse();
  return ::syscall(SYS_linkat, from_in, from, to_in, to, flags);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const unsigned mode = mode_of(flags, more);
  va_end(more);
  return static_cast<int>(open_file(AT_FDCWD, path, flags, mode));
}
int openat(int directory, const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const unsigned mode = mode_of(flags, more);
  va_end(more);
  return static_cast<int>(open_file(directory, path, flags, mode));
}
[[gnu::alias("open")]] int open64(const char* path, int flags, ...);
[[gnu::alias("openat")]] int openat64(int directory, const char* path, int flags, ...);
int creat(const char* path, mode_t mode) {
  return static_cast<int>(open_file(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode));
}

int close(int file) {
  const bool is_done = is_in_bucket(file) && is_written(file);
  return static_cast<int>(step(::syscall(SYS_close, file), is_done));
}

ssize_t write(int file, const void* bytes, size_t size) {
  if (is_in_bucket(file) && !is_at_end(file)) return refuse();
  return ::syscall(SYS_write, file, bytes, size);
}
ssize_t writev(int file, const iovec* parts, int count) {
  if (is_in_bucket(file) && !is_at_end(file)) return refuse();
  return ::syscall(SYS_writev, file, parts, count);
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  if (is_in_bucket(file)) return refuse();
  return ::syscall(SYS_pwrite64, file, bytes, size, at);
}
[[gnu::alias("pwrite")]] ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at);
ssize_t pwritev(int file, const iovec* parts, int count, off_t at) {
  if (is_in_bucket(file)) return refuse();
  return ::syscall(SYS_pwritev, file, parts, count, at, 0L);
}
off_t lseek(int file, off_t by, int whence) noexcept {
  const bool stays = whence == SEEK_CUR && by == 0;
  if (!stays && is_in_bucket(file) && is_written(file)) return refuse();
  return ::syscall(SYS_lseek, file, by, whence);
}
[[gnu::alias("lseek")]] off64_t lseek64(int file, off64_t by, int whence) noexcept;
int ftruncate(int file, off_t size) noexcept {
  if (is_in_bucket(file)) return static_cast<int>(refuse());
  return static_cast<int>(::syscall(SYS_ftruncate, file, size));
}
[[gnu::alias("ftruncate")]] int ftruncate64(int file, off64_t size) noexcept;
int truncate(const char* path, off_t size) noexcept {
  if (is_in_bucket(AT_FDCWD, path)) return static_cast<int>(refuse());
  return static_cast<int>(::syscall(SYS_truncate, path, size));
}
int fallocate(int file, int how, off_t at, off_t size) {
  if (is_in_bucket(file)) return static_cast<int>(refuse());
  return static_cast<int>(::syscall(SYS_fallocate, file, how, at, size));
}
int lock_file(int file, int how) noexcept asm("flock");  // that name is a struct's here
int lock_file(int file, int how) noexcept {
  if (is_in_bucket(file)) return static_cast<int>(refuse());
  return static_cast<int>(::syscall(SYS_flock, file, how));
}
int fcntl(int file, int what, ...) {
  va_list more;
  va_start(more, what);
  void* const how = va_arg(more, void*);
  va_end(more);
  return static_cast<int>(control(file, what, how));
}
[[gnu::alias("fcntl")]] int fcntl64(int file, int what, ...);
int fsync(int file) {
  return static_cast<int>(sync_file(SYS_fsync, file));
}
int fdatasync(int file) {
  return static_cast<int>(sync_file(SYS_fdatasync, file));
}

int rename(const char* from, const char* to) noexcept {
  return static_cast<int>(move(AT_FDCWD, from, AT_FDCWD, to, 0));
}
int renameat(int from_in, const char* from, int to_in, const char* to) noexcept {
  return static_cast<int>(move(from_in, from, to_in, to, 0));
}
int renameat2(int from_in, const char* from, int to_in, const char* to, unsigned flags) noexcept {
  return static_cast<int>(move(from_in, from, to_in, to, flags));
}
int link(const char* from, const char* to) noexcept {
  return static_cast<int>(link_name(AT_FDCWD, from, AT_FDCWD, to, 0));
}
int linkat(int from_in, const char* from, int to_in, const char* to, int flags) noexcept {
  return static_cast<int>(link_name(from_in, from, to_in, to, flags));
}
int symlinkat(const char* target, int in, const char* path) noexcept {
  if (is_in_bucket(in, path)) return static_cast<int>(refuse());
  return static_cast<int>(::syscall(SYS_symlinkat, target, in, path));
}
int symlink(const char* target, const char* path) noexcept {
  return symlinkat(target, AT_FDCWD, path);
}

int mkdir(const char* path, mode_t mode) noexcept {
  const bool is_in = is_in_bucket(AT_FDCWD, path);
  return static_cast<int>(step(::syscall(SYS_mkdirat, AT_FDCWD, path, mode), is_in));
}
int unlink(const char* path) noexcept {
  return static_cast<int>(remove_name(AT_FDCWD, path, 0));
}
int unlinkat(int directory, const char* path, int flags) noexcept {
  return static_cast<int>(remove_name(directory, path, flags));
}
int rmdir(const char* path) noexcept {
  return static_cast<int>(remove_name(AT_FDCWD, path, AT_REMOVEDIR));
}
int remove(const char* path) noexcept {
  const long gone = remove_name(AT_FDCWD, path, 0);
  if (gone == 0 || errno != EISDIR) return static_cast<int>(gone);
  return rmdir(path);
}

int statvfs(const char* path, struct statvfs* figures) noexcept {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  const int failed = file < 0 ? -1 : ::fstatvfs(file, figures);
  if (file >= 0) ::close(file);
  if (failed == 0 && std::getenv("JARI_FREE_MB") != nullptr) {
    figures->f_frsize = 1UL << 20;
    figures->f_bavail = static_cast<fsblkcnt_t>(number("JARI_FREE_MB"));
  }
  return failed;
}

}  // extern "C"
