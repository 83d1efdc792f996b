#include "tests/simulation/simulation.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

// AVOW_TEST_SEEDS says how many seeds are run (200), AVOW_TEST_SEED with which to begin; given
// alone it replays that one. AVOW_TEST_TRACE=1 shows each step.

namespace avow::simulation {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::uint64_t seed_count() {
  const bool replays = std::getenv("AVOW_TEST_SEED") != nullptr;
  return number_from("AVOW_TEST_SEEDS", replays ? 1 : 200);
}

Simulation::Shown shown() {
  return number_from("AVOW_TEST_TRACE", 0) != 0 ? Simulation::Shown::steps
                                                : Simulation::Shown::nothing;
}

std::string replay_command(std::uint64_t seed) {
  return "to replay: AVOW_TEST_SEED=" + std::to_string(seed) +
         " AVOW_TEST_TRACE=1 build/test/tests/simulation/simulation_test\n";
}

// A bug that stops the program, or hangs it, must still say which seed found it.
std::string& last_words() {
  static std::string words;
  return words;
}

void say_last_words(int signal) {
  std::fputs(last_words().c_str(), stderr);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

constexpr unsigned seconds_max = 60;  // For one seed, which takes milliseconds.

Outcome run(std::uint64_t seed) {
  last_words() = replay_command(seed);
  std::signal(SIGABRT, say_last_words);
  std::signal(SIGALRM, say_last_words);
  ::alarm(seconds_max);
  Simulation simulation(seed, shown());
  return simulation.run();
}

TEST(Simulation, EveryObserverHoldsWhatTheModelSaysWhateverHappens) {
  const std::uint64_t first = test::test_seed();
  const std::uint64_t count = seed_count();
  std::uint64_t turns = 0;
  std::uint64_t deliveries = 0;

  for (std::uint64_t seed = first; seed != first + count; ++seed) {
    const Outcome outcome = run(seed);

    ASSERT_FALSE(outcome.failure) << *outcome.failure << "\n" << replay_command(seed);
    turns += outcome.turns;
    deliveries += outcome.deliveries;
  }
  // A simulation in which nothing happens proves nothing.
  EXPECT_GT(turns, 50 * count);
  EXPECT_GT(deliveries, 50 * count);
  std::printf("%llu seeds: %llu turns, %llu deliveries\n", static_cast<unsigned long long>(count),
              static_cast<unsigned long long>(turns), static_cast<unsigned long long>(deliveries));
}

TEST(Simulation, OneSeedRunsTheSameTwice) {
  const std::uint64_t first = test::test_seed();
  const std::uint64_t count = 1 + seed_count() / 20;

  for (std::uint64_t seed = first; seed != first + count; ++seed) {
    EXPECT_EQ(run(seed).trace_hash, run(seed).trace_hash) << replay_command(seed);
  }
}

}  // namespace
}  // namespace avow::simulation
