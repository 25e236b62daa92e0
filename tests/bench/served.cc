#include "tests/bench/served.h"

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace jari::bench {
namespace {

/// What comes until the line ends, or the other side does.
std::string read_line(int from) {
  std::string line;
  for (char c = 0; ::read(from, &c, 1) == 1 && c != '\n';) line.push_back(c);
  return line;
}

}  // namespace

Served::Served(const std::string& program, const std::string& dir, const std::string& key_file) {
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  said_ = ends[0];
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::vector<std::string> words{program,       "serve",       "--data",        dir,
                                 "--listen",    "127.0.0.1:0", "--person-rate", "0",
                                 "--hs256-key", key_file};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int failed =
      ::posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  const std::string line = failed == 0 ? read_line(said_) : std::string();
  const std::size_t colon = line.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error(program + " does not serve");
  port_ = static_cast<std::uint16_t>(std::atoi(line.c_str() + colon + 1));
}

Served::~Served() {
  ::kill(process_, SIGINT);  // SIGTERM is for those behind a load balancer
  ::waitpid(process_, nullptr, 0);
  ::close(said_);
}

}  // namespace jari::bench
