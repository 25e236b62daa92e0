#include "ops/jari/file_sums.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>
#include <vector>

#include <openssl/evp.h>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReadBytes = std::size_t{1} << 20;
constexpr std::size_t kHexDigits = 64;
constexpr std::string_view kBetween = "  ";

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<std::string> sum_of(const std::string& file) {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  CHECK(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  std::ifstream in(file, std::ios::binary);
  std::vector<char> bytes(kReadBytes);
  while (in) {
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    CHECK(EVP_DigestUpdate(context.get(), bytes.data(), static_cast<std::size_t>(in.gcount())) ==
          1);
  }
  if (!in.eof()) return Error{ErrorCode::Io, "cannot read " + file + ": " + std::strerror(errno)};
  Sha256 sum{};
  CHECK(EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(sum.data()), nullptr) ==
        1);
  return to_hex(sum);
}

Result<FileSums> sums_of(const std::string& dir) {
  FileSums sums;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(dir, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (!at->is_regular_file(failed)) continue;
    auto sum = sum_of(at->path());
    if (!sum) return std::move(sum).error();
    sums[at->path().lexically_relative(dir)] = std::move(*sum);
  }
  if (failed) return Error{ErrorCode::Io, "cannot read " + dir + ": " + failed.message()};
  return sums;
}

std::string to_text(const FileSums& sums) {
  std::string text;
  for (const auto& [name, sum] : sums) text.append(sum).append(kBetween).append(name).append("\n");
  return text;
}

Result<FileSums> read_sums(const std::string& file) {
  const auto text = read_text_file(file);
  if (!text) return text.error();
  FileSums sums;
  std::string_view left = *text;
  while (!left.empty()) {
    const std::size_t end = left.find('\n');
    const std::string_view line = left.substr(0, end);
    const bool is_good =
        end != std::string_view::npos && line.size() > kHexDigits + kBetween.size() &&
        is_hex(line.substr(0, kHexDigits)) && line.substr(kHexDigits, kBetween.size()) == kBetween;
    if (!is_good) {
      return Error{ErrorCode::BadBytes, file + " is damaged: a line is not `SHA-256  NAME`"};
    }
    sums[std::string(line.substr(kHexDigits + kBetween.size()))] = line.substr(0, kHexDigits);
    left.remove_prefix(end + 1);
  }
  return sums;
}

Result<void> compare_sums(const FileSums& wanted, const FileSums& found, const std::string& dir) {
  for (const auto& [name, sum] : wanted) {
    const auto other = found.find(name);
    if (other == found.end()) {
      return Error{ErrorCode::BadBytes, dir + "/" + name + " is missing"};
    }
    if (other->second != sum) {
      return Error{ErrorCode::BadBytes, dir + "/" + name + " is damaged: its SHA-256 is " +
                                            other->second + ", and was " + sum};
    }
  }
  for (const auto& [name, sum] : found) {
    if (!wanted.contains(name)) {
      return Error{ErrorCode::BadBytes, dir + "/" + name + " does not belong there"};
    }
  }
  return {};
}

}  // namespace jari::ops
