#include "tests/bench/overload.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/http/token.h"
#include "tests/bench/engine_world.h"
#include "tests/bench/http_stage.h"
#include "tests/bench/served.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari::bench {
namespace {

constexpr std::size_t kPeople = 50'000;        // who ask for tickets, again and again
constexpr std::size_t kFirstToBook = 250'000;  // until it is known how fast they book
constexpr double kPeopleShare = 0.8;  // of as many as book at first: with more people fewer do
constexpr std::size_t kTimes = 10;
constexpr std::size_t kFirstSeconds = 3;
constexpr std::size_t kPeakSeconds = 10;
constexpr std::size_t kEaseShare = 4;  // at its ease: a quarter of the highest
constexpr std::size_t kBackSecondsMax = 30;
constexpr double kGoodputLeast = 0.9;
constexpr double kBytesInAMb = 1024.0 * 1024;
constexpr double kGrowsMb = 512;            // whatever waits, and the state on its way to the disk
constexpr double kBytesATicketMost = 200;   // its key is remembered for a day
constexpr double kBytesABookingMost = 800;  // and there is an appointment
constexpr LoadShape kFull{512, 256};
constexpr LoadShape kBusy{256, 64};
constexpr LoadShape kTogether{256, 16};
constexpr std::size_t kUnlimited = 100'000'000;

double resident_mb(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  constexpr double kPagesInAMb = 256;
  return static_cast<double>(resident) / kPagesInAMb;
}

class Overload {
 public:
  Overload(const Settings& settings, OverloadOf of, Rows& rows)
      : settings_(settings), of_(of), rows_(rows), keys_(settings.dir), data_(settings.dir) {
    value_or_end(http::make_hs256_file(key_file_));
    served_.emplace(settings.jari, data_.path(), key_file_);
    load_.emplace(served_->port());
    HttpStage stage(key_file_, of == OverloadOf::Tickets ? kPeople : kFirstToBook);
    stage.publish(served_->port());
    if (of == OverloadOf::Tickets) {
      requests_ = stage.tickets();
    } else {
      let_in(stage);
    }
  }

  void run(std::size_t seconds);

 private:
  [[nodiscard]] const char* name() const {
    return of_ == OverloadOf::Tickets ? "tickets" : "bookings";
  }
  /// They may book from now on, once each.
  void let_in(HttpStage& stage) {
    const std::uint16_t port = served_->port();
    const Requests& tickets = stage.tickets();
    HttpLoad(port).run(tickets, 0, tickets.size(), kTogether, 201);
    stage.admit(port);
    Requests bookings = stage.take_bookings();
    std::move(bookings.begin(), bookings.end(), std::back_inserter(requests_));
    load_->offer_each_once(requests_.size());
  }

  /// As many as will be granted something at this rate, and as may be unanswered meanwhile.
  void let_in_for(std::size_t seconds, std::size_t per_second) {
    if (of_ == OverloadOf::Tickets) return;
    const auto granted =
        static_cast<std::size_t>(kPeopleShare * static_cast<double>(seconds * per_second));
    const std::size_t ease = kBackSecondsMax * per_second / kEaseShare;
    HttpStage more(key_file_, granted + ease + kFull.connections * kFull.depth, requests_.size());
    more.publish_people(served_->port());
    let_in(more);
  }

  /// The seconds of one load, each printed.
  std::vector<Offered> offer(const char* what, const Offer& offer) {
    std::vector<Offered> all;
    load_->offer(requests_, next_key_, offer, [&](const Offered& second) {
      const bool is_rest = all.size() == offer.seconds;
      print(is_rest ? "  the rest" : what, second);
      all.push_back(second);
    });
    all.pop_back();  // what was answered when nothing was asked any more
    return all;
  }

  void print(const char* what, const Offered& seen) {
    const double memory_mb = resident_mb(served_->process());
    std::printf("%-12s %10zu %10zu %8zu %10zu %9.2f %9.2f %8.0f\n", what, seen.asked, seen.granted,
                seen.promised, seen.overloaded, seen.p50_ms, seen.p99_ms, memory_mb);
    std::fflush(stdout);
    const auto number = [](std::size_t count) { return static_cast<double>(count); };
    rows_.add(std::string(name()) + ": " + what,
              {{"asked", number(seen.asked), "a second"},
               {"decided", number(seen.granted), "a second"},
               {"answered 202", number(seen.promised), "a second"},
               {"answered 503", number(seen.overloaded), "a second"},
               {"p50", seen.p50_ms, "ms"},
               {"p99", seen.p99_ms, "ms"},
               {"memory", memory_mb, "MB"}});
    if (seen.unexplained > 0) {
      throw std::runtime_error(std::to_string(seen.unexplained) +
                               " answers were neither 2xx nor 503 with Retry-After");
    }
    if (load_->is_used_up()) {
      throw std::runtime_error("everybody has booked: it was faster than while it was measured");
    }
  }

