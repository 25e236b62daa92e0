#include "tests/bench/closed_loop.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "tests/bench/draws.h"

namespace jari::bench {
namespace {

constexpr std::size_t kDigits = 8;      // of a number in a key
constexpr std::size_t kTogether = 256;  // in one task, as the door has it

void append_hex(std::string& out, std::uint64_t number, std::size_t digits) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  for (std::size_t i = digits; i > 0; --i) out.push_back(kHex[number >> (4 * (i - 1)) & 15]);
}

/// As long as the UUIDs that front ends send: the run, the request's number, and nothing to guess.
void set_key(std::string& key, std::uint32_t run, std::size_t number) {
  key.clear();
  append_hex(key, run, kDigits);
  append_hex(key, number, kDigits);
  append_hex(key, mixed(number ^ std::uint64_t{run} << 32), 16);
}

std::uint32_t hex_at(std::string_view key, std::size_t at) {
  std::uint32_t number = 0;
  std::from_chars(key.data() + at, key.data() + at + kDigits, number, 16);
  return number;
}

}  // namespace

Round ClosedLoop::run(std::size_t count, Pace pace, const Make& make) {
  ++runs_;
  asked_.assign(count, {});
  latencies_ms_.clear();
  latencies_ms_.reserve(count);
  const double cpu_before = cpu_seconds();
  const double from_s = now_seconds();
  const auto start = Clock::now();
  for (std::size_t number = 0; number < count;) {
    const std::size_t room = std::min(wait_until_due(number, pace, start), count - number);
    const std::size_t due = std::min(room, kTogether);
    if (pace.per_second == 0) std::fill_n(asked_.begin() + number, due, Clock::now());
    make_some(number, due, make);
    number += due;
  }
  static_cast<void>(wait_for_room(1));  // the last one is told
  Round round = round_of(latencies_ms_, from_s);
  round.cpu_us = (cpu_seconds() - cpu_before) * 1e6 / static_cast<double>(count);
  return round;
}

/// How many may be asked now, at least one; with a rate, notes when each was due.
std::size_t ClosedLoop::wait_until_due(std::size_t number, Pace pace, Clock::time_point start) {
  const std::size_t room = wait_for_room(pace.outstanding);
  if (pace.per_second == 0) return room;
  const auto due_at = [&](std::size_t which) {
    const double seconds_in = static_cast<double>(which) / static_cast<double>(pace.per_second);
    return start +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds_in));
  };
  std::this_thread::sleep_until(due_at(number));
  const auto now = Clock::now();
  std::size_t due = 0;
  while (due < room && number + due < asked_.size() && due_at(number + due) <= now) {
    asked_[number + due] = due_at(number + due);
    ++due;
  }
  return due;
}

void ClosedLoop::make_some(std::size_t first, std::size_t count, const Make& make) {
  std::vector<Ask> asks(count);
  for (std::size_t i = 0; i < count; ++i) {
    set_key(asks[i].key, runs_, first + i);
    make(first + i, asks[i]);
    asks[i].content = hash128(bytes_of(asks[i].body));
  }
  hand_over(std::move(asks));
}

std::size_t ClosedLoop::wait_for_room(std::size_t outstanding) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return under_way_ < outstanding; });
  return outstanding - under_way_;
}

void ClosedLoop::hand_over(std::vector<Ask> asks) {
  {
    const std::scoped_lock lock(mutex_);
    under_way_ += asks.size();
    std::move(asks.begin(), asks.end(), std::back_inserter(lane_));
    if (is_posted_) return;
    is_posted_ = true;
  }
  CHECK(engine_.post([this](Turn& turn) { append_all(turn); }));
}

void ClosedLoop::append_all(Turn& turn) {
  if (next_ == taken_.size()) {
    taken_.clear();
    next_ = 0;
    const std::scoped_lock lock(mutex_);
    taken_.swap(lane_);
    is_posted_ = false;
  }
  const std::size_t end = std::min(taken_.size(), next_ + kTogether);
  for (; next_ < end; ++next_) {
    const Ask& ask = taken_[next_];
    Envelope envelope;
    envelope.kind = RecordKind::Request;
    envelope.type = ask.type;
    envelope.version = kLogicVersion;
    envelope.body = bytes_of(ask.body);
    envelope.asked = Asked{ask.key, ask.role, ask.by, {}, {}, ask.content};
    if (ask.role == Role::Operator) envelope.asked->reason = "benchmark";
    turn.append(ask.where, write_envelope(builder_, envelope));
  }
  if (next_ < taken_.size()) CHECK(engine_.post([this](Turn& next) { append_all(next); }));
}

void ClosedLoop::decided(PartitionRef /*where*/, std::string_view who, std::string_view request,
                         Bytes outcome, Turn& /*turn*/) {
  const Record record = decode(kTypeOf<Outcome>, outcome);
  const Outcome& what = std::get<Outcome>(record);
  if (what.decision != Decision::Granted || hex_at(request, 0) != runs_) {
    std::fprintf(stderr, "a request of %.*s was refused: %.*s\n", static_cast<int>(who.size()),
                 who.data(), static_cast<int>(to_text(what.code).size()),
                 to_text(what.code).data());
    std::_Exit(1);
  }
  decided_.push_back(hex_at(request, kDigits));
}

void ClosedLoop::batch_applied(Turn& turn) {
  if (decided_.empty()) return;
  turn.after_durable([this, numbers = std::exchange(decided_, {})]() mutable { told(numbers); });
}

void ClosedLoop::told(const std::vector<std::uint32_t>& numbers) {
  const auto now = Clock::now();
  for (const std::uint32_t number : numbers) {
    const std::chrono::duration<double, std::milli> took = now - asked_[number];
    latencies_ms_.push_back(took.count());
  }
  const std::scoped_lock lock(mutex_);
  under_way_ -= numbers.size();
  changed_.notify_one();
}

}  // namespace jari::bench
