#include "avow/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace avow {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "avow: a bug in Avow itself: '%s' does not hold (%s:%d)\n", condition, file,
               line);
  std::abort();
}

}  // namespace avow
