#include "ops/jari/large_pages.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include <unistd.h>

#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

constexpr const char* kTunables = "GLIBC_TUNABLES";
constexpr std::string_view kName = "glibc.malloc.hugetlb";

std::string text_of(const char* file) {
  auto text = read_text_file(file);
  return text ? *std::move(text) : std::string{};
}

}  // namespace

std::string tunables_for_large_pages(std::string_view tunables, std::string_view enabled) {
  const bool is_given = enabled.find("[madvise]") != std::string_view::npos;  // [always]: to all
  if (!is_given || tunables.find(kName) != std::string_view::npos) return {};
  std::string more(tunables);
  if (!more.empty()) more += ':';
  return more.append(kName).append("=1");
}

void start_with_large_pages() {
  const char* now = std::getenv(kTunables);
  const std::string tunables = tunables_for_large_pages(
      now != nullptr ? now : "", text_of("/sys/kernel/mm/transparent_hugepage/enabled"));
  if (tunables.empty()) return;
  std::error_code failed;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", failed);
  std::string arguments = text_of("/proc/self/cmdline");  // each ends with a NUL
  if (failed || arguments.empty() || ::setenv(kTunables, tunables.c_str(), 1) != 0) return;
  std::vector<char*> argv;
  for (std::size_t at = 0; at < arguments.size(); at = arguments.find('\0', at) + 1) {
    argv.push_back(arguments.data() + at);
  }
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
}

}  // namespace jari::ops
