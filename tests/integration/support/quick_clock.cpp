// A monotonic clock that runs AVOW_QUICK_CLOCK times as fast: loaded in front of the C library, it
// stretches the time that has passed since the program began, and shortens what timers are set to.
// Deadlines of the server itself come sooner so; those of the kernel, such as of TCP, do not.

#include <cstdlib>
#include <ctime>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace {

constexpr long long nanoseconds = 1'000'000'000;

long long factor() {
  static const char* const said = std::getenv("AVOW_QUICK_CLOCK");
  static const long long times = said == nullptr ? 1 : std::atoll(said);
  return times < 1 ? 1 : times;
}

long long in_nanoseconds(const timespec& time) {
  return static_cast<long long>(time.tv_sec) * nanoseconds + time.tv_nsec;
}

timespec from_nanoseconds(long long time) {
  timespec made{};
  made.tv_sec = static_cast<time_t>(time / nanoseconds);
  made.tv_nsec = static_cast<long>(time % nanoseconds);
  return made;
}

long long real_now() {
  timespec now{};
  ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return in_nanoseconds(now);
}

long long beginning() {
  static const long long began = real_now();
  return began;
}

// What is not zero, which would disarm a timer, stays so.
timespec sooner(const timespec& time) {
  const long long exact = in_nanoseconds(time);
  return from_nanoseconds(exact == 0 ? 0 : exact / factor() + 1);
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, timespec* now) {
  if (clock != CLOCK_MONOTONIC) return static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
  const long long began = beginning();
  *now = from_nanoseconds(began + (real_now() - began) * factor());
  return 0;
}

__attribute__((visibility("default"))) int timerfd_settime(int timer, int flags,
                                                           const itimerspec* wanted,
                                                           itimerspec* before) {
  itimerspec quick = *wanted;
  if ((flags & TFD_TIMER_ABSTIME) == 0) {
    quick.it_value = sooner(wanted->it_value);
    quick.it_interval = sooner(wanted->it_interval);
  }
  return static_cast<int>(::syscall(SYS_timerfd_settime, timer, flags, &quick, before));
}

}  // extern "C"
