#include "ops/jari/text_file.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace jari::ops {
namespace {

constexpr std::size_t kReadBytes = 64UL * 1024;

Error cannot_read(const std::string& file) {
  return {ErrorCode::Io, "cannot read " + file + ": " + std::strerror(errno)};
}

}  // namespace

Result<std::string> read_text_file(const std::string& file) {
  const int from = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0) return cannot_read(file);
  std::string text;
  std::array<char, kReadBytes> buffer{};
  ssize_t got = 0;
  while ((got = ::read(from, buffer.data(), buffer.size())) > 0 || (got < 0 && errno == EINTR)) {
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const Error failed = cannot_read(file);
  ::close(from);
  if (got < 0) return failed;
  return text;
}

}  // namespace jari::ops
