// Put before a program with LD_PRELOAD: its wall clock is JARI_CLOCK_OFF seconds ahead, or behind.
// What waits goes by other clocks, and is let be. For kafka_faults_test.py.

#include <cstdlib>
#include <ctime>

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

long seconds_off() {
  static const char* const text = std::getenv("JARI_CLOCK_OFF");
  return text == nullptr ? 0 : std::strtol(text, nullptr, 10);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) {
  const long failed = ::syscall(SYS_clock_gettime, clock, now);
  if (failed == 0 && clock == CLOCK_REALTIME) now->tv_sec += seconds_off();
  return static_cast<int>(failed);
}

extern "C" int gettimeofday(timeval* now, void* /*zone*/) {
  timespec precise{};
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1'000;
  return 0;
}
