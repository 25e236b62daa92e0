// Reads the include lines and the lengths of our own files, and holds them against the rooms'
// rules.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace jari {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

constexpr std::size_t kSourceLinesMax = 400;
constexpr std::size_t kHeaderLinesMax = 150;
constexpr std::size_t kTestLinesMax = 450;
constexpr std::size_t kColumnsMax = 100;

const fs::path kRoot = JARI_SOURCE_DIR;

// What each room may include of ours, besides itself. Nothing points up: ops > consumers > engine.
const std::map<std::string, Strings>& rooms() {
  static const Strings kDecides{
      "consumers/model/", "consumers/requests/", "consumers/settings/",      "engine/base/",
      "engine/record/",   "engine/store/",       "engine/runtime/consumer.h"};
  static const std::map<std::string, Strings> kRooms{
      {"engine/base/", {}},
      {"engine/record/", {"engine/base/"}},
      {"engine/log/", {"engine/base/", "engine/record/"}},
      {"engine/store/", {"engine/base/", "engine/record/"}},
      {"engine/runtime/", {"engine/base/", "engine/record/", "engine/log/log.h", "engine/store/"}},
      {"engine/http/", {"engine/base/"}},
      {"engine/metrics/", {"engine/base/"}},
      {"consumers/model/", {"engine/base/", "engine/record/"}},
      {"consumers/requests/", kDecides},
      {"consumers/settings/", kDecides},
      {"consumers/queue/", kDecides},
      {"consumers/programmes/", kDecides},
      {"consumers/appointments/", kDecides},
      {"consumers/inventory/", kDecides},
      {"consumers/export/",
       {"consumers/model/", "engine/base/", "engine/record/", "engine/log/log.h",
        "engine/log/partition_offsets.h", "engine/http/json_reader.h"}},
      {"consumers/audit/",
       {"consumers/model/", "consumers/export/", "engine/base/", "engine/record/",
        "engine/log/log.h", "engine/http/json_"}},
      {"consumers/proof/",
       {"consumers/model/", "engine/base/", "engine/record/", "engine/log/log.h",
        "engine/http/json_", "engine/http/utf8.h"}},
      {"consumers/timeline/",
       {"consumers/model/", "consumers/export/", "consumers/audit/draw.h", "engine/base/",
        "engine/record/", "engine/log/log.h", "engine/http/json_"}},
      {"consumers/legacy/",
       {"consumers/model/", "engine/base/", "engine/record/", "engine/log/log.h",
        "engine/http/json_"}},
      {"consumers/api/", {"consumers/", "engine/"}},
      {"ops/", {"ops/", "consumers/", "engine/"}},
  };
  return kRooms;
}

struct Source {
  std::string path;  // from the root
  Strings lines;
};

std::vector<Source> sources() {
  std::vector<Source> all;
  for (const char* floor : {"engine", "consumers", "ops", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / floor)) {
      const auto extension = entry.path().extension();
      if (extension != ".cc" && extension != ".h") continue;
      Source source{fs::relative(entry.path(), kRoot).string(), {}};
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) source.lines.push_back(line);
      all.push_back(std::move(source));
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return all;
}

bool starts_with_one_of(const std::string& text, const Strings& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](const std::string& one) { return text.rfind(one, 0) == 0; });
}

TEST(Tidy, NothingIncludesWhatItsRoomMayNot) {
  static const std::regex kInclude{"^#include \"([^\"]+)\""};
  for (const Source& source : sources()) {
    for (const auto& [room, allowed] : rooms()) {
      if (source.path.rfind(room, 0) != 0) continue;
      for (const std::string& line : source.lines) {
        std::smatch match;
        if (!std::regex_search(line, match, kInclude)) continue;
        const std::string target = match[1];
        EXPECT_TRUE(target.rfind(room, 0) == 0 || starts_with_one_of(target, allowed))
            << source.path << " includes " << target;
      }
    }
  }
}

TEST(Tidy, DecisionsHaveNoClockThreadChanceOrFloat) {
  static const std::regex kBanned{
      R"(std::chrono::(system|steady)_clock|std::thread|std::mutex|<thread>|<random>|std::rand\b|)"
      R"(std::random_device|\bfloat\b|\bdouble\b|std::unordered_|<iostream>|spdlog|getenv|)"
      R"(\bthrow\b)"};
  const Strings decisions{"consumers/queue/",        "consumers/programmes/",
                          "consumers/appointments/", "consumers/inventory/",
                          "consumers/requests/",     "consumers/settings/"};
  for (const Source& source : sources()) {
    if (!starts_with_one_of(source.path, decisions)) continue;
    for (const std::string& line : source.lines) {
      const std::string code = line.substr(0, line.find("//"));
      EXPECT_FALSE(std::regex_search(code, kBanned)) << source.path << ": " << line;
    }
  }
}

TEST(Tidy, FilesAndLinesKeepTheirLength) {
  for (const Source& source : sources()) {
    const bool is_header = fs::path(source.path).extension() == ".h";
    const bool is_test = source.path.rfind("tests/", 0) == 0;
    const std::size_t most = is_test     ? kTestLinesMax
                             : is_header ? kHeaderLinesMax
                                         : kSourceLinesMax;
    EXPECT_LE(source.lines.size(), most) << source.path;
    for (const std::string& line : source.lines) {
      // Counted in characters, not bytes.
      const auto columns = std::count_if(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
      });
      EXPECT_LE(static_cast<std::size_t>(columns), kColumnsMax) << source.path << ": " << line;
    }
  }
}

TEST(Tidy, AHeaderOpensWithItsPath) {
  for (const Source& source : sources()) {
    if (fs::path(source.path).extension() != ".h" || source.lines.empty()) continue;
    EXPECT_EQ(source.lines.front().rfind("// " + source.path + " ", 0), 0U) << source.path;
  }
}

TEST(Tidy, NothingIsLeftForLater) {
  static const std::regex kLater{R"(\b(TODO|FIXME|XXX|HACK)\b)"};
  for (const Source& source : sources()) {
    if (source.path == "tests/tidy_test.cc") continue;
    for (const std::string& line : source.lines) {
      EXPECT_FALSE(std::regex_search(line, kLater)) << source.path << ": " << line;
    }
  }
}

}  // namespace
}  // namespace jari
