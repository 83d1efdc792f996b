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
  Outcome all;

  for (std::uint64_t seed = first; seed != first + count; ++seed) {
    const Outcome outcome = run_seed(seed, keeps);

    ASSERT_FALSE(outcome.failure) << *outcome.failure << "\n" << replay_command(seed, keeps);
    all.turns += outcome.turns;
    all.deliveries += outcome.deliveries;
    all.caught_up += outcome.caught_up;
    all.parts += outcome.parts;
    all.begun_anew += outcome.begun_anew;
  }
  // A simulation in which nothing happens proves nothing.
  EXPECT_GT(all.turns, 50 * count);
  EXPECT_GT(all.deliveries, 50 * count);
  EXPECT_GE(all.caught_up, count / 10);
  EXPECT_GE(all.parts, count / 10);
  EXPECT_GE(all.begun_anew, count / 500);
  std::printf(
      "%llu seeds: %llu turns, %llu deliveries, %llu caught up, %llu parts of snapshots, "
      "%llu of them begun anew\n",
      static_cast<unsigned long long>(count), static_cast<unsigned long long>(all.turns),
      static_cast<unsigned long long>(all.deliveries),
      static_cast<unsigned long long>(all.caught_up), static_cast<unsigned long long>(all.parts),
      static_cast<unsigned long long>(all.begun_anew));
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
