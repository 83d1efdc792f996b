#include "tests/support/random.hpp"

#include <cstdio>
#include <cstdlib>
#include <random>

namespace avow::test {

std::uint64_t test_seed() {
  static const std::uint64_t seed = [] {
    const char* const given = std::getenv("AVOW_TEST_SEED");
    const std::uint64_t chosen =
        given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
    std::fprintf(stderr, "random tests: AVOW_TEST_SEED=%llu repeats this run\n",
                 static_cast<unsigned long long>(chosen));
    return chosen;
  }();
  return seed;
}

}  // namespace avow::test
