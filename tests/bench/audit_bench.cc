#include "tests/bench/audit_bench.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/draws.h"
#include "tests/bench/engine_world.h"
#include "tests/bench/machine.h"
#include "tests/bench/stage.h"
#include "tests/engine/log/temporary_directory.h"

extern char** environ;

namespace jari::bench {
namespace {

constexpr Pace kTogether{4096};
constexpr std::size_t kPeopleAtOnce = 20'000;
constexpr std::size_t kHoldsOneIn = 10;
constexpr std::size_t kCancelsOneIn = 10;

/// A log of people who come, take a ticket, book, and now and then think better of it.
class Making {
 public:
  explicit Making(const std::string& dir)
      : world_(dir), loop_(world_.node()), stage_(world_, loop_) {
    world_.start(loop_);
    stage_.publish();
  }
  ~Making() { world_.stop(); }  // before the loop that listens to it is gone
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

  void grow_to(std::size_t records) {
    while (this->records() < records) {
      stage_.admit(people_, kPeopleAtOnce);
      hold();
      book();
      cancel();
      people_ += kPeopleAtOnce;
    }
  }
  [[nodiscard]] std::size_t records() {
    std::size_t sum = 0;
    for (const PartitionRef where : world_.log().identity().partitions()) {
      sum += world_.log().end(where);
    }
    return sum;
  }

 private:
  [[nodiscard]] static std::size_t slot_of(std::size_t person) { return mixed(person) % kSlots; }

  void hold() {
    loop_.run(kPeopleAtOnce / kHoldsOneIn, kTogether, [&](std::size_t number, Ask& ask) {
      const std::size_t person = people_ + number * kHoldsOneIn;
      stage_.ask_hold(ask, person, slot_of(person));
    });
  }
  void book() {
    loop_.run(kPeopleAtOnce, kTogether, [&](std::size_t number, Ask& ask) {
      stage_.ask_booking(ask, people_ + number, slot_of(people_ + number));
    });
  }
  void cancel() {
    std::vector<std::size_t> people;
    for (std::size_t number = 1; number < kPeopleAtOnce; number += kCancelsOneIn) {
      people.push_back(people_ + number);
    }
    const std::vector<std::string> appointments = stage_.appointments_of(people);
    loop_.run(people.size(), kTogether, [&](std::size_t number, Ask& ask) {
      stage_.ask_cancel(ask, people[number], appointments[number]);
    });
  }

  EngineWorld world_;
  ClosedLoop loop_;
  Stage stage_;
  std::size_t people_ = 0;
};

struct Audited {
  double seconds = 0;
  double cpu_seconds = 0;
  double resident_mb = 0;
};

/// The program, in a process of its own, which says `ok` to the file.
Audited audit_with(const std::string& program, const std::string& dir, const std::string& said) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::vector<std::string> words{program, "audit", "--data", dir};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const auto start = std::chrono::steady_clock::now();
  pid_t process = 0;
  const int failed =
      ::posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  rusage used{};
  if (failed != 0 || ::wait4(process, &status, 0, &used) != process) {
    throw std::runtime_error(program + " cannot be started");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error("the audit did not find the log good");
  }
  const auto seconds_in = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return {took.count(), seconds_in(used.ru_utime) + seconds_in(used.ru_stime),
          static_cast<double>(used.ru_maxrss) / 1024};
}

/// By a process of its own: what is started by one that had much memory is said to have had it.
void make_log(const std::string& dir, std::size_t records) {
  const pid_t process = ::fork();
  if (process == 0) {
    Making(dir).grow_to(records);
    std::_Exit(0);
  }
  int status = 0;
  const bool is_made = process > 0 && ::waitpid(process, &status, 0) == process &&
                       WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!is_made) throw std::runtime_error("the log was not made");
}

/// How many records the program said it had audited.
std::size_t records_in(const std::string& said) {
  std::FILE* const file = std::fopen(said.c_str(), "r");
  std::size_t records = 0;
  const bool is_read = file != nullptr && std::fscanf(file, "ok: %zu records", &records) == 1;
  if (file != nullptr) std::fclose(file);
  if (!is_read) throw std::runtime_error("the audit did not say how many records it read");
  return records;
}

}  // namespace

void bench_audit(const Settings& settings, std::size_t records, const std::string& log_dir,
                 Rows& rows) {
  if (settings.jari.empty()) throw std::runtime_error("--audit needs --jari");
  std::optional<TemporaryDirectory> own;
  if (log_dir.empty()) own.emplace(settings.dir);
  const std::string dir = own ? own->path() : log_dir;
  if (!std::filesystem::exists(dir + "/log")) {
    std::cerr << "making a log of " << records << " records in " << dir << '\n';
    std::filesystem::create_directories(dir);
    make_log(dir, records);
  }
  const double log_mb = bytes_in(dir + "/log") / 1e6;
  const TemporaryDirectory beside(settings.dir);
  const std::string said = beside / "said";
  std::printf("%12s %9s %9s %12s %9s %9s\n", "records", "log MB", "seconds", "records/s", "CPU us",
              "memory MB");
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    const Audited audited = audit_with(settings.jari, dir, said);
    const std::size_t found = records_in(said);
    const auto count = static_cast<double>(found);
    std::printf("%12zu %9.0f %9.2f %12.0f %9.2f %9.0f\n", found, log_mb, audited.seconds,
                count / audited.seconds, audited.cpu_seconds * 1e6 / count, audited.resident_mb);
    std::fflush(stdout);
    rows.add("round " + std::to_string(round + 1),
             {{"records", count, "records"},
              {"log", log_mb, "MB"},
              {"audit", audited.seconds, "s"},
              {"audited", count / audited.seconds, "records a second"},
              {"CPU of a record", audited.cpu_seconds * 1e6 / count, "us"},
              {"memory at most", audited.resident_mb, "MB"}});
  }
}

}  // namespace jari::bench
