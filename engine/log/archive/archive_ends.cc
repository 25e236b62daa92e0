// The file `ends` of an archive: a line of text for each partition, and their checksum.

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "engine/log/archive/archive.h"
#include "engine/log/archive/archive_file.h"
#include "engine/log/crc32c.h"

namespace jari {
namespace {

constexpr std::string_view kFirstLine = "jari archive 1\n";
constexpr std::uint64_t kBytesMax = std::uint64_t{16} << 20;

std::string checksum_line(std::string_view text) {
  std::array<char, 8> digits{};
  digits.fill('0');
  const std::uint32_t crc = crc32c(bytes_of(text));
  std::array<char, 8> few{};
  const auto end = std::to_chars(few.data(), few.data() + few.size(), crc, 16).ptr;
  std::copy_backward(few.data(), end, digits.data() + digits.size());
  return "crc32c " + std::string(digits.data(), digits.size()) + "\n";
}

}  // namespace

Result<void> Archive::write_ends() {
  std::string text(kFirstLine);
  text += "incarnation " + to_text(identity_.incarnation) + "\n";
  for (const auto& [where, all] : lines_) {
    text += identity_.topics[where.topic].name + " " + std::to_string(where.partition) + " " +
            std::to_string(all.end()) + "\n";
  }
  text += checksum_line(text);
  auto file = ArchiveFile::make(dir_ + "/ends.unfinished");
  if (!file) return std::move(file).error();
  if (auto written = file->write_at(0, bytes_of(text)); !written) return written;
  if (auto named = file->finish_as(dir_ + "/ends"); !named) return named;
  for (const auto& [where, all] : lines_) ends_[where] = all.end();
  return {};
}

Result<void> Archive::read_ends() {
  const std::string path = dir_ + "/ends";
  auto file = ArchiveFile::open(path);
  if (!file && file.error().code == ErrorCode::NotFound) return {};  // the first run was stopped
  if (!file) return std::move(file).error();
  const auto bad = [&](const std::string& what) {
    return Error{ErrorCode::BadBytes,
                 path + ": " + what +
                     "; put it back from a copy of the archive, or remove it and "
                     "run `jari archive` again, which writes it anew"};
  };
  const auto size = file->size();
  if (!size) return size.error();
  if (*size > kBytesMax) return bad("it is too long");
  std::string text(*size, '\0');
  auto read = file->read_at(0, std::as_writable_bytes(std::span{text.data(), text.size()}));
  if (!read) return read;
  const auto last = text.rfind("crc32c ");
  if (last == std::string::npos || text.substr(last) != checksum_line(text.substr(0, last))) {
    return bad("its checksum does not fit what stands there");
  }
  std::string expected(kFirstLine);
  expected += "incarnation " + to_text(identity_.incarnation) + "\n";
  if (!text.starts_with(expected)) return bad("it is of another archive");
  std::size_t at = expected.size();
  for (const PartitionRef where : identity_.partitions()) {
    const std::string name =
        identity_.topics[where.topic].name + " " + std::to_string(where.partition) + " ";
    if (text.compare(at, name.size(), name) != 0) return bad("it does not name every partition");
    Offset end = 0;
    const auto [stop, error] =
        std::from_chars(text.data() + at + name.size(), text.data() + last, end);
    if (error != std::errc{} || *stop != '\n') return bad("an offset in it is none");
    ends_[where] = end;
    at = static_cast<std::size_t>(stop - text.data()) + 1;
  }
  return {};
}

Result<void> Archive::check_ends() const {
  for (const auto& [where, all] : lines_) {
    if (ends_[where] <= all.end()) continue;
    return Error{ErrorCode::LogGap,
                 directory_of(where) + " ends at offset " + std::to_string(all.end()) +
                     ", and was archived up to " + std::to_string(ends_[where]) +
                     ": its last segments are missing; put them back from a copy of the archive, "
                     "or, while the log still has their records, remove " +
                     dir_ + "/ends and archive again"};
  }
  return {};
}

}  // namespace jari
