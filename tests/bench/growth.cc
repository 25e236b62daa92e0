#include "tests/bench/growth.h"

#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <malloc.h>

#include "tests/bench/draws.h"
#include "tests/bench/engine_world.h"
#include "tests/bench/machine.h"
#include "tests/bench/stage.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari::bench {
namespace {

constexpr Pace kTogether{4096};
constexpr double kMb = 1e6;

/// What this process has given the disk to write so far, files deleted since included.
double written_bytes() {
  std::ifstream file("/proc/self/io");
  for (std::string name; file >> name;) {
    double value = 0;
    file >> value;
    if (name == "write_bytes:") return value;
  }
  return 0;
}

/// What one number of people comes to.
struct Cost {
  std::size_t people = 0;
  std::size_t records = 0;
  Round bookings;
  double written_a_booking = 0;
  double log_a_booking = 0;
  double resident = 0;  // all of it, right after the start: no garbage, no keys being made
  double log = 0;
  double state = 0;
  double start_seconds = 0;
};

class Growth {
 public:
  explicit Growth(const std::string& dir) : dir_(dir) { open(); }
  ~Growth() { world_->stop(); }  // before the loop that listens to it is gone
  Growth(const Growth&) = delete;
  Growth& operator=(const Growth&) = delete;

  Cost grow_to(std::size_t people, std::size_t bookings) {
    Cost cost;
    cost.people = people;
    stage_->make_eligible(people_, people - people_);
    const std::size_t first = people_;
    people_ = people;
    stage_->let_in(first, bookings);
    book(first, bookings, cost);
    restart(cost);
    return cost;
  }

 private:
  void open() {
    world_ = std::make_unique<EngineWorld>(dir_);
    loop_ = std::make_unique<ClosedLoop>(world_->node(), runs_);
    stage_ = std::make_unique<Stage>(*world_, *loop_);
    world_->start(*loop_);
    if (people_ == 0) stage_->publish();
  }

  void book(std::size_t first, std::size_t count, Cost& cost) {
    const double written = written_bytes();
    const double log = bytes_in(dir_ + "/log");
    cost.bookings = loop_->run(count, kTogether, [&](std::size_t number, Ask& ask) {
      stage_->ask_booking(ask, first + number, mixed(first + number) % kSlots);
    });
    booked_ += count;
    cost.log_a_booking = (bytes_in(dir_ + "/log") - log) / static_cast<double>(count);
    world_->stop();  // what is written behind is written, too
    cost.written_a_booking = (written_bytes() - written) / static_cast<double>(count);
  }

  void restart(Cost& cost) {
    for (const auto& status : world_->node().status()) cost.records += status.applied;
    runs_ = loop_->runs();
    stage_.reset();
    loop_.reset();
    world_.reset();
    ::malloc_trim(0);
    cost.log = bytes_in(dir_ + "/log");
    cost.state = bytes_in(dir_ + "/state");
    const auto start = std::chrono::steady_clock::now();
    open();
    cost.start_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    cost.resident = resident_bytes();
    if (const std::size_t found = stage_->booked(); found != booked_) {
      throw std::runtime_error("after the start the slots show " + std::to_string(found) +
                               " bookings, and " + std::to_string(booked_) + " were granted");
    }
  }

  std::string dir_;
  std::size_t people_ = 0;
  std::size_t booked_ = 0;
  std::uint32_t runs_ = 0;
  std::unique_ptr<EngineWorld> world_;
  std::unique_ptr<ClosedLoop> loop_;
  std::unique_ptr<Stage> stage_;
};

void print(const Cost& cost) {
  const auto people = static_cast<double>(cost.people);
  std::printf("%12zu %12zu %11.0f %7.1f %9.0f %9.0f %9.0f %9.0f %9.0f %9.0f %8.2f\n", cost.people,
              cost.records, cost.bookings.per_second, cost.bookings.cpu_us, cost.log_a_booking,
              cost.written_a_booking, cost.log / kMb, cost.state / kMb, cost.state / people,
              cost.resident / people, cost.start_seconds);
  std::fflush(stdout);
}

void add(Rows& rows, const Cost& cost) {
  const auto people = static_cast<double>(cost.people);
  rows.add(std::to_string(cost.people) + " people",
           {{"records", static_cast<double>(cost.records), "records"},
            {"bookings", cost.bookings.per_second, "bookings a second"},
            {"CPU of a booking", cost.bookings.cpu_us, "us"},
            {"log of a booking", cost.log_a_booking, "bytes"},
            {"written for a booking", cost.written_a_booking, "bytes"},
            {"log", cost.log, "bytes"},
            {"state", cost.state, "bytes"},
            {"state of a person", cost.state / people, "bytes"},
            {"memory of a person", cost.resident / people, "bytes"},
            {"start", cost.start_seconds, "s"}});
}

}  // namespace

void bench_growth(const Settings& settings, const std::vector<std::size_t>& people, Rows& rows) {
  const TemporaryDirectory dir(settings.dir);
  Growth growth(dir.path());
  std::printf("%12s %12s %11s %7s %9s %9s %9s %9s %9s %9s %8s\n", "people", "records", "bookings/s",
              "CPU us", "log B", "written B", "log MB", "state MB", "state B", "memory B",
              "start s");
  std::printf("%12s %12s %11s %7s %19s %19s %19s %8s\n", "", "", "", "each", "a booking", "",
              "a person", "");
  std::size_t before = 0;
  for (const std::size_t count : people) {
    if (count < before + settings.requests) {
      throw std::runtime_error("people must rise by at least the requests at each step");
    }
    const Cost cost = growth.grow_to(count, settings.requests);
    print(cost);
    add(rows, cost);
    before = count;
  }
}

}  // namespace jari::bench