  const Settings& settings_;
  OverloadOf of_;
  Rows& rows_;
  const TemporaryDirectory keys_;
  const TemporaryDirectory data_;
  const std::string key_file_ = keys_ / "hs256.key";
  std::optional<Served> served_;
  std::optional<HttpLoad> load_;
  Requests requests_;
  std::uint64_t next_key_ = 0;
};

/// In a second of them all.
std::size_t mean_granted(const std::vector<Offered>& seconds) {
  std::size_t granted = 0;
  for (const Offered& second : seconds) granted += second.granted;
  return granted / seconds.size();
}

void Overload::run(std::size_t seconds) {
  std::printf("%-12s %10s %10s %8s %10s %9s %9s %8s\n", name(), "asked", "decided", "202", "503",
              "p50 ms", "p99 ms", "MB");
  // What it decides depends on how many people it knows: the highest is taken with all of them.
  const Offer can{kUnlimited, kPeakSeconds, kBusy};
  let_in_for(seconds + 2 * kPeakSeconds,
             mean_granted(offer("first", {kUnlimited, kFirstSeconds, kBusy})));
  const std::size_t before = mean_granted(offer("as it can", can));
  const Offer ease{before / kEaseShare, 1, kFull};
  const double before_ms = offer("at ease", ease).front().p99_ms;
  std::size_t asked = 0;
  std::size_t decided = 0;
  std::size_t refused = 0;
  const double memory_before_mb = resident_mb(served_->process());
  for (const Offered& second : offer("overloaded", {before * kTimes, seconds, kFull})) {
    asked += second.asked;
    decided += second.granted;
    refused += second.overloaded;
  }
  const double grown_mb = resident_mb(served_->process()) - memory_before_mb;
  std::size_t back = 0;
  while (offer("after", ease).front().p99_ms > 2 * before_ms && ++back < kBackSecondsMax) {
  }
  // Taken again, since a machine that others use, too, is not always as fast.
  const std::size_t after = mean_granted(offer("as it can", can));
  const std::size_t highest = (before + after) / 2;
  const double goodput = static_cast<double>(decided) / static_cast<double>(seconds * highest);
  std::printf(
      "goodput where %zu times as much is wanted: %.0f %% of the highest (%zu a second, %zu before "
      "and %zu after); back to normal after %zu s\n",
      kTimes, goodput * 100, highest, before, after, back);
  const double asked_share = static_cast<double>(asked) / static_cast<double>(seconds * highest);
  const double refused_share = static_cast<double>(refused) / static_cast<double>(asked);
  std::printf(
      "asked: %.1f times the highest, as much as connections were read; 503 with Retry-After: "
      "%.0f %% of it\n",
      asked_share, refused_share * 100);
  const double bytes = grown_mb * kBytesInAMb / static_cast<double>(decided);
  const std::size_t undecided = load_->undecided(requests_);
  std::printf(
      "memory grew by %.0f MB, %.0f bytes for each that was decided; of those answered 202 "
      "%zu are not decided\n",
      grown_mb, bytes, undecided);
  rows_.add(std::string(name()) + ": all",
            {{"highest", static_cast<double>(highest), "a second"},
             {"goodput", goodput * 100, "% of the highest"},
             {"asked", asked_share, "times the highest"},
             {"answered 503", refused_share * 100, "% of what was asked"},
             {"back to normal", static_cast<double>(back), "s"},
             {"memory grew by", grown_mb, "MB"},
             {"memory of each decided", bytes, "bytes"},
             {"answered 202 and not decided", static_cast<double>(undecided), "requests"}});
  const double bytes_most = of_ == OverloadOf::Tickets ? kBytesATicketMost : kBytesABookingMost;
  const bool is_flat = grown_mb < kGrowsMb || bytes < bytes_most;
  // Tickets are decided faster than they are read: what is too much waits in its connection.
  const bool holds = goodput >= kGoodputLeast && back < kBackSecondsMax && undecided == 0 &&
                     is_flat && (refused > 0 || of_ == OverloadOf::Tickets);
  if (!holds) {
    throw std::runtime_error(std::string("it does not bear overload of ") + name() +
                             " as it should");
  }
}

}  // namespace

void bench_overload(const Settings& settings, std::size_t seconds,
                    const std::vector<OverloadOf>& of, Rows& rows) {
  if (settings.jari.empty()) throw std::runtime_error("--overload needs --jari");
  for (const OverloadOf one : of) Overload(settings, one, rows).run(seconds);
}

}  // namespace jari::bench
