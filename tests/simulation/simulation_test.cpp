#include "tests/simulation/simulation.hpp"

#include <cstdio>
#include <gtest/gtest.h>

#include "tests/simulation/seeds.hpp"

namespace avow::simulation {
namespace {

constexpr auto keeps = Simulation::Keeps::nothing;
constexpr std::uint64_t seeds = 200;

TEST(Simulation, EveryObserverHoldsWhatTheModelSaysWhateverHappens) {
  const std::uint64_t first = first_seed();
  const std::uint64_t count = seed_count(seeds);
  std::uint64_t turns = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t caught_up = 0;

  for (std::uint64_t seed = first; seed != first + count; ++seed) {
    const Outcome outcome = run_seed(seed, keeps);

    ASSERT_FALSE(outcome.failure) << *outcome.failure << "\n" << replay_command(seed, keeps);
    turns += outcome.turns;
    deliveries += outcome.deliveries;
    caught_up += outcome.caught_up;
  }
  // A simulation in which nothing happens proves nothing.
  EXPECT_GT(turns, 50 * count);
  EXPECT_GT(deliveries, 50 * count);
  EXPECT_GE(caught_up, count / 10);
  std::printf("%llu seeds: %llu turns, %llu deliveries, %llu caught up\n",
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(turns),
              static_cast<unsigned long long>(deliveries),
              static_cast<unsigned long long>(caught_up));
}

TEST(Simulation, OneSeedRunsTheSameTwice) {
  const std::uint64_t first = first_seed();
  const std::uint64_t count = 1 + seed_count(seeds) / 20;

  for (std::uint64_t seed = first; seed != first + count; ++seed) {
    EXPECT_EQ(run_seed(seed, keeps).trace_hash, run_seed(seed, keeps).trace_hash)
        << replay_command(seed, keeps);
  }
}

}  // namespace
}  // namespace avow::simulation
