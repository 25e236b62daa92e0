#include "ops/jari/file_limit.h"

#include <algorithm>
#include <string>

#include <sys/resource.h>

#include "engine/log/embedded/commit_store.h"
#include "engine/store/rocks_disk.h"

namespace jari::ops {
namespace {

constexpr std::uint64_t kWhileItCompacts =
    32;                                     // files of a RocksDB beside its tables, and new ones
constexpr std::uint64_t kOwnFiles = 64;     // the program's own: stderr, sockets, keys, backups
constexpr std::uint64_t kFilesAThread = 8;  // epoll, timers, whoever is turned away

}  // namespace

std::uint64_t raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (limit.rlim_cur != before && ::setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
  return limit.rlim_cur;
}

std::uint64_t files_kept_back(std::uint32_t threads) {
  const auto tables = [](int count) { return static_cast<std::uint64_t>(count); };
  return tables(EmbeddedLogOptions{}.files_max) + tables(RocksDiskOptions{}.files_max) +
         2 * kWhileItCompacts + kOwnFiles + kFilesAThread * threads;
}

Result<std::size_t> connections_within(std::uint64_t files_max, std::uint32_t threads,
                                       std::size_t wanted) {
  const std::uint64_t kept_back = files_kept_back(threads);
  if (files_max < kept_back + kConnectionsMin) {
    return Error{ErrorCode::BadArgument,
                 "this process may open no more than " + std::to_string(files_max) + " files; " +
                     std::to_string(kept_back) +
                     " are kept for the log, the state and itself, and " +
                     std::to_string(kConnectionsMin) +
                     " connections are the least: raise the hard limit to " +
                     std::to_string(kept_back + wanted) +
                     " (LimitNOFILE= of systemd, `ulimit -Hn`, --ulimit nofile of Docker)"};
  }
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, files_max - kept_back));
}

}  // namespace jari::ops
