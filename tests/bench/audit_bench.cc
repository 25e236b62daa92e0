#include "tests/bench/audit_bench.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <vector>

#include "tests/bench/draws.h"
#include "tests/bench/engine_world.h"
#include "tests/bench/machine.h"
#include "tests/bench/own_process.h"
#include "tests/bench/stage.h"
#include "tests/engine/log/temporary_directory.h"

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
    in_a_child([&] { Making(dir).grow_to(records); });
  }
  const double log_mb = bytes_in(dir + "/log") / 1e6;
  const TemporaryDirectory beside(settings.dir);
  const std::string said = beside / "said";
  std::printf("%12s %9s %9s %12s %9s %9s\n", "records", "log MB", "seconds", "records/s", "CPU us",
              "memory MB");
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    const Ran audited = run_program({settings.jari, "audit", "--data", dir}, said);
    if (audited.exit_code != 0) throw std::runtime_error("the audit did not find the log good");
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
