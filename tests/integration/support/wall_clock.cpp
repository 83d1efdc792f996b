// A wall clock that can be stepped while a program runs: loaded in front of the C library, it adds
// the number of seconds in the file of AVOW_WALL_CLOCK_FILE to what the system says (8 bytes,
// little endian). All other clocks go on as ever. (Debian's faketime also meddles with timers of
// the monotonic clock, of which the tests are about to show that nothing happens to them.)

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

const std::int64_t* map_offset() {
  const char* const path = std::getenv("AVOW_WALL_CLOCK_FILE");
  const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* const mapped = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  return mapped == MAP_FAILED ? nullptr : static_cast<const std::int64_t*>(mapped);
}

std::int64_t offset_seconds() {
  static const volatile std::int64_t* const offset = map_offset();
  return offset == nullptr ? 0 : *offset;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, timespec* now) {
  const auto done = static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
  const bool is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (done == 0 && is_wall) now->tv_sec += offset_seconds();
  return done;
}

__attribute__((visibility("default"))) int gettimeofday(timeval* now, void* /*zone*/) {
  timespec exact{};
  const int done = clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return done;
}

__attribute__((visibility("default"))) time_t time(time_t* now) {
  timespec exact{};
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now != nullptr) *now = exact.tv_sec;
  return exact.tv_sec;
}

}  // extern "C"
