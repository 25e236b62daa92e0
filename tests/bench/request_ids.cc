#include "tests/bench/request_ids.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <malloc.h>
#include <time.h>

#include "consumers/model/record.h"
#include "consumers/requests/answers.h"
#include "tests/bench/machine.h"

namespace jari::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kThousand = 1000;  // decided between two ticks
constexpr std::size_t kTicksToDrain = 2;
constexpr std::uint32_t kForgottenInTick = 4096;
constexpr std::size_t kSlots = 50'000;

double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class NoDisk final : public RowSink {
 public:
  void put(std::uint8_t, std::string_view, std::string_view) override {}
  void erase(std::uint8_t, std::string_view) override {}
};

enum class Kind : std::uint8_t { Ticket, Booking, Refusal };

/// The texts of one request, and what is decided for it.
struct Told {
  std::string key;
  std::string person;
  std::string slot;
  std::string appointment;

  [[nodiscard]] Asked asked() const {
    Asked asked{};
    asked.request = key;
    asked.role = Role::Person;
    asked.by = person;
    asked.content = hash128(bytes_of(key));
    return asked;
  }
  [[nodiscard]] Outcome outcome(Kind kind, std::size_t number) const {
    Outcome outcome;
    outcome.decision = Decision::Granted;
    outcome.status = 201;
    outcome.asked = kTypeOf<BookingRequested>;
    outcome.programme_version = 3;
    if (kind == Kind::Ticket) {
      outcome.asked = kTypeOf<TicketRequested>;
      outcome.programme_version = 0;
      outcome.queue = QueueId{"main"};
      outcome.ticket = number + 1;
    } else if (kind == Kind::Booking) {
      outcome.programme = ProgrammeId{"spring"};
      outcome.site = SiteId{"jeju-city"};
      outcome.slot = SlotId{slot};
      outcome.product = ProductId{"spring-dose"};
      outcome.appointment.emplace();
      outcome.appointment->appointment = AppointmentId{appointment};
      outcome.appointment->version = 1;
    } else {
      outcome.decision = Decision::Refused;
      outcome.code = Code::SlotFull;
      outcome.status = status_of(outcome.code);
    }
    return outcome;
  }
};

/// One partition's request ids, through a day.
class Remembering {
 public:
  Remembering(Kind kind, std::size_t people) : kind_(kind), people_(people) {}

  void decide_thousand() {
    std::vector<Told> all;
    for (std::size_t i = decided_; i < decided_ + kThousand; ++i) {
      all.push_back({"key-" + std::to_string(i), "person-" + std::to_string(i % people_),
                     "slot-" + std::to_string(i % kSlots), "a3-" + std::to_string(i * 7)});
    }
    const double before = thread_seconds();
    for (const Told& told : all) decide(told);
    const double took = thread_seconds() - before;
    decide_seconds_ += took;
    longest_ = std::max(longest_, took);
    settle_seconds_ += tick();
  }
  void forget_all() {
    time_.now = time_.now + requests::kKeepFor;
    const double before = thread_seconds();
    while (requests_.sweep(time_, kForgottenInTick) > 0) tick();
    forget_seconds_ = thread_seconds() - before;
    if (store_.rows() != 0) throw std::runtime_error("not all request ids were forgotten");
  }

  [[nodiscard]] double us_each(double seconds) const {
    return seconds * 1e6 / static_cast<double>(decided_);
  }
  [[nodiscard]] double decide_us() const { return us_each(decide_seconds_); }
  [[nodiscard]] double settle_us() const { return us_each(settle_seconds_); }
  [[nodiscard]] double forget_us() const { return us_each(forget_seconds_); }
  [[nodiscard]] double longest_ms() const { return longest_ * 1e3; }

 private:
  /// As a partition and its door do it: looked up by both, decided, looked up for who waits.
  void decide(const Told& told) {
    const Asked asked = told.asked();
    const Outcome outcome = told.outcome(kind_, ++decided_);
    const Hash128 key = requests::key_of(asked);
    expect(key, asked, requests::Seen::New);
    expect(key, asked, requests::Seen::New);
    if (kind_ == Kind::Booking) requests_.begin(key, asked, asked.by, outcome.asked);
    requests_.decided(key, asked, asked.by, outcome, time_);
    expect(key, asked, requests::Seen::Decided);
  }
  void expect(const Hash128& key, const Asked& asked, requests::Seen seen) const {
    if (requests_.look(key, asked, asked.by, time_) == seen) return;
    throw std::runtime_error("a request id is not known as it should be");
  }
  double tick() {
    const double before = thread_seconds();
    static_cast<void>(store_.digest());
    if (++ticks_ % kTicksToDrain == 0) store_.drain(disk_);
    time_.now = time_.now + 10ms;
    return thread_seconds() - before;
  }

  Kind kind_;
  std::size_t people_;
  NoDisk disk_;
  Store store_;
  requests::Requests requests_{store_, 1};
  LogTime time_{Instant{1'790'000'000'000}, 0ms};
  std::size_t decided_ = 0;
  std::size_t ticks_ = 0;
  double decide_seconds_ = 0;
  double settle_seconds_ = 0;
  double forget_seconds_ = 0;
  double longest_ = 0;
};

void measure(const char* what, Kind kind, std::size_t count, std::size_t people, Rows& rows) {
  ::malloc_trim(0);
  const double before = resident_bytes();
  double most = 0;
  Remembering ids(kind, people);
  for (std::size_t i = 0; i < count; i += kThousand) {
    ids.decide_thousand();
    most = std::max(most, resident_bytes());
  }
  ids.forget_all();
  const double bytes = (most - before) / static_cast<double>(count);
  std::printf("%-32s %9.0f %10.2f %10.2f %10.2f %10.1f\n", what, bytes, ids.decide_us(),
              ids.settle_us(), ids.forget_us(), ids.longest_ms());
  std::fflush(stdout);
  rows.add(what, {{"memory of each", bytes, "bytes"},
                  {"CPU to decide", ids.decide_us(), "us"},
                  {"CPU to settle", ids.settle_us(), "us"},
                  {"CPU to forget", ids.forget_us(), "us"},
                  {"longest 1000 decided", ids.longest_ms(), "ms"}});
}

}  // namespace

void bench_request_ids(std::size_t count, Rows& rows) {
  std::printf("%-32s %9s %10s %10s %10s %10s\n", "CPU of one thread, us each", "bytes", "decide",
              "settle", "forget", "1000: ms");
  measure("ticket, of as many people", Kind::Ticket, count, count, rows);
  measure("ticket, of a twentieth of them", Kind::Ticket, count,
          std::max<std::size_t>(1, count / 20), rows);
  measure("booking, of as many people", Kind::Booking, count, count, rows);
  measure("refusal, of as many people", Kind::Refusal, count, count, rows);
}

}  // namespace jari::bench
