#include "tests/bench/own_process.h"

#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace jari::bench {

Ran run_program(std::vector<std::string> words, const std::string& said) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  if (!said.empty()) {
    ::posix_spawn_file_actions_addopen(&actions, 1, said.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                       0600);
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const auto start = std::chrono::steady_clock::now();
  pid_t process = 0;
  const int failed =
      ::posix_spawn(&process, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  rusage used{};
  if (failed != 0 || ::wait4(process, &status, 0, &used) != process) {
    throw std::runtime_error(words[0] + " cannot be started");
  }
  const auto seconds_in = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, took.count(),
          seconds_in(used.ru_utime) + seconds_in(used.ru_stime),
          static_cast<double>(used.ru_maxrss) / 1024};
}

void in_a_child(const std::function<void()>& work) {
  const pid_t process = ::fork();
  if (process == 0) {
    work();
    std::_Exit(0);
  }
  int status = 0;
  const bool is_done = process > 0 && ::waitpid(process, &status, 0) == process &&
                       WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!is_done) throw std::runtime_error("the work of a child failed");
}

}  // namespace jari::bench
